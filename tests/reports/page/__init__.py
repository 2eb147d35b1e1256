"""The page as a reader meets it."""
