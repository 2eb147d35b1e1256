"""WHAT WAS FOUND: from a result file to tables, figures and a page.

This package imports nothing that measures: a result file (``docs/format.md``) is all it knows, so a
report can be made again without measuring again. It names no strategy either: the file says which
is baseline, control or candidate.
"""

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.frames.tidy import load, load_rounds

__all__ = ["load", "load_rounds"]

if sys.argv[0] == "-m":  # ``python -m reports...``: a command, not somebody's notebook
    # matplotlib cannot be imported if a notebook's backend is set and not installed, or if the
    # user's settings cannot be read. Our figures have their own (``reports.figures.style``).
    os.environ |= {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}


def __getattr__(name: str) -> Any:
    """Import these on demand: ``reports.statistics`` must not import pandas."""
    if name in __all__:
        from reports.frames import tidy

        return getattr(tidy, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
