"""Reasons to doubt a number: conditions, a hidden factor, a control that shifted."""
