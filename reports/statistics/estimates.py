"""Estimates as columns of a frame, and rows of a frame as estimates."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.statistics import signed_rank as statistics
from reports.statistics.signed_rank import Estimate


def estimated(processes: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    """One row per group of processes that agree in ``keys``, with the estimate of ``column``."""
    order = processes.groupby(keys, observed=True, sort=False, dropna=False).ngroup().to_numpy()
    heads = processes[keys].iloc[np.unique(order, return_index=True)[1]].reset_index(drop=True)
    table = pd.DataFrame([columns_of(found) for found in _by_group(processes[column], order)])
    return heads.join(table.reindex(columns=list(columns_of(None))))


def _by_group(values: "pd.Series[float]", order: NDArray[np.integer[Any]]) -> list[Estimate | None]:
    """The estimate of each group; ``order`` gives the group of each value."""
    if not len(order):
        return []
    starts = np.bincount(order)
    ranked = np.argsort(order, kind="stable")
    place = np.arange(len(order)) - np.repeat(np.cumsum(starts) - starts, starts)
    table = np.full((starts.max(), len(starts)), np.nan)
    table[place, order[ranked]] = values.to_numpy(dtype=np.float64)[ranked]
    return statistics.estimates(table)


def columns_of(found: Estimate | None) -> dict[str, float]:
    """An estimate as columns; None gives those of a missing series."""
    if found is None:
        return dict.fromkeys(("centre", "low", "high", "smallest"), np.nan) | {"processes": 0}
    smallest = statistics.smallest_difference(found)
    ends = {"low": found.low, "high": found.high, "smallest": smallest}
    known = {key: np.nan if value is None else value for key, value in ends.items()}
    return {"centre": found.centre, **known, "processes": found.processes}


def estimate_of(row: Mapping[Hashable, Any]) -> Estimate | None:
    """The estimate in a row; None if the series is missing."""
    if row["processes"] == 0:
        return None
    low, high = (None if np.isnan(row[end]) else float(row[end]) for end in ("low", "high"))
    return Estimate(float(row["centre"]), low, high, int(row["processes"]))
