"""Numbers with known truth."""
