"""Synthetic results, kits, engines and machines."""
