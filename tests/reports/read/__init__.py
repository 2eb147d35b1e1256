"""Reading and refusing files."""
