"""Frames: one row per series of a cell. No figure and no page is known here."""
