"""A table of a page: rows, columns, and cells with printed numbers."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import pandas as pd

from reports.statistics.estimates import estimate_of
from reports.statistics.signed_rank import Estimate, apart, unsteady
from reports.statistics.verdict import Verdict, within_band
from reports.text import wording

FrameRow = Mapping[Hashable, Any]
DEPENDS = "↕"  # marks a ratio that depends on placement
IN_DOUBT = "⚠"  # marks a flagged cell
DIRECTIONS = (Verdict.SLOWER, Verdict.FASTER)  # verdicts that need a difference worth a mark
CORNERS = {"cell": "shape", "label": "layout"}  # column: the heading of its rows


@dataclass(frozen=True)
class Printed:
    """One printed number."""

    centre: str
    interval: str = ""  # empty with too few processes for one
    verdict: Verdict | None = None  # of a ratio to the baseline
    missing: bool = False
    exact: bool = False  # has no interval by nature
    placements: tuple[str, ...] = ()  # how rounds differ with placement, if they do

    def __str__(self) -> str:
        mark = f" {self.verdict.mark}" if self.verdict and not self.missing else ""
        return (
            f"{self.centre} {self.interval}".strip() + mark + f" {DEPENDS}" * any(self.placements)
        )


@dataclass(frozen=True)
class Head:
    """The heading of a row or a column."""

    name: str
    note: str = ""  # in small print
    doubt: str = ""  # why the row is flagged

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.name}{note}" + f" {IN_DOUBT} {self.doubt}" * bool(self.doubt)


@dataclass(frozen=True)
class Row:
    """A row of cells."""

    head: Head
    cells: tuple[Printed, ...]
    anchor: str = ""  # its address within the page


@dataclass(frozen=True)
class Grid:
    """A table of a page."""

    title: str
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]
    narrow: bool = False  # columns no wider than their numbers
    note: str = ""  # what its numbers are
    corner: str = "shape"  # what a row stands for

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Adjacent columns with the same name: the name and how many there are."""
        names = (head.name for head in self.columns)
        return [(name, len(list(same))) for name, same in groupby(names)]

    @property
    def grouped(self) -> bool:
        """True if a name covers several columns."""
        return len(self.groups) < len(self.columns)


MISSING = Printed("not measured", missing=True)


def grid(  # noqa: PLR0913  (all that distinguishes a table)
    title: str,
    frame: pd.DataFrame,
    row: str,
    column: str,
    show: Callable[[FrameRow], Printed],
    *,
    note: str = "",
) -> Grid:
    """A table of ``frame`` with a row and a column for each value of those two columns."""
    records = frame.to_dict("records")
    heads = {str(record[column]): _head(record, column) for record in records}
    rows: dict[str, dict[str, Printed]] = {}
    sides = {str(record[row]): _row_head(record, row) for record in records}
    for record in records:
        rows.setdefault(str(record[row]), {})[str(record[column])] = show(record)
    lines = [
        Row(sides[name], tuple(cells.get(at, MISSING) for at in heads))
        for name, cells in rows.items()
    ]
    corner = CORNERS.get(row, "cell")
    return Grid(title, tuple(heads.values()), _marked(lines), note=note, corner=corner)


def _marked(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows without warnings that all carry, or most cells: they tell none from the others."""
    if all(row.head.doubt for row in rows):
        rows = [replace(row, head=replace(row.head, doubt="")) for row in rows]
    known = [cell for row in rows for cell in row.cells if not cell.missing]
    if 2 * sum(map(bool, (cell.placements for cell in known))) > len(known):
        rows = [
            replace(row, cells=tuple(replace(cell, placements=()) for cell in row.cells))
            for row in rows
        ]
    return tuple(rows)


def ratio_cell(row: FrameRow) -> Printed:
    """A ratio, with its verdict if it is one to the baseline and beyond the band."""
    found = estimate_of(row)
    if found is None:
        return MISSING
    judged = row["role"] == "candidate" and "verdict" in row
    verdict = Verdict(row["verdict"]) if judged else None
    if verdict in DIRECTIONS and within_band(found):
        verdict = None
    return Printed(
        wording.ratio(found), wording.ratio_interval(found), verdict, placements=_placements(row)
    )


def time_cell(row: FrameRow) -> Printed:
    """A time in nanoseconds."""
    found = estimate_of(row)
    return Printed(wording.time(found), wording.time_interval(found)) if found else MISSING


def exact_cell(value: object, note: str = "") -> Printed:
    """A number known exactly."""
    return Printed(str(value), note, exact=True)


def series_head(row: FrameRow) -> Head:
    """The heading of a row for one series: layout and form, with the backend in small print."""
    return Head(str(row["variant"]), f"@{row['backend']}")


def place(row: FrameRow) -> str:
    """The cell of a row, by its name."""
    return f"{row['workload']}/{row['cell']}/{row['phase']}"


def _placements(row: FrameRow) -> tuple[str, ...]:
    """The two clusters of rounds, if there are two, and the centre by the other rule."""
    found = estimate_of(row)
    if found is None or "depends_on_placement" not in row:
        return ()
    if not row.get("rule"):
        return _of_old_file(row, found) if row["depends_on_placement"] else ()
    parts = [wording.kinds(row)] if row["depends_on_placement"] else []
    return (*parts, *([wording.other(row)] if disagree(row) else []))


def disagree(row: FrameRow) -> bool:
    """True if the other rule's interval does not overlap that of the ratio."""
    return bool(row["other_low"] > row["high"] or row["other_high"] < row["low"])


def _of_old_file(row: FrameRow, estimate: Estimate) -> tuple[str, ...]:
    """The mean over placements if it differs from the typical cost, and the span if it is wide."""
    mean = f"mean {row['mean']:.{wording.RATIO_DECIMALS}f}" * apart(estimate, row["mean"])
    span = wording.span(row["p05"], row["p95"]) * unsteady(estimate, row["p05"], row["p95"])
    return tuple(filter(None, (mean, span)))


def _head(record: FrameRow, column: str) -> Head:
    """A column's heading: for a series, the strategy with its form and backend beneath."""
    if column not in {"label", "variant"}:
        return Head(str(record[column]))
    strategy = str(record["strategy"])
    return Head(strategy, str(record[column]).removeprefix(strategy))


def _row_head(record: FrameRow, row: str) -> Head:
    """A row's heading: for a request, also its number of descriptors."""
    if "descriptors" not in record:
        return _head(record, row)
    note = f"{record['descriptors']:.4g} desc"
    return Head(str(record[row]), note, str(record.get("doubt", "")))
