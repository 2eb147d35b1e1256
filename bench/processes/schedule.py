"""What each process measures next, and when a run ends: only decisions, so that tests are exact.

Every process measures every cell until the run has enough of them for intervals. From then on,
cells whose ratios are not yet precise enough get processes of their own. A cell in which workers
die twice is given up; the others continue. If A/A controls move while two workers run at once, one
continues alone.
"""

from dataclasses import dataclass, field

from bench.kit import Kit
from bench.messages import Task
from bench.plan import Plan
from bench.processes.outcome import DEATHS_MAX, Outcome, deadly, hopeless
from bench.processes.precision import MOVED_SHARE, Precision

FIRST_PROCESSES = 8  # measure every cell; later ones may take imprecise cells alone
FOCUS_SHARE_MAX = 0.6  # of all cells: above that, processes for all cells are as useful
START_S = 0.8  # of a process, outside its measuring
SLACK_S = 0.3  # by which a process may end late
SHARE_MIN = 0.5  # of a whole process: with few rounds, one interruption decides the median


@dataclass
class Schedule:
    """The state of a run, and its next step."""

    plan: Plan
    kit: Kit
    cpus: int
    begin_s: float  # of measuring, on the clock of ``next``
    end_s: float  # by which it has to end
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
        """The cells in which workers died too often."""
        return deadly(self.died)

    @property
    def refused(self) -> str:
        """Why no worker can measure here any more, such as a full disk; empty if one can."""
        return hopeless(self.died, len(self.found))

    def next(self, now_s: float, running: int) -> Task | None:
        """The next task of a free CPU; None if it must wait, or the run is over."""
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
        """Record the results of a process, or its death."""
        if outcome.found is None:
            self.died.append(outcome)
            return
        self.found.append(outcome.without_values())
        self.precision.add(outcome)
        if self.cpus > 1 and self._enough():
            self.alone = self.alone or self.precision.controls_moved() > MOVED_SHARE

    def slice_seconds(self, now_s: float) -> float:
        """The seconds of measuring per process, so that the intended number of them fits."""
        whole = self._whole_s
        return max(1.0, min(whole, self.end_s - now_s - START_S)) if self._enough() else whole

    @property
    def _whole_s(self) -> float:
        aimed = self.plan.processes or self.plan.length.processes
        waves = -(-max(aimed, self.cpus) // self.cpus)
        return max(1.0, (self.end_s - self.begin_s) / waves - START_S)

    @property
    def precise(self) -> bool:
        """Whether every ratio is as precise as requested."""
        target = self.plan.length.precision
        return target is not None and self._enough() and not self.precision.wide(target)

    def _enough(self) -> bool:
        return len(self.found) >= (self.plan.processes or FIRST_PROCESSES)

    def _wants_more(self, now_s: float, seconds: float, running: int) -> bool:
        if self.plan.processes is not None:
            return len(self.found) + running < self.plan.processes + self._given_to_death()
        if self.plan.length.stops and self.precise:
            return False
        if len(self.found) + running < FIRST_PROCESSES:
            return len(self.died) <= len(self.kit.cells) * DEATHS_MAX
        late = now_s + seconds + START_S > self.end_s + SLACK_S
        return not late and seconds >= SHARE_MIN * self._whole_s

    def _given_to_death(self) -> int:
        """Minus the deaths once there are too many: a fixed number is then not reached."""
        return -len(self.died) if len(self.died) > len(self.kit.cells) * DEATHS_MAX else 0

    def _cells(self) -> tuple[int, ...]:
        every = [n for n in range(len(self.kit.cells)) if n not in self.given_up]
        target = self.plan.length.precision
        if target is None or not self._enough() or self.plan.processes is not None:
            return tuple(every)
        wide = self.precision.wide(target) - self.given_up
        focus = 0 < len(wide) <= FOCUS_SHARE_MAX * len(every)
        return tuple(sorted(wide)) if focus else tuple(every)
