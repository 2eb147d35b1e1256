"""Several results."""
