"""When a cell is decided, and how often all decisions of a run are right.

Unit: a process. Its value in a cell is the median over rounds of log(head / base), paired by round.
Logs, so that base and head may change places.

**What is exact.** Where both sides are the same code, nothing tells them apart: pages, positions,
order of turns are drawn alike for both, and which stands first is drawn for each process. So
each process's value is as likely v as -v whatever its distribution (heavy tails, two modes), and
signs of different processes are independent even if their sizes are not. That is all the
signed-rank test asks, so its interval is exact there, not asymptotic. For different code it also
takes that processes scatter symmetrically about the true difference.

**Looks.** A cell is looked at when it has n, 1.3 n, 1.69 n ... processes, never in between, n being
the fewest of which there is an interval at all. With m cells, K looks and an error of
alpha = 0.1 % a run, each look has an interval of confidence
1 - alpha / (m K). By the union bound all m K intervals of a stage hold their true values at once
in 99.9 % of runs, whatever stops the run and however cells hang together (Bonferroni; Dunn 1961).

**Decisions**, with a band B (a slowdown that is forgiven):

* suspect: the interval is above 0 and its centre above B (or below 0 and -B);
* slower, faster: suspected, and the same again at a look at processes started after the suspicion;
* same: the interval is inside (-B, B). Else the cell stays open, and ends as inconclusive.

So the chance that a run calls anything slower that truly is not (or faster) is at most alpha by the
first stage alone. The fresh processes have the same alpha once more: if they are independent of
the first ones, both together err about alpha squared / (m K) of the time. That is kept as a reserve
for what statistics does not know, a core that was in a mood for a second. The chance that a run
calls anything the same whose true difference is outside the band is at most alpha likewise.

Why short processes, many of them: n processes give no two-sided p below 2 / 2**n. For 60 cells and
8 looks that asks for 20 before there is any interval, and what a process does not know of
itself (its pages, its core) no further round will tell it.

* O. J. Dunn, "Multiple comparisons among means", JASA 56 (1961), 52-64.
"""

import enum
import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from reports.statistics.signed_rank import POWER, Estimate, estimate

ALPHA = 0.001  # of a run, over all its cells and looks
BAND = 0.005
LOOKS = 8
LOOKS_QUICK = 4
GROWTH = 1.3  # from look to look; finer ones end a run sooner and cost hardly any width
FOUND = 0.95  # of runs in which a slowdown of the size that is printed would be found


class Say(enum.Enum):
    """What one look at a cell says."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    OPEN = "open"


@dataclass(frozen=True)
class Design:
    """What is held fixed before anything is measured."""

    cells: int  # compared in this run
    band: float = BAND
    looks_max: int = LOOKS  # in a stage
    alpha: float = ALPHA

    @property
    def error(self) -> float:
        """Return that of one interval: the run's, shared among all cells and looks."""
        return self.alpha / (max(1, self.cells) * self.looks_max)

    @property
    def confidence(self) -> float:
        """Return that of one interval."""
        return 1 - self.error

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """Return at how many processes a cell is looked at."""
        first = math.ceil(1 - math.log2(self.error))  # of which the smallest two-sided p is so low
        return tuple(round(first * GROWTH**look) for look in range(self.looks_max))

    @property
    def band_log(self) -> float:
        """Return the band on the scale of values."""
        return math.log1p(self.band)

    def look(self, values: list[float]) -> tuple[Say, Estimate]:
        """Return what these processes say, one value each."""
        found = estimate(values, self.confidence)
        return self.says(found), found

    def says(self, found: Estimate) -> Say:
        """Return what an interval says."""
        if found.low is None or found.high is None:
            return Say.OPEN
        if found.low > 0 and found.centre > self.band_log:
            return Say.SLOWER
        if found.high < 0 and found.centre < -self.band_log:
            return Say.FASTER
        if -self.band_log < found.low and found.high < self.band_log:
            return Say.SAME
        return Say.OPEN

    def visible(self, found: Estimate, power: float = POWER) -> float | None:
        """Return the smallest slowdown that one look like this would have called so.

        With ``power``, by normal quantiles, hence a guide: its centre has to be above the band and
        its interval above 0, and the standard error follows from the interval's half-width.
        """
        if found.half_width is None:
            return None
        normal = NormalDist()
        error = found.half_width / normal.inv_cdf((1 + self.confidence) / 2)
        reach = normal.inv_cdf(power) * error
        return math.expm1(reach + max(self.band_log, found.half_width))

    def found_mostly(self, found: Estimate) -> float | None:
        """Return the slowdown that is found in 95 % of runs: seen twice, each time in 97.5 %."""
        return self.visible(found, math.sqrt(FOUND))


def as_ratio(log: float | None) -> float | None:
    """Return head / base of a value."""
    return None if log is None else math.exp(log)
