"""Names, numbers and tables in printed form."""
