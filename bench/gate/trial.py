"""One pair in one cell, from its first process to its verdict. Nothing is measured here."""

import enum
from dataclasses import dataclass, field

from bench.gate.design import Design, Say
from reports.statistics.signed_rank import Estimate


class Verdict(enum.Enum):
    """The verdict on a cell."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"


@dataclass
class Trial:
    """The state of one pair in one cell."""

    design: Design
    watched: bool = False  # identical code, timed as a sample of the noise; does not prolong a run
    values: dict[int, float] = field(
        default_factory=dict
    )  # by process, in the order in which they ended
    suspicion: Say | None = None
    fresh_from: int = 0  # the first process started after the suspicion
    first: Estimate | None = None  # from the last look at the first processes
    fresh: Estimate | None = None  # from the last look at the fresh ones
    verdict: Verdict | None = None
    failure: str = ""
    looked: int = 0  # looks so far in this stage

    @property
    def open(self) -> bool:
        """Whether further processes can decide it."""
        return not self.watched and self.verdict is None and self.looked < len(self.design.looks)

    @property
    def suspected(self) -> bool:
        """Whether it is suspect, and fresh processes have not refuted that."""
        refuted = self.fresh is not None and self.design.says(self.fresh) is not Say.OPEN
        return self.suspicion is Say.SLOWER and not refuted

    @property
    def shown(self) -> Estimate | None:
        """The estimate to report: from fresh processes, which are not selected by the suspicion."""
        return self.fresh or self.first

    def add(self, process: int, value: float, started: int) -> None:
        """Add a process's value, and look if it is time."""
        self.values[process] = value
        self.look(started)

    def look(self, started: int) -> None:
        """Look at the values if it is time. ``started``: the number of the next process."""
        stage = self.stage()
        if not self.open or len(stage) < self.design.looks[self.looked]:
            return
        says, interval = self.design.look(stage[: self.design.looks[self.looked]])
        self.looked += 1
        if self.suspicion is None:
            self.first = interval
            self._first(says, started)
        else:
            self.fresh = interval
            if says is self.suspicion:
                self.verdict = Verdict(says.value)
            elif says is not Say.OPEN:  # the suspicion is refuted
                self.verdict = Verdict.INCONCLUSIVE

    def _first(self, says: Say, started: int) -> None:
        if says is Say.SAME:
            self.verdict = Verdict.SAME
        elif says is not Say.OPEN:
            self.suspicion, self.fresh_from, self.looked = says, started, 0

    def stage(self) -> list[float]:
        """The values of this stage."""
        return [value for process, value in self.values.items() if process >= self.fresh_from]

    def fail(self, why: str) -> None:
        """Give up the cell: one of its kernels is wrong."""
        self.verdict, self.failure = Verdict.FAILED, why

    def end(self) -> Verdict:
        """The verdict when the run is over."""
        if self.verdict is None:
            self.verdict = Verdict.INCONCLUSIVE
        if self.first is None and self.values:
            _, self.first = self.design.look(self.stage())
        return self.verdict
