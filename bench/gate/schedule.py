"""Which process measures which cells next, and when a gate ends: only decisions.

Every process measures every cell of the kit in which some pair is still open. If a pair is suspect,
its cell gets short processes of its own until it is confirmed or refuted: that is the purpose of
the run, and takes seconds.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench.gate.trial import Trial
from bench.gate.versions.joint_kit import Place, columns
from bench.kit import Kit
from bench.messages import CellRecord, Task
from bench.processes.outcome import Outcome, deadly, hopeless
from bench.processes.pairs import Numbers, PairedRounds, log_ratio, pair_of, sides
from bench.processes.states import Seen

KITS = ("kit.json", "kit-swapped.json")  # base first, head first
ROUNDS = 32  # per process: fewer would take less time than its start
SECONDS = 4.0  # of measuring, at most: the rounds of ten cells take half a second
FINISH_S = 1.0  # assumed duration of a process, before any has finished
LATEST = 4  # processes whose median predicts the duration of the next one: one may stall


@dataclass
class GateSchedule:
    """The state of a gate, and its next step."""

    kit: Kit
    trials: dict[Place, Trial]
    end_s: float  # of the search for suspects, on the clock of ``next``
    confirm_s: float = 0.0  # extra time to confirm them
    found: int = 0
    died: list[Outcome] = field(default_factory=list)
    started: int = 0
    took_s: deque[float] = field(default_factory=lambda: deque([FINISH_S], LATEST))
    seen: Seen = field(default_factory=Seen)
    numbers: Numbers[Place] = field(default_factory=lambda: Numbers(sides, log_ratio))
    _since: dict[int, float] = field(default_factory=dict)  # process: its start
    _prolonged: bool = False

    def next(self, now_s: float) -> Task | None:
        """The next task of a free CPU; None if the run is over, or must wait."""
        cells = self.open_cells()
        left_s = self.end_s + self.confirm_s * self.confirming - now_s
        if not cells or self.refused or left_s < median(self.took_s):
            return None  # it could not finish
        number = self.started
        self.started += 1
        self._since[number] = now_s
        rounds = self.seen.needed(ROUNDS)
        return Task(number, SECONDS, cells, rounds, KITS[self.swapped(number)])

    def swapped(self, process: int) -> bool:
        """Whether head comes first in a process's kit: drawn, so independent of the CPU."""
        return bool(np.random.default_rng([self.kit.seed, process, 1]).integers(2))

    @property
    def confirming(self) -> bool:
        """Whether a suspicion is still undecided."""
        return any(trial.open and trial.suspicion for trial in self.trials.values())

    def prolonged(self, now_s: float) -> bool:
        """Whether the search is over and only suspicions are left, for the first time."""
        begins = not self._prolonged and self.confirming and now_s > self.end_s
        self._prolonged |= begins
        return begins

    def open_cells(self) -> tuple[int, ...]:
        """The kit's cells with an undecided pair; only suspect ones, if there are any."""
        undecided = {place: trial for place, trial in self.trials.items() if trial.open}
        suspected = {place.cell for place, trial in undecided.items() if trial.suspicion}
        return tuple(sorted(suspected or {place.cell for place in undecided}))

    @property
    def refused(self) -> str:
        """Why no worker can measure here any more; empty if one can."""
        return hopeless(self.died, self.found)

    def ended(self, outcome: Outcome, now_s: float) -> None:
        """Record the results of a process, or its death."""
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
        """The places of a cell."""
        yield from (place for place in self.trials if place.cell == cell)

    def _pair(
        self,
        place: Place,
        series: CellRecord,
        process: int,
        counting: NDArray[np.bool_] | slice,
    ) -> PairedRounds | None:
        """A process's value of a pair; None if a side failed or has too few rounds."""
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
        if outcome.cell is None or outcome.cell not in deadly(self.died):
            return
        for place in self.places(outcome.cell):
            if self.trials[place].verdict is None:
                self.trials[place].fail(f"its processes die ({outcome.fault})")
