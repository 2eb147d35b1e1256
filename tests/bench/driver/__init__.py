"""The driver's turns."""
