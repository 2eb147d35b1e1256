"""Whole runs and gates repeated: how finely they agree, and how often they err."""
