"""The spread of whole runs: what a second run under the same conditions would report."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.method.digest import KEY, RATIO_KEYS
from reports.statistics.signed_rank import hodges_lehmann

RUNS_MIN = 3  # fewer have no meaningful spread


@dataclass(frozen=True)
class Spread:
    """The spread of a study's runs for one role."""

    study: str
    role: str
    runs: int
    cells: int
    median_percent: float  # standard deviation over runs, median cell
    worst_percent: float
    worst_cell: str
    covered: float  # share of (run, cell) whose interval holds the centre of the other runs; or NaN


def deviations(centres: pd.DataFrame) -> pd.DataFrame:
    """The standard deviation over runs by study, cell, label and role, in per cent.

    Rows with fewer than RUNS_MIN runs are left out.
    """
    groups = centres.groupby(["study", *KEY], sort=False)["centre"]
    found = groups.agg(["std", "count"]).reset_index()
    known = found[found["count"] >= RUNS_MIN]
    return known.assign(percent=100 * known["std"]).drop(columns=["std", "count"])


def spreads(centres: pd.DataFrame) -> Iterator[Spread]:
    """Yield the spread of each study's runs, candidates and controls separately."""
    off = deviations(centres)
    for (study, role), part in off.groupby(["study", "role"], sort=False):
        rows = centres[(centres["study"] == study) & (centres["role"] == role)]
        held = [holds for _, one in rows.groupby(RATIO_KEYS) for holds in coverage(one)]
        worst = part.nlargest(1, "percent").to_dict("records")[0]
        yield Spread(
            str(study),
            str(role),
            int(rows["run"].nunique()),
            len(part),
            float(part["percent"].median()),
            float(worst["percent"]),
            "/".join(str(worst[key]) for key in RATIO_KEYS),
            float(np.mean(held)) if held else float("nan"),
        )


def coverage(rows: pd.DataFrame) -> list[bool]:
    """Run by run, whether the interval holds the centre of all other runs.

    Empty with too few runs or without intervals.
    """
    if len(rows) < RUNS_MIN or rows["low"].isna().any():
        return []
    centre = rows["centre"].to_numpy()
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    others = [hodges_lehmann(np.delete(centre, at)) for at in range(len(centre))]
    return [bool(a <= other <= b) for a, b, other in zip(low, high, others, strict=True)]
