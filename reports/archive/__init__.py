"""Published results: a summary of each, from which the archive's pages are made."""
