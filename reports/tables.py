"""The frames of a report: one row a series of a cell, with centre and interval.

Every frame has the columns CELL, SERIES and OF_SHAPE (but ``lines``, which is over shapes) and, of
the estimate, ``centre``, ``low``, ``high`` (NaN where processes are too few for an interval),
``smallest`` (the smallest difference that such an interval would have shown in 80 % of runs) and
``processes``: 0 where the series is missing in a cell of a workload that it was measured in.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports import statistics
from reports.pairing import CELL, OF_SHAPE, SERIES, per_process
from reports.statistics import Estimate
from reports.verdict import judge

SWEEP = ["workload", "phase", "axes", "sweep"]
POINTS_MIN = 2  # of a line


@dataclass(frozen=True)
class Tables:
    """All frames of a report, under the names of their CSV files."""

    ratios: pd.DataFrame
    times: pd.DataFrame
    per_descriptor: pd.DataFrame
    lines: pd.DataFrame

    def of_backend(self, backend: str) -> "Tables":
        """Return the rows of one backend."""
        frames = vars(self).items()
        return Tables(**{name: frame[frame["backend"] == backend] for name, frame in frames})

    def write(self, directory: Path) -> None:
        """Write each as CSV."""
        for name, frame in vars(self).items():
            frame.to_csv(directory / f"{name}.csv", index=False, float_format="%.6g")


def tabulate(values: pd.DataFrame) -> Tables:
    """Return the frames of a result's values."""
    processes = per_process(values)
    times_ns = times(processes)
    return Tables(ratios(processes), times_ns, per_descriptor(times_ns), lines(processes))


def times(processes: pd.DataFrame) -> pd.DataFrame:
    """Return nanoseconds per request."""
    return _completed(_estimated(processes, "ns", [*CELL, *SERIES, *OF_SHAPE]))


def ratios(processes: pd.DataFrame) -> pd.DataFrame:
    """Return times as multiples of the baseline's, each with its ``verdict``."""
    found = _completed(_estimated(processes, "ratio", [*CELL, *SERIES, *OF_SHAPE]))
    found = found[found["label"] != found["against"]].reset_index(drop=True)
    noise = _noise(found)
    verdicts = [
        judge(estimate_of(row), noise.get(_cell_and_backend(row), 0.0)).value
        for row in found.to_dict("records")
    ]
    return found.assign(verdict=verdicts)


def per_descriptor(times_ns: pd.DataFrame) -> pd.DataFrame:
    """Return nanoseconds per descriptor, of ``times``."""
    scaled = ("centre", "low", "high", "smallest")
    return times_ns.assign(**{key: times_ns[key] / times_ns["descriptors"] for key in scaled})


def lines(processes: pd.DataFrame) -> pd.DataFrame:
    """Return the line through every sweep, in two rows a series, told apart by ``coefficient``.

    ``slope`` is in ns per descriptor, ``intercept`` in ns per request.
    """
    keys = [*SWEEP, *SERIES]
    rows: list[dict[str, Any]] = []
    swept = processes[processes["swept"].notna()]
    for key, part in swept.groupby(keys, observed=True, sort=False):
        whole = part.pivot_table("ns", "descriptors", "process").dropna(axis="columns")
        if len(whole) < POINTS_MIN or whole.empty:
            continue
        line = statistics.estimate_line(whole.index.to_numpy(), list(whole.to_numpy().T))
        for name, found in (("slope", line.slope), ("intercept", line.intercept)):
            rows.append(dict(zip(keys, key, strict=True)) | {"coefficient": name} | _columns(found))
    return pd.DataFrame(rows, columns=[*keys, "coefficient", *_columns(None)])


def estimate_of(row: Mapping[Hashable, Any]) -> Estimate | None:
    """Return a row's estimate; None where the series is missing."""
    if row["processes"] == 0:
        return None
    low, high = (None if np.isnan(row[end]) else float(row[end]) for end in ("low", "high"))
    return Estimate(float(row["centre"]), low, high, int(row["processes"]))


def _estimated(processes: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    """Return one row for all processes that agree in ``keys``."""
    groups = processes.groupby(keys, observed=True, sort=False, dropna=False)[column]
    rows = []
    for key, medians in groups:
        known = medians.dropna()
        found = statistics.estimate(known) if len(known) else None
        rows.append(dict(zip(keys, key, strict=True)) | _columns(found))
    return pd.DataFrame(rows)


def _completed(found: pd.DataFrame) -> pd.DataFrame:
    """Add a row without processes for every series that a cell lacks and its workload knows."""
    rows = []
    for _, workload in found.groupby(["workload", "phase", "axes"], sort=False):
        series = workload.drop_duplicates("label")[SERIES]
        cells = workload.drop_duplicates("shape")[[*CELL, *OF_SHAPE]]
        rows.append(
            cells.merge(series, how="cross").merge(
                workload[[*CELL, "label", *_columns(None)]], how="left", on=[*CELL, "label"]
            )
        )
    whole = pd.concat(rows, ignore_index=True)
    return whole.assign(processes=whole["processes"].fillna(0).astype(int))


def _columns(found: Estimate | None) -> dict[str, float]:
    """Return an estimate as columns; of None, a missing series."""
    if found is None:
        return dict.fromkeys(("centre", "low", "high", "smallest"), np.nan) | {"processes": 0}
    smallest = statistics.smallest_difference(found)
    ends = {"low": found.low, "high": found.high, "smallest": smallest}
    known = {key: np.nan if value is None else value for key, value in ends.items()}
    return {"centre": found.centre, **known, "processes": found.processes}


def _noise(found: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """Return how far from 1 the control's interval reaches, by cell and backend."""
    control = found[(found["role"] == "control") & (found["processes"] > 0)]
    reach = (control[["low", "high"]] - 1).abs().max(axis="columns").fillna(0.0)
    keys = (_cell_and_backend(row) for row in control.to_dict("records"))
    return dict(zip(keys, reach, strict=True))


def _cell_and_backend(row: Mapping[Hashable, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in (*CELL, "backend"))
