"""Where the reports' own files are, and where reports go."""

from pathlib import Path

REPORTS = Path(__file__).parents[1]
ROOT = REPORTS.parent  # of the checkout
TEMPLATES = REPORTS / "templates"
OUTPUT = REPORTS / "output"  # of reports, unless the user names another folder
