"""Experiments in a report."""
