"""The cost of single draws of a placement: every round relative to the median of its process.

Unlike ``reports.rounds.placement``, which asks whether a ratio is settled, this is about times: an
unlucky page of the queue affects all layouts of a round alike, and a ratio would not show it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.frames.order import by
from reports.rounds.placement import POSITIONS, SLOW
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds
from reports.statistics.estimates import columns_of
from reports.statistics.signed_rank import Estimate, Values, estimate
from reports.text.table import FrameRow, Grid, Head, Row, exact_cell, series_head

STEP_BYTES = 16  # from one code position to the next
QUANTILES = (0.01, 0.05, 0.25, 0.75, 0.95, 0.99)
OF_DRAWS = [*(f"p{100 * at:02.0f}" for at in QUANTILES), "draws", "slow_share", "slow_cost"]
HEADS = ("draws", "90 % of them", "slow", "median of the slow")


def relative(cell: Rounds, label: str) -> "pd.Series[float]":
    """Each round of a series over the median round of its process."""
    seconds = cell.seconds[label].dropna()
    return seconds / seconds.groupby(level="process").transform("median")


def slow_shares(cell: Rounds, label: str) -> Iterator[tuple[str, Values]]:
    """Yield each process's share of slow rounds."""
    slow = relative(cell, label) > 1 + SLOW
    yield "", _array(slow.astype(float).groupby(level="process").mean())


def positions(cell: Rounds, label: str) -> Iterator[tuple[str, Values]]:
    """Yield, for each code position, each process's median round there over that of all."""
    column = cell.seconds.columns.get_loc(label)
    places = pd.Series(cell.positions[:, column], cell.seconds.index)
    found = relative(cell, label)
    for at in range(POSITIONS):
        here = found[places.loc[found.index] == at]
        if len(here):
            code = f", code at {STEP_BYTES * at}"
            yield code, _array(here.groupby(level="process").median())


MEASURES: Mapping[str, Callable[[Rounds, str], Iterator[tuple[str, Values]]]] = {
    "slow-share": slow_shares,
    "position": positions,
}


def frame(cells: Sequence[Rounds], value: str) -> pd.DataFrame:
    """One row per series of a cell (``draws``), or one per code position of it (``position``)."""
    rows = [
        {**row, **more, "kind": value}
        for cell in cells
        for row in cell.series.reset_index(drop=True).to_dict("records")
        if row["role"] != "control"
        for more in ROWS[value](cell, row)
    ]
    return pd.DataFrame(rows, columns=[*CELL, *SERIES, *OF_SHAPE, *OF_VALUE[value]])


def grids(found: pd.DataFrame) -> Iterator[Grid]:
    """Yield one table per cell: the spread of each series' draws, and the cost of slow ones."""
    rows = found[found["kind"] == "draws"]
    for title, part in by(rows, "workload", "cell", "phase"):
        lines = tuple(Row(series_head(row), _cells(row)) for row in part.to_dict("records"))
        yield Grid(f"{title}: draws", tuple(map(Head, HEADS)), lines, narrow=True)


def slow_text(row: FrameRow) -> str:
    """The share of slow draws, and the median extra time of one."""
    share = f"{100 * row['slow_share']:.1f} %"
    return share if np.isnan(row["slow_cost"]) else f"{share}, +{100 * row['slow_cost']:.0f} %"


def _array(values: "pd.Series[float]") -> Values:
    return np.asarray(values, dtype=np.float64)


def _cells(row: FrameRow) -> tuple[Any, ...]:
    cost = row["slow_cost"]
    return (
        exact_cell(f"{row['draws']:g}"),
        exact_cell(f"{row['p05']:.3f} to {row['p95']:.3f}"),
        exact_cell(f"{100 * row['slow_share']:.1f} %"),
        exact_cell("none" if np.isnan(cost) else f"{1 + cost:.2f}"),
    )


def _spread(cell: Rounds, row: FrameRow) -> Iterator[dict[str, Any]]:
    found = relative(cell, str(row["label"])).to_numpy()
    if not len(found):
        return
    slow = found[found > 1 + SLOW]
    ends = np.quantile(found, QUANTILES)
    yield {
        **dict(zip(OF_DRAWS, ends, strict=False)),
        "centre": float(np.median(found)),
        "draws": len(found),
        "slow_share": len(slow) / len(found),
        "slow_cost": float(np.median(slow) - 1) if len(slow) else np.nan,  # not interruptions
    }


def _by_position(cell: Rounds, row: FrameRow) -> Iterator[dict[str, Any]]:
    for code, values in positions(cell, str(row["label"])):
        found: Estimate = estimate(values)
        yield {**columns_of(found), "code": code.rpartition(" ")[2]}


ROWS: Mapping[str, Callable[[Rounds, FrameRow], Iterator[dict[str, Any]]]] = {
    "draws": _spread,
    "position": _by_position,
}
OF_VALUE = {
    "draws": ["kind", "centre", *OF_DRAWS],
    "position": ["kind", "code", *columns_of(None)],
}
