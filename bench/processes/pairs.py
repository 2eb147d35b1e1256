"""Two columns of a cell in the rounds of one process, and the one number that they come to.

Which centre that number is (``reports.statistics.centre``) is decided once for each pair of
columns, by the first processes together: keeping every round of an hour would take more memory than
measuring does, and a rule that changed with each process would let what is found choose how it is
found.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.messages import CellRecord
from reports.statistics.centre import UNKNOWN, Labels, Rule, Series, levels, per_process, rules
from reports.statistics.signed_rank import Values

DECIDING = 8  # processes, by which rules are decided
ROUNDS_MIN = 4  # that count, or the process says nothing of the pair
Key = TypeVar("Key")


@dataclass(frozen=True)
class PairedRounds:
    """Seconds in the rounds that count, and the code positions then."""

    base: Values
    head: Values
    base_at: Labels
    head_at: Labels


def pair_of(
    cell: CellRecord, base: int, head: int, counting: NDArray[np.bool_] | slice
) -> PairedRounds | None:
    """The rounds of two columns that count; None where there are too few, or one is missing."""
    below, above = (np.asarray(cell.values[column], np.float64) for column in (base, head))
    if not (len(below) and len(above)) or len(below[counting]) < ROUNDS_MIN:
        return None
    at, there = (_positions(cell, column, len(below)) for column in (base, head))
    return PairedRounds(below[counting], above[counting], at[counting], there[counting])


def _positions(cell: CellRecord, column: int, rounds: int) -> Labels:
    if not cell.positions:
        return np.full(rounds, UNKNOWN, np.int8)
    return np.array(list(cell.positions[column]), np.int8)


@dataclass
class Numbers(Generic[Key]):
    """A number for each process, by key."""

    series: Callable[[Sequence[PairedRounds]], Series]  # what a key's rule is decided by
    number: Callable[[PairedRounds, Rule], float]
    levels_base: bool = False  # where position decides the base, bring it to the mean first
    by_key: dict[Key, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    rules: dict[Key, Rule] | None = None  # None: not decided yet
    _levelled: set[Key] = field(default_factory=set)
    _first: dict[Key, dict[int, PairedRounds]] = field(default_factory=lambda: defaultdict(dict))
    _processes: int = 0

    def add(self, process: int, pairs: Mapping[Key, PairedRounds]) -> set[Key]:
        """Add a process; the keys of which numbers are new."""
        self._processes += 1
        known = self.rules or {}
        for key, pair in pairs.items():
            ready = levelled(pair) if key in self._levelled else pair
            self.by_key[key][process] = self.number(ready, known.get(key, Rule.MEDIAN))
            if self.rules is None:
                self._first[key][process] = pair
        if self.rules is None and self._processes >= DECIDING:
            return self._decide()
        return set(pairs)

    def _decide(self) -> set[Key]:
        if self.levels_base:
            self._level()
        family = [self.series(list(first.values())) for first in self._first.values()]
        self.rules = dict(zip(self._first, rules(family), strict=True))
        for key, first in self._first.items():
            numbers = {p: self.number(pair, self.rules[key]) for p, pair in first.items()}
            self.by_key[key] |= numbers
        self._first = {}
        return set(self.rules)

    def _level(self) -> None:
        """Find the keys whose base position decides, and level what the first processes found."""
        family = [
            table([(pair.base, pair.base_at) for pair in first.values()])
            for first in self._first.values()
        ]
        found = zip(self._first, rules(family), strict=True)
        self._levelled = {key for key, rule in found if rule is Rule.POSITIONS}
        for key in self._levelled:
            self._first[key] = {p: levelled(pair) for p, pair in self._first[key].items()}


def levelled(pair: PairedRounds) -> PairedRounds:
    """The pair with its base as if all its rounds lay at the mean of the code's positions."""
    factors = levels(table([(pair.base, pair.base_at)]))[0]
    return replace(pair, base=pair.base * factors)


def ratios(pairs: Sequence[PairedRounds]) -> Series:
    """Head over base, at the positions of head's code: a candidate and its baseline."""
    return table([(pair.head / pair.base, pair.head_at) for pair in pairs])


def ratio(pair: PairedRounds, rule: Rule) -> float:
    """A process's ratio, as the report makes it."""
    return float(per_process(ratios([pair]), rule)[0])


def sides(pairs: Sequence[PairedRounds]) -> Series:
    """Both columns, one above the other: a rule made from it cannot tell them apart."""
    heads = [(pair.head / np.median(pair.head), pair.head_at) for pair in pairs]
    bases = [(pair.base / np.median(pair.base), pair.base_at) for pair in pairs]
    return table(bases + heads)


def log_ratio(pair: PairedRounds, rule: Rule) -> float:
    """The log of head over base; with the two exchanged, the same with the other sign.

    Rounds are paired, as head and base share the pages of queue and ring. But not where positions
    decide: each side has drawn its own, and each side's mean over positions is taken.
    """
    if rule is Rule.POSITIONS:
        both = table([(pair.base, pair.base_at)]), table([(pair.head, pair.head_at)])
        base, head = (per_process(one, rule)[0] for one in both)
        return float(np.log(head / base))
    logs = np.log(pair.head / pair.base)
    return float(per_process(table([(logs, pair.head_at)]), rule)[0])


def table(rounds: Sequence[tuple[Values, Labels]]) -> Series:
    """Rounds of several processes as one table, padded where a process has fewer."""
    most = max(len(values) for values, _ in rounds)

    def padded(part: NDArray[Any], fill: float) -> NDArray[Any]:
        return np.pad(part, (0, most - len(part)), constant_values=fill)

    values = np.array([padded(values, np.nan) for values, _ in rounds])
    return Series(values, np.array([padded(labels, UNKNOWN) for _, labels in rounds]))
