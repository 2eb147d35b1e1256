"""Compares several results."""
