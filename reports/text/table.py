"""A table of a page: rows, columns, and cells of printed numbers."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from reports.statistics.estimates import estimate_of
from reports.statistics.signed_rank import Estimate, apart, unsteady
from reports.statistics.verdict import Verdict
from reports.text import wording

Record = Mapping[Hashable, Any]
DEPENDS = "↕"  # the sign of what depends on placement ...
IN_DOUBT = "⚠"  # ... and of a cell in doubt
SIDES = {"cell": "shape", "label": "layout"}  # column: what its rows are called


@dataclass(frozen=True)
class Cell:
    """One number as printed."""

    centre: str
    interval: str = ""  # empty where there are too few processes for one
    verdict: Verdict | None = None  # of a ratio to the baseline
    missing: bool = False
    exact: bool = False  # no interval, by nature
    placements: tuple[str, ...] = ()  # what differs from one to another, where that is to be said

    def __str__(self) -> str:
        mark = f" {self.verdict.mark}" if self.verdict and not self.missing else ""
        return (
            f"{self.centre} {self.interval}".strip() + mark + f" {DEPENDS}" * any(self.placements)
        )


@dataclass(frozen=True)
class Head:
    """What a row or a column is about."""

    name: str
    note: str = ""  # more about it, in small print
    doubt: str = ""  # why not to trust it

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.name}{note}" + f" {IN_DOUBT} {self.doubt}" * bool(self.doubt)


@dataclass(frozen=True)
class Row:
    """A row of cells."""

    head: Head
    cells: tuple[Cell, ...]
    anchor: str = ""  # what an address names it by


@dataclass(frozen=True)
class Grid:
    """A table of a page."""

    title: str
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]
    narrow: bool = False  # columns as narrow as their numbers
    note: str = ""  # what its numbers are
    side: str = "shape"  # what a row is

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Columns that stand side by side under one name, and how many they are."""
        names = (head.name for head in self.columns)
        return [(name, len(list(same))) for name, same in groupby(names)]

    @property
    def grouped(self) -> bool:
        """Whether some name stands over several columns."""
        return len(self.groups) < len(self.columns)


MISSING = Cell("missing", missing=True)


def grid(  # noqa: PLR0913  (all that tells one table from another)
    title: str,
    frame: pd.DataFrame,
    row: str,
    column: str,
    show: Callable[[Record], Cell],
    *,
    note: str = "",
) -> Grid:
    """Return a table of ``frame`` with a row and a column for each value of these columns."""
    records = frame.to_dict("records")
    heads = {str(record[column]): _head(record, column) for record in records}
    rows: dict[str, dict[str, Cell]] = {}
    sides = {str(record[row]): _side(record, row) for record in records}
    for record in records:
        rows.setdefault(str(record[row]), {})[str(record[column])] = show(record)
    lines = [
        Row(sides[name], tuple(cells.get(at, MISSING) for at in heads))
        for name, cells in rows.items()
    ]
    side = SIDES.get(row, "cell")
    return Grid(title, tuple(heads.values()), tuple(lines), note=note, side=side)


def ratio_cell(row: Record) -> Cell:
    """Return a ratio; to the baseline it has a verdict."""
    found = estimate_of(row)
    if found is None:
        return MISSING
    judged = row["role"] == "candidate" and "verdict" in row
    verdict = Verdict(row["verdict"]) if judged else None
    return Cell(
        wording.ratio(found), wording.ratio_interval(found), verdict, placements=_placements(row)
    )


def time_cell(row: Record) -> Cell:
    """Return a time in nanoseconds."""
    found = estimate_of(row)
    return Cell(wording.time(found), wording.time_interval(found)) if found else MISSING


def exact_cell(value: object, note: str = "") -> Cell:
    """Return what is known exactly."""
    return Cell(str(value), note, exact=True)


def _placements(row: Record) -> tuple[str, ...]:
    """Return the two kinds of round there are, and what another rule says of the centre."""
    found = estimate_of(row)
    if found is None or "depends_on_placement" not in row:
        return ()
    if not row.get("rule"):
        return _of_old_file(row, found) if row["depends_on_placement"] else ()
    parts = [wording.kinds(row)] if row["depends_on_placement"] else []
    return (*parts, *([wording.other(row)] if disagree(row) else []))


def disagree(row: Record) -> bool:
    """Return whether another rule's centre differs from a ratio's by more than the intervals."""
    return bool(row["other_low"] > row["high"] or row["other_high"] < row["low"])


def _of_old_file(row: Record, found: Estimate) -> tuple[str, ...]:
    """Return the mean over placements where it is not the typical cost, and a wide span."""
    mean = f"mean {row['mean']:.{wording.RATIO_DECIMALS}f}" * apart(found, row["mean"])
    span = wording.span(row["p05"], row["p95"]) * unsteady(found, row["p05"], row["p95"])
    return tuple(filter(None, (mean, span)))


def _head(record: Record, column: str) -> Head:
    """Return a column's head: of a series the strategy, and what else it is beneath it."""
    if column not in {"label", "variant"}:
        return Head(str(record[column]))
    strategy = str(record["strategy"])
    return Head(strategy, str(record[column]).removeprefix(strategy))


def _side(record: Record, row: str) -> Head:
    """Return a row's head: of a request also how many descriptors it has."""
    if "descriptors" not in record:
        return _head(record, row)
    note = f"{record['descriptors']:.4g} desc"
    return Head(str(record[row]), note, str(record.get("doubt", "")))
