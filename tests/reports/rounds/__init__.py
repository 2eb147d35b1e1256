"""Reduction of rounds."""
