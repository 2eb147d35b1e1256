"""Which process measures what next, and when a run ends: decisions alone, so that tests are exact.

Every process measures every cell, until the run has enough of them for intervals. From then on
cells whose ratios are not yet as precise as asked get processes of their own. A cell in which
workers die twice is given up, and the rest goes on. Where A/A controls move while two workers run
at once, one goes on alone.
"""

from collections import Counter
from dataclasses import dataclass, field

from bench.kit import Kit
from bench.messages import Task
from bench.plan import Plan
from bench.processes.outcome import Outcome, hopeless
from bench.processes.precision import MOVED_SHARE, Precision

PROCESSES_MIN = 8  # of every run that is not told otherwise, and before any cell gets more
DEATHS_MAX = 2  # in one cell: the first may be chance
FOCUS_SHARE_MAX = 0.6  # of all cells: above, a process for all of them is as well spent
START_S = 0.8  # of a process, before its first turn and after its last
SLACK_S = 0.3  # that a process may end late
SHARE_MIN = 0.5  # of a whole process: one with a few rounds has a median that an interruption makes


@dataclass
class Schedule:
    """What a run has found so far, and so what it does next."""

    plan: Plan
    kit: Kit
    cpus: int
    begin_s: float  # when measuring begins, and
    end_s: float  # when it has to end, both on whichever clock ``next`` is told
    found: list[Outcome] = field(default_factory=list)
    died: list[Outcome] = field(default_factory=list)
    started: int = 0
    alone: bool = False  # one worker at a time from now on
    precision: Precision = field(init=False)

    def __post_init__(self) -> None:
        self.precision = Precision(self.kit)
        for outcome in self.found:
            self.precision.add(outcome)
        self.started = max((outcome.process + 1 for outcome in self.found), default=0)
        self.found = [outcome.without_values() for outcome in self.found]

    @property
    def given_up(self) -> frozenset[int]:
        """Return the cells in which workers died too often."""
        deaths = Counter(o.cell for o in self.died if o.cell is not None and not o.refused)
        return frozenset(cell for cell, count in deaths.items() if count >= DEATHS_MAX)

    @property
    def refused(self) -> str:
        """Return why no worker can work here any more, a full disk say, or nothing."""
        return hopeless(self.died, len(self.found))

    def next(self, now_s: float, running: int) -> Task | None:
        """Return what a free CPU should do now; nothing if it should wait, or the run is over."""
        seconds = self.slice_seconds(now_s)
        if self.alone and running:
            return None
        if self.refused or not self._wants_more(now_s, seconds, running):
            return None
        cells = self._cells()
        if not cells:
            return None
        self.started += 1
        rounds = self.precision.seen.needed(self.plan.length.rounds)
        return Task(self.started - 1, seconds, cells, rounds)

    def ended(self, outcome: Outcome) -> None:
        """Take in what a process found, or that it died."""
        if outcome.found is None:
            self.died.append(outcome)
            return
        self.found.append(outcome.without_values())
        self.precision.add(outcome)
        if self.cpus > 1 and self._enough():
            self.alone = self.alone or self.precision.controls_moved() > MOVED_SHARE

    def slice_seconds(self, now_s: float) -> float:
        """Return how long a process measures, so that about as many as are aimed at fit."""
        whole = self._whole_s
        return max(1.0, min(whole, self.end_s - now_s - START_S)) if self._enough() else whole

    @property
    def _whole_s(self) -> float:
        aimed = self.plan.processes or self.plan.length.processes
        waves = -(-max(aimed, self.cpus) // self.cpus)
        return max(1.0, (self.end_s - self.begin_s) / waves - START_S)

    @property
    def precise(self) -> bool:
        """Return whether every ratio is as precise as was asked for."""
        target = self.plan.length.precision
        return target is not None and self._enough() and not self.precision.wide(target)

    def _enough(self) -> bool:
        return len(self.found) >= (self.plan.processes or PROCESSES_MIN)

    def _wants_more(self, now_s: float, seconds: float, running: int) -> bool:
        if self.plan.processes is not None:
            return len(self.found) + running < self.plan.processes + self._given_to_death()
        if self.plan.length.stops and self.precise:
            return False
        if len(self.found) + running < PROCESSES_MIN:
            return len(self.died) <= len(self.kit.cells) * DEATHS_MAX
        late = now_s + seconds + START_S > self.end_s + SLACK_S
        return not late and seconds >= SHARE_MIN * self._whole_s

    def _given_to_death(self) -> int:
        """Return by how many processes a run of exactly so many falls short, if all workers die."""
        return -len(self.died) if len(self.died) > len(self.kit.cells) * DEATHS_MAX else 0

    def _cells(self) -> tuple[int, ...]:
        every = [n for n in range(len(self.kit.cells)) if n not in self.given_up]
        target = self.plan.length.precision
        if target is None or not self._enough() or self.plan.processes is not None:
            return tuple(every)
        wide = self.precision.wide(target) - self.given_up
        focus = 0 < len(wide) <= FOCUS_SHARE_MAX * len(every)
        return tuple(sorted(wide)) if focus else tuple(every)
