"""WHAT WAS FOUND: from a result file to tables, figures and a page.

This package imports nothing that measures: a result file (``docs/format.md``) is all it knows,
so a report can be made again without measuring again. It names no strategy either: who is
baseline, control or candidate stands in the file.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.frame import load, load_rounds

__all__ = ["load", "load_rounds"]


def __getattr__(name: str) -> Any:
    """Import these when asked for: ``reports.statistics`` must not bring pandas along."""
    if name in __all__:
        from reports import frame

        return getattr(frame, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
