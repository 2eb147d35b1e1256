"""Frames of a report."""
