"""The page from a reader's view."""
