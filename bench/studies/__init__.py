"""Repeated runs and gates: how well they agree, and how often they err."""
