"""The results that are compared: each one's numbers, under names that are the same in all.

The rule of a centre (``reports.statistics.centre``) is chosen from all results together, as a
difference between two rules is not one between two machines. So a number here may differ in its
last digit from the one on the result's own page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase
from typing import Any

import pandas as pd

from reports.doubt import hidden, marks
from reports.doubt.conditions import table_of
from reports.doubt.hidden import Factor, factor, widened
from reports.read import facts
from reports.read.identity import Identity, identity
from reports.read.result import Result
from reports.read.series import LAYOUTS, OF_ROUNDS
from reports.read.text import ResultError, stem_of
from reports.rounds.processes import (
    CELL,
    OF_SHAPE,
    SERIES,
    Rounds,
    every,
    per_process,
    published,
    ruled,
)
from reports.statistics.comparable import REQUEST, RESULTS, differing
from reports.statistics.estimates import estimated
from reports.text.wording import printable

Cell = tuple[str, ...]  # the values of CELL
TIMED = (*LAYOUTS, "control", "floor")  # roles that a comparison shows
KEYS = [*CELL, "strategy", "form", "backend", "variant", "role"]  # of a ratio, in every result


@dataclass(frozen=True)
class Side:
    """One of the results."""

    letter: str  # A, B, C ... Z, AA, AB ...
    result: Result
    machine: Identity
    cells: list[Rounds]  # with the rules of the centre chosen for all sides together

    @property
    def name(self) -> str:
        """Its name in a heading."""
        return f"{self.letter}: {printable(stem_of(self.result.path), 255)}"

    @cached_property
    def processes(self) -> pd.DataFrame:
        """One row per process of each series; labels name the backend, as in every result."""
        whole = per_process(self.cells)
        rows = whole[whole["role"].isin((*TIMED, "sentinel"))]
        baseline = rows["against"].astype(str).str.partition("@")[0]
        against = (baseline + "@" + rows["backend"].astype(str)).where(baseline != "", "")
        return rows.assign(label=series(rows), against=against)

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Times as multiples of the baseline's, ``hidden`` as in ``Tables``."""
        rows = self.processes
        rows = rows[rows["ratio"].notna() & (rows["label"] != rows["against"])]
        rows = rows[rows["role"] != "sentinel"]
        found = estimated(rows, "ratio", [*CELL, *SERIES, *OF_SHAPE])
        return widened(found, self.factor, [*CELL, "label"])

    @cached_property
    def times(self) -> pd.DataFrame:
        """Nanoseconds per request."""
        return estimated(self.processes, "ns", [*CELL, *SERIES, *OF_SHAPE])

    @cached_property
    def ns(self) -> dict[tuple[str, ...], float]:
        """Nanoseconds per request, by cell and label."""
        rows = self.times[[*CELL, "label", "centre"]]
        return {row[:-1]: row[-1] for row in rows.itertuples(index=False, name=None)}

    @cached_property
    def floors(self) -> dict[tuple[str, ...], float]:
        """Nanoseconds per request of the highest floor, by cell and backend."""
        rows = self.times[self.times["role"] == "floor"]
        highest: dict[tuple[str, ...], float] = {}
        for *key, ns in rows[[*CELL, "backend", "centre"]].itertuples(index=False, name=None):
            highest[tuple(key)] = max(ns, highest.get(tuple(key), 0.0))
        return highest

    @cached_property
    def factor(self) -> Factor | None:
        """What moves all cells together without being accounted for."""
        return factor(table_of(self.processes))

    @cached_property
    def states(self) -> dict[Cell, str]:
        """The state of the core in the rounds of each cell; empty if unknown."""
        column = f"{OF_ROUNDS}state"  # of a condensed result, which keeps no rounds
        known = self.result.benchmarks
        if not self.result.condensed or column not in known:
            return {cell_of(one): one.state for one in self.cells}
        rows = known[[*CELL, column]].fillna("").drop_duplicates(CELL, keep="last")
        states = {row[:-1]: row[-1] for row in rows.itertuples(index=False, name=None)}
        return {cell_of(one): states[cell_of(one)] for one in self.cells}

    @cached_property
    def codes(self) -> dict[tuple[str, ...], str]:
        """The hash by cell and label, as in the file."""
        known = self.result.benchmarks
        names = known.assign(label=series(known))[[*CELL, "label", "code_hash"]]
        return {row[:-1]: row[-1] for row in names.itertuples(index=False, name=None)}

    @cached_property
    def requests(self) -> dict[Cell, dict[str, Any]]:
        """What another result must agree with, by cell."""
        known = self.result.benchmarks.drop_duplicates(CELL)
        keys = known[CELL].astype(str).itertuples(index=False, name=None)
        about = ({key: row[key] for key in REQUEST} for row in known.to_dict("records"))
        return dict(zip(keys, about, strict=True))

    @cached_property
    def doubts(self) -> list[str]:
        """Reasons not to believe its numbers, the gravest first."""
        doubted, conditions = marks.doubts(self.processes, self.result.doubts)
        judged = self.ratios.assign(verdict="")
        found = (
            hidden.sentence(hidden.as_row(self.factor)),
            facts.unfinished(self.result),
            marks.sentence(judged, doubted, conditions) if (doubted["doubt"] != "").any() else "",
        )
        return [one for one in found if one]

    def hashes(self, cell: Cell, label: str, against: str) -> tuple[str, str]:
        """The hashes of a series and of its baseline; empty where the file has none."""
        return self.codes.get((*cell, label), ""), self.codes.get((*cell, against), "")


def sides(results: Sequence[Result], names: Sequence[str] = ()) -> list[Side]:
    """The results as sides; ``names`` are those of their machines, in order.

    Raises:
        ResultError: if two of them were measured in different ways.
    """
    parts = [[published(cell) for cell in every(result.values)] for result in results]
    called = [*names, *[""] * len(results)]
    found = [
        Side(letter(at), result, identity(result, name), cells)
        for at, (result, name, cells) in enumerate(
            zip(results, called, ruled(*parts), strict=False)
        )
    ]
    first = found[0].result
    for side in found[1:]:
        other = differing(_known(first), _known(side.result), RESULTS)
        if other:
            raise ResultError(
                f"{side.result.path}: cannot be compared with {first.path}, as {', '.join(other)}; "
                "measure one of them again, like the other"
            )
    return found


def letter(at: int) -> str:
    """The letters of the result at this place, as a spreadsheet labels its columns."""
    before, last = divmod(at, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[last]


def series(rows: pd.DataFrame) -> "pd.Series[str]":
    """A name for each row's series that is the same in every file."""
    return rows["variant"].astype(str) + "@" + rows["backend"].astype(str)


def cell_of(rounds: Rounds) -> Cell:
    """The values of CELL."""
    first = rounds.series.iloc[0]
    return tuple(str(first[key]) for key in CELL)


def common(sides: Sequence[Side]) -> set[Cell]:
    """The cells that all sides have, with equal requests."""
    first, *others = (side.requests for side in sides)
    return {cell for cell in first if all(one.get(cell) == first[cell] for one in others)}


def _known(result: Result) -> dict[str, str]:
    return {key: facts.shown(result, key) for key in RESULTS}
