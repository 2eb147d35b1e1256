"""Centres, intervals and verdicts: numbers alone. The measuring side uses this room too."""
