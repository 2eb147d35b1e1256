"""Centres, intervals and verdicts of plain numbers; the only room that ``bench`` imports too."""
