"""What is compared of several kinds of machine, and why one may not believe it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.compare import answer
from reports.compare.across import by_lengths, by_request, shown
from reports.compare.counted import Check, checks
from reports.compare.kinds import Column, Compared, columns
from reports.compare.sides import Side, sides
from reports.read.result import Result
from reports.statistics.machines import Says
from reports.text import wording


@dataclass(frozen=True)
class Comparison:
    """Everything that page and terminal say of several kinds of machine."""

    kinds: Sequence[Column]
    requests: Sequence[Compared]
    lengths: Sequence[Compared]
    checks: Sequence[Check]

    @property
    def sides(self) -> list[Side]:
        """All results, in the order of their letters."""
        every = [side for one in self.kinds for side in one.sides]
        return sorted(every, key=lambda side: (len(side.letter), side.letter))

    @property
    def rows(self) -> list[Compared]:
        """The ratios by length, then by request."""
        return [*self.lengths, *self.requests]

    @property
    def sentences(self) -> list[str]:
        """The answer."""
        return list(answer.sentences(self.kinds, self.requests, self.lengths))


@dataclass(frozen=True)
class Doubts:
    """Why one may not believe a machine's numbers."""

    letter: str
    sentences: tuple[str, ...]


def compared(results: Sequence[Result], names: Sequence[str] = ()) -> Comparison:
    """The comparison of results; ``names`` are those of their machines, in order.

    Raises:
        ResultError: if two of them were measured in different ways.
    """
    every = sides([shown(result) for result in results], names)
    kinds = columns(every)
    return Comparison(kinds, by_request(kinds), by_lengths(kinds), checks(every))


def doubts(every: Sequence[Side]) -> Iterator[Doubts]:
    """Yield the doubts of each machine that has any."""
    for side in every:
        reasons = [*side.doubts]
        unknown = sum(state == "" for state in side.states.values())
        if unknown:
            cells = wording.count_of(unknown, len(side.states), "cell")
            reasons.append(f"Whether a neighbour was on the core is unknown in {cells}.")
        if not side.machine.known:
            reasons.append(
                f"The file does not say which {side.machine.name} it is, so the processor's name "
                "is its kind; --name gives it another."
            )
        if reasons:
            yield Doubts(side.letter, tuple(reasons))


def as_frame(comparison: Comparison) -> pd.DataFrame:
    """The rows as a table, what all kinds say first, then each kind's ratio."""
    return pd.DataFrame([_record(comparison.kinds, row) for row in comparison.rows])


def _record(kinds: Sequence[Column], row: Compared) -> dict[str, Any]:
    spread = row.pooled.spread
    estimates = {"centre": row.pooled.centre, "knapp_hartung": spread.centre if spread else None}
    record: dict[str, Any] = {
        **{key: getattr(row, key) for key in ("workload", "cell", "phase", "strategy", "form")},
        **{key: getattr(row, key) for key in ("backend", "role", "step", "code")},
        "least": row.descriptors[0],
        "most": row.descriptors[1],
        "kinds": len(row.pooled.kinds),
        **{one.value: row.pooled.counts[one] for one in Says},
        "turns_round": row.turns_round,
        "lowest": row.pooled.low,
        "highest": row.pooled.high,
        "next_inside": row.pooled.next_inside,
    }
    for name, estimate in estimates.items():
        record[name] = estimate.centre if estimate else np.nan
        record[f"{name}_low"] = estimate.low if estimate else np.nan
        record[f"{name}_high"] = estimate.high if estimate else np.nan
    record |= {"tau_percent": spread.percent if spread else np.nan}
    for column, one in zip(kinds, row.ratios, strict=True):
        for key in ("centre", "low", "high"):
            record[f"{column.letters} {key}"] = getattr(one.ratio, key) if one else np.nan
        record[f"{column.letters} says"] = one.says.value if one else ""
        record[f"{column.letters} ns"] = one.ns.layout if one else np.nan
        record[f"{column.letters} baseline ns"] = one.ns.base if one else np.nan
    return record
