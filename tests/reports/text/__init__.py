"""Tests of reports.text."""
