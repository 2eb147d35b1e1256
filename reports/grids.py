"""Frames laid out as the tables of a page: rows, columns, and cells of printed numbers."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import wording
from reports.answer import headline_phase
from reports.tables import Tables, estimate_of
from reports.verdict import Verdict


@dataclass(frozen=True)
class Cell:
    """One number as printed."""

    centre: str
    interval: str = ""  # empty where there are too few processes for one
    verdict: Verdict | None = None  # of a ratio to the baseline
    missing: bool = False

    def __str__(self) -> str:
        mark = f" {self.verdict.mark}" if self.verdict and not self.missing else ""
        return f"{self.centre} {self.interval}".strip() + mark


@dataclass(frozen=True)
class Row:
    """A row and what it is about."""

    head: str
    note: str  # more about it, in small print
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """A table of a page."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


Print = Callable[[Mapping[Hashable, Any]], Cell]
COEFFICIENTS = {"slope": "ns/descriptor", "intercept": "ns/request"}
MISSING = Cell("missing", missing=True)


def ratio_grids(found: Tables) -> Iterator[Grid]:
    """Yield a table a workload: every series' ratio to the baseline in the answer's phase."""
    ratios = _plain_phase(found.ratios[found.ratios["role"] != "control"])
    for workload, part in _by(ratios, "workload"):
        yield _grid(workload, part, "cell", "label", _ratio_cell)


def time_grids(found: Tables) -> Iterator[Grid]:
    """Yield a table a workload and phase: nanoseconds per request."""
    times = found.times[found.times["swept"].isna() & (found.times["role"] != "control")]
    for workload, part in _by(times, "workload"):
        for phase, rows in _by(part, "phase"):
            yield _grid(f"{workload}, {phase}", rows, "cell", "label", _time_cell)


def line_grids(found: Tables) -> Iterator[Grid]:
    """Yield a table a sweep and phase: what a descriptor and what a request adds to the time."""
    lines = found.lines[found.lines["role"] != "control"].replace({"coefficient": COEFFICIENTS})
    for (workload, phase, axes), part in lines.groupby(
        ["workload", "phase", "axes"], observed=True, sort=False
    ):
        title = f"{workload}, {phase}{', ' * bool(axes)}{axes}"
        yield _grid(title, part, "label", "coefficient", _time_cell)


def sweep_grids(found: Tables) -> Iterator[Grid]:
    """Yield a table a sweep: nanoseconds per descriptor of each of its points."""
    times = found.per_descriptor
    swept = times[times["swept"].notna() & (times["role"] != "control")]
    if swept.empty:
        return
    for workload, part in _by(swept[swept["phase"] == headline_phase(swept)], "workload"):
        yield _grid(workload, part, "cell", "label", _time_cell)


def control_grids(found: Tables) -> Iterator[Grid]:
    """Yield a table a workload and copy: its ratio to the original, a column a phase."""
    control = found.ratios[found.ratios["role"] == "control"]
    for workload, part in _by(control, "workload"):
        for label, rows in _by(part, "label"):
            yield _grid(f"{workload}, {label}", rows, "cell", "phase", _control_cell)


def _grid(title: str, frame: pd.DataFrame, row: str, column: str, show: Print) -> Grid:
    """Return a table of ``frame`` with a row and a column for each value of these columns."""
    columns = tuple(str(name) for name in frame[column].unique())
    rows = []
    for head, part in _by(frame, row):
        known = {str(record[column]): show(record) for record in part.to_dict("records")}
        cells = tuple(known.get(name, MISSING) for name in columns)
        rows.append(Row(head, _note(part), cells))
    return Grid(title, columns, tuple(rows))


def _note(part: pd.DataFrame) -> str:
    """Return how many descriptors a row's request has, where the row is about one."""
    if "descriptors" not in part:
        return ""
    return f"{part['descriptors'].iloc[0]:.4g} desc"


def _by(frame: pd.DataFrame, key: str) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), part) for name, part in frame.groupby(key, observed=True, sort=False)]


def _plain_phase(ratios: pd.DataFrame) -> pd.DataFrame:
    named = ratios[ratios["swept"].isna()]
    return named if named.empty else named[named["phase"] == headline_phase(named)]


def _ratio_cell(row: Mapping[Hashable, Any]) -> Cell:
    found = estimate_of(row)
    if found is None:
        return MISSING
    verdict = Verdict(row["verdict"]) if row["role"] == "candidate" else None
    return Cell(wording.ratio(found), wording.ratio_interval(found), verdict)


def _control_cell(row: Mapping[Hashable, Any]) -> Cell:
    found = estimate_of(row)
    if found is None:
        return MISSING
    return Cell(wording.ratio(found), wording.ratio_interval(found))


def _time_cell(row: Mapping[Hashable, Any]) -> Cell:
    found = estimate_of(row)
    if found is None:
        return MISSING
    return Cell(wording.time(found), wording.time_interval(found))
