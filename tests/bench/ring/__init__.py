"""Rings as specified."""
