"""Bencher Metric Format: ``bencher run --adapter json --file bencher.json``.

Specified at https://bencher.dev/docs/reference/bencher-metric-format: measures by benchmark,
without bounds that are unknown. ``latency`` is Bencher's own measure, in nanoseconds.
"""

import json
from pathlib import Path

import numpy as np

from reports.exports import Export, benchmark
from reports.text.table import FrameRow

MEASURES = {"latency": "ns", "ratio-to-baseline": "ratio"}  # theirs: our column


def write(export: Export, directory: Path) -> Path:
    """Write every row with its time, and its ratio if it has one."""
    data = {
        benchmark(row): {
            measure: _metric(row, column)
            for measure, column in MEASURES.items()
            if np.isfinite(row[column])
        }
        for row in export.rows.to_dict("records")
    }
    path = directory / "bencher.json"
    path.write_text(json.dumps(data, indent=1, allow_nan=False), encoding="utf-8")
    return path


def _metric(row: FrameRow, column: str) -> dict[str, float]:
    metric = {
        "value": row[column],
        "lower_value": row[f"{column}_low"],
        "upper_value": row[f"{column}_high"],
    }
    return {key: float(value) for key, value in metric.items() if np.isfinite(value)}
