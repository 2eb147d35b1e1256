"""JSON for github-action-benchmark, with ``tool: customSmallerIsBetter``.

Specified in the README of https://github.com/benchmark-action/github-action-benchmark: a list of
``name``, ``unit`` and ``value``, and texts for ``range`` and ``extra``. A ratio is an entry of its
own: it carries over between machines, a time does not.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from reports.exports import Export, benchmark
from reports.text.table import FrameRow


def write(export: Export, directory: Path) -> Path:
    """Write one entry per time, and one per ratio."""
    entries = [entry for row in export.rows.to_dict("records") for entry in _entries(row)]
    path = directory / "github_action.json"
    path.write_text(json.dumps(entries, indent=1, allow_nan=False), encoding="utf-8")
    return path


def _entries(row: FrameRow) -> Iterator[dict[str, Any]]:
    name = benchmark(row)
    yield _entry(name, "ns/request", row, "ns")
    if np.isfinite(row["ratio"]):
        yield _entry(f"{name} ratio", f"times {row['against']}", row, "ratio")


def _entry(name: str, unit: str, row: FrameRow, column: str) -> dict[str, Any]:
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    known = {"name": name, "unit": unit, "value": float(row[column])}
    if np.isfinite(low):
        known["range"] = f"± {(high - low) / 2:.3g}"
    about = [f"{row['processes']} processes", f"code {row['code_hash'] or 'unknown'}"]
    return known | {"extra": ", ".join([*about, *filter(None, [row["verdict"], row["doubt"]])])}
