"""Whole runs repeated."""
