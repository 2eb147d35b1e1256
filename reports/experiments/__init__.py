"""Experiments in a report: what was expected, what was found, figures and tables."""
