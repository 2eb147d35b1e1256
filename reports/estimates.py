"""Estimates as columns of a frame, and rows of a frame as estimates."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import statistics
from reports.statistics import Estimate


def estimated(processes: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    """Return one row for all processes that agree in ``keys``, with the estimate of ``column``."""
    groups = processes.groupby(keys, observed=True, sort=False, dropna=False)[column]
    rows = []
    for key, medians in groups:
        known = medians.dropna()
        found = statistics.estimate(known) if len(known) else None
        rows.append(dict(zip(keys, key, strict=True)) | columns_of(found))
    return pd.DataFrame(rows, columns=[*keys, *columns_of(None)])


def columns_of(found: Estimate | None) -> dict[str, float]:
    """Return an estimate as columns; of None, a missing series."""
    if found is None:
        return dict.fromkeys(("centre", "low", "high", "smallest"), np.nan) | {"processes": 0}
    smallest = statistics.smallest_difference(found)
    ends = {"low": found.low, "high": found.high, "smallest": smallest}
    known = {key: np.nan if value is None else value for key, value in ends.items()}
    return {"centre": found.centre, **known, "processes": found.processes}


def estimate_of(row: Mapping[Hashable, Any]) -> Estimate | None:
    """Return a row's estimate; None where the series is missing."""
    if row["processes"] == 0:
        return None
    low, high = (None if np.isnan(row[end]) else float(row[end]) for end in ("low", "high"))
    return Estimate(float(row["centre"]), low, high, int(row["processes"]))
