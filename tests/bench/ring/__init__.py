"""Rings by the specification."""
