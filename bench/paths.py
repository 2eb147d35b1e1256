"""Where the checkout is, and what lies there."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCAL_RESULTS = ROOT / "results" / "local"
JOURNAL = ".run"  # behind a result's name: the folder of its run while it goes on
