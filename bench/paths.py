"""Where the checkout is."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCAL_RESULTS = ROOT / "results" / "local"
