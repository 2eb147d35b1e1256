"""Which process measures which cells next, and when a gate is over: decisions alone.

Every process measures every cell of the kit in which some pair is still open. Where a pair is
suspected, its cell has short processes of its own until it is confirmed or not: that is what the
run is for, and takes seconds.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench.gate.trial import Trial
from bench.gate.versions.joint_kit import Place, columns
from bench.kit import Kit
from bench.messages import CellRecord, Task
from bench.processes.outcome import Outcome, hopeless
from bench.processes.pairs import Numbers, Pair, log_ratio, pair_of, sides
from bench.processes.states import Seen

DEATHS_MAX = 2  # in one cell: the first may be chance
KITS = ("kit.json", "kit-swapped.json")  # base first, head first
ROUNDS = 32  # of a process: with fewer its start takes longer than they do
SECONDS = 4.0  # of measuring, at most: its rounds in ten cells take half of one
FINISH_S = 1.0  # that a process may need before any has told
LATEST = 4  # processes whose median tells how long the next one takes: one may stall


@dataclass
class GateSchedule:
    """What a gate has found so far, and so what it does next."""

    kit: Kit
    trials: dict[Place, Trial]
    end_s: float  # of looking for suspects, on whichever clock ``next`` is told
    confirm_s: float = 0.0  # that may be added to confirm them
    found: int = 0
    died: list[Outcome] = field(default_factory=list)
    started: int = 0
    took_s: deque[float] = field(default_factory=lambda: deque([FINISH_S], LATEST))
    seen: Seen = field(default_factory=Seen)
    numbers: Numbers[Place] = field(default_factory=lambda: Numbers(sides, log_ratio))
    _since: dict[int, float] = field(default_factory=dict)  # process: when it was started

    def next(self, now_s: float) -> Task | None:
        """Return what a free CPU should do now; nothing if the run is over, or should wait."""
        cells = self.open_cells()
        left_s = self.end_s + self.confirm_s * self.confirming - now_s
        if not cells or self.refused or left_s < median(self.took_s):
            return None  # none is begun that could not end
        number = self.started
        self.started += 1
        self._since[number] = now_s
        rounds = self.seen.needed(ROUNDS)
        return Task(number, SECONDS, cells, rounds, KITS[self.swapped(number)])

    def swapped(self, process: int) -> bool:
        """Return whether head stands first in a process's kit: drawn, or it could go with a CPU."""
        return bool(np.random.default_rng([self.kit.seed, process, 1]).integers(2))

    @property
    def confirming(self) -> bool:
        """Return whether something is suspected that is not decided."""
        return any(trial.open and trial.suspicion for trial in self.trials.values())

    def open_cells(self) -> tuple[int, ...]:
        """Return the kit's cells in which some pair is undecided; those suspected come first."""
        undecided = {place: trial for place, trial in self.trials.items() if trial.open}
        suspected = {place.cell for place, trial in undecided.items() if trial.suspicion}
        return tuple(sorted(suspected or {place.cell for place in undecided}))

    @property
    def refused(self) -> str:
        """Return why no worker can work here any more, or nothing."""
        return hopeless(self.died, self.found)

    def ended(self, outcome: Outcome, now_s: float) -> None:
        """Take in what a process found, or that it died."""
        took_s = now_s - self._since.pop(outcome.process)
        if outcome.found is None:
            self.died.append(outcome)
            self._give_up(outcome)
            return
        self.took_s.append(took_s)
        self.found += 1
        counting = self.seen.add(outcome.found)
        pairs = {}
        for cell, series in outcome.found.cells.items():
            for place in self.places(cell):
                if pair := self._pair(place, series, outcome.process, counting[cell]):
                    pairs[place] = pair
        for place in self.numbers.add(outcome.process, pairs):
            self.trials[place].values |= self.numbers.by_key[place]
        for place in pairs:
            self.trials[place].look(self.started)

    def places(self, cell: int) -> Iterator[Place]:
        """Yield the places of a cell."""
        yield from (place for place in self.trials if place.cell == cell)

    def _pair(
        self,
        place: Place,
        series: CellRecord,
        process: int,
        counting: NDArray[np.bool_] | slice,
    ) -> Pair | None:
        """What a process found of a pair, nothing if a side failed or its rounds are too few."""
        base, head = columns(place.pair, swapped=self.swapped(process))
        for side, column in (("base", base), ("head", head)):
            if failed := series.failed.get(column):
                self.trials[place].fail(f"{side}: {failed}")
                return None
        pair = pair_of(series, base, head, counting)
        if pair is None or min(pair.base.min(), pair.head.min()) <= 0:
            return None  # an empty turn may be longer, on a bad day
        return pair

    def _give_up(self, outcome: Outcome) -> None:
        deaths = Counter(o.cell for o in self.died if not o.refused)
        if outcome.cell is None or deaths[outcome.cell] < DEATHS_MAX:
            return
        for place in self.places(outcome.cell):
            if self.trials[place].verdict is None:
                self.trials[place].fail(f"its processes die ({outcome.fault})")
