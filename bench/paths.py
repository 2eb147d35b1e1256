"""Paths of the checkout, and in it."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCAL_RESULTS = ROOT / "results" / "local"
JOURNAL = ".run"  # suffix of a result's name: the folder of an unfinished run
