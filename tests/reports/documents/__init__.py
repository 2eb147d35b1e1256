"""Tests of reports.documents."""
