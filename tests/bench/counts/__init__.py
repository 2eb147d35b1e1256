"""Counted instructions."""
