"""Statistics with known truth."""
