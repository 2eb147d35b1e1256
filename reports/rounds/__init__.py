"""Reduces rounds to one number per process, and shows the effects of placement and neighbours."""
