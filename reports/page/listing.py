"""Every ratio of a result in one table, one row each, with an address of its own."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from reports.frames.answer import baseline_of
from reports.frames.tables import Tables
from reports.rounds.processes import CELL
from reports.statistics.signed_rank import SPAN
from reports.text import wording
from reports.text.table import FrameRow, Grid, Head, Printed, Row, exact_cell, ratio_cell, time_cell

OF_TIME = ["centre", "low", "high", "processes"]
COLUMNS = (
    Head("ratio"),
    Head("ns", "a request"),
    Head("mean", "over placements"),
    Head(f"{SPAN[1] - SPAN[0]:g} %", "of rounds"),
)


def listing(found: Tables) -> Grid | None:
    """One row per candidate and cell, forms and sweeps included; None without any."""
    ratios = found.ratios[(found.ratios["role"] == "candidate") & (found.ratios["processes"] > 0)]
    if ratios.empty:
        return None
    keys = [*CELL, "label"]
    whole = ratios.merge(found.times[[*keys, *OF_TIME]], on=keys, suffixes=("", "_ns"))
    rows = tuple(_rows(whole))
    note = f"time as a multiple of {baseline_of(ratios)}'s"
    return Grid("Every ratio", COLUMNS, rows, narrow=True, note=note, corner="cell and layout")


def _rows(whole: pd.DataFrame) -> Iterator[Row]:
    seen: Counter[str] = Counter()
    for row in whole.to_dict("records"):
        anchor = wording.anchor(*(row[key] for key in ("workload", "cell", "phase", "label")))
        seen[anchor] += 1
        again = f"-{seen[anchor]}" if seen[anchor] > 1 else ""  # names may differ in signs alone
        head = Head(f"{row['workload']}/{row['cell']} {row['phase']}", str(row["label"]))
        yield Row(head, tuple(_cells(row)), f"{anchor}{again}")


def _cells(row: FrameRow) -> Iterator[Printed]:
    yield ratio_cell({**row, "depends_on_placement": False})
    yield time_cell({key: row[f"{key}_ns"] for key in OF_TIME})
    yield exact_cell(f"{row['mean']:.{wording.RATIO_DECIMALS}f}")
    yield exact_cell(wording.span(row["p05"], row["p95"]))
