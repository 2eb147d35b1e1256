"""One cell's way to its verdict, process by process. Decisions alone: nothing is measured here."""

import enum
from dataclasses import dataclass, field

from bench.gate.design import Design, Say
from reports.statistics.signed_rank import Estimate


class Verdict(enum.Enum):
    """How a cell ends."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"


@dataclass
class Trial:
    """What is known of one pair in one cell."""

    design: Design
    watched: bool = False  # identical code timed as a sample of the noise: it keeps no run going
    values: dict[int, float] = field(default_factory=dict)  # by process, in the order they ended
    suspicion: Say | None = None
    fresh_from: int = 0  # the first process that was started after the suspicion
    first: Estimate | None = None  # of the last look at the first processes
    fresh: Estimate | None = None  # of the last look at the fresh ones
    verdict: Verdict | None = None
    failure: str = ""
    looked: int = 0  # looks so far, of this stage

    @property
    def open(self) -> bool:
        """Return whether more processes can still decide it."""
        return not self.watched and self.verdict is None and self.looked < len(self.design.looks)

    @property
    def suspected(self) -> bool:
        """Return whether it looks slower, and no fresh processes have said otherwise."""
        refuted = self.fresh is not None and self.design.says(self.fresh) is not Say.OPEN
        return self.suspicion is Say.SLOWER and not refuted

    @property
    def shown(self) -> Estimate | None:
        """Return the estimate to report: of fresh processes, which no suspicion has chosen."""
        return self.fresh or self.first

    def add(self, process: int, value: float, started: int) -> None:
        """Take in a process's value; look if it is time."""
        self.values[process] = value
        self.look(started)

    def look(self, started: int) -> None:
        """Look at the values if it is time. ``started``: the number of the next process."""
        stage = self.stage()
        if not self.open or len(stage) < self.design.looks[self.looked]:
            return
        says, found = self.design.look(stage[: self.design.looks[self.looked]])
        self.looked += 1
        if self.suspicion is None:
            self.first = found
            self._first(says, started)
        else:
            self.fresh = found
            if says is self.suspicion:
                self.verdict = Verdict(says.value)
            elif says is not Say.OPEN:  # a suspicion refuted
                self.verdict = Verdict.INCONCLUSIVE

    def _first(self, says: Say, started: int) -> None:
        if says is Say.SAME:
            self.verdict = Verdict.SAME
        elif says is not Say.OPEN:
            self.suspicion, self.fresh_from, self.looked = says, started, 0

    def stage(self) -> list[float]:
        """Return the values that the next look is at."""
        return [value for process, value in self.values.items() if process >= self.fresh_from]

    def fail(self, why: str) -> None:
        """Give the cell up: a kernel of it is wrong."""
        self.verdict, self.failure = Verdict.FAILED, why

    def end(self) -> Verdict:
        """Return the verdict when the run is over."""
        if self.verdict is None:
            self.verdict = Verdict.INCONCLUSIVE
        if self.first is None and self.values:
            _, self.first = self.design.look(self.stage())
        return self.verdict
