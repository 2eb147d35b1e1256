"""WHAT WAS FOUND: from a result file to tables, figures and a page.

This package imports nothing that measures: a result file (``docs/format.md``) is all it knows,
so a report can be made again without measuring again. It names no strategy either: who is
baseline, control or candidate stands in the file.
"""

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.frames.tidy import load, load_rounds

__all__ = ["load", "load_rounds"]

if sys.argv[0] == "-m":  # ``python -m reports...``: a command begins here, not somebody's notebook
    # matplotlib refuses to be imported where a notebook's backend is set and not installed, or the
    # user's settings cannot be read. Our figures have settings of their own (``drawing``).
    os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}


def __getattr__(name: str) -> Any:
    """Import these when asked for: ``reports.statistics`` must not bring pandas along."""
    if name in __all__:
        from reports.frames import tidy

        return getattr(tidy, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
