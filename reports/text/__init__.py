"""Names, numbers and tables as they are printed."""
