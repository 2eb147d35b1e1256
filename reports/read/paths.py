"""Where the reports' own files are, and where reports are written."""

from pathlib import Path

REPORTS = Path(__file__).parents[1]
ROOT = REPORTS.parent  # of the checkout
TEMPLATES = REPORTS / "templates"
OUTPUT = REPORTS / "output"  # default folder of reports
