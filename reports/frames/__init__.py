"""Frames of one row per series of a cell; this room knows no figures and no pages."""
