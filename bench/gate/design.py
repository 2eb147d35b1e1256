"""When a cell is decided, and how often all decisions of a run are right.

The unit is a process. Its value in a cell is the median over rounds of log(head / base), paired by
round. Logarithms make base and head interchangeable.

**What is exact.** If both sides are the same code, nothing distinguishes them: pages, positions and
order of turns are drawn the same way for both, and which comes first is drawn per process. So each
process's value is equally likely v or -v, whatever its distribution (heavy tails, two modes), and
the signs of different processes are independent even if their sizes are not. The signed-rank test
needs no more, so its interval is exact there, not asymptotic. For different code it also assumes
that processes scatter symmetrically around the true difference.

**Looks.** A cell is evaluated when it has n, 1.3 n, 1.69 n ... processes, never in between, where n
is the smallest number that has an interval at all. With m cells, K looks and an error of
alpha = 0.1 % per run, each look has an interval of confidence 1 - alpha / (m K). By the union
bound, all m K intervals of a stage contain their true values at once in 99.9 % of runs, whatever
stops the run and however cells are correlated (Bonferroni; Dunn 1961).

**Decisions**, with a band B (the tolerated slowdown):

* suspect: the interval is above 0 and its centre above B (or below 0 and -B);
* slower, faster: suspect, and again so at a look at processes started after the suspicion;
* same: the interval is inside (-B, B). Otherwise the cell stays open, and ends as inconclusive.

So the probability that a run calls something slower (or faster) that is not is at most alpha, by
the first stage alone. The fresh processes have the same alpha again: if they are independent of the
first ones, both stages together err with probability of about alpha squared / (m K). That is a
reserve for what statistics does not cover, such as a core that was slow for a second. The
probability that a run calls something the same whose true difference is outside the band is at most
alpha, too.

Why many short processes: n processes give no two-sided p below 2 / 2**n. For 60 cells and 8 looks
that takes 20 before there is any interval, and further rounds of a process tell nothing new about
what is fixed in it (its pages, its core).

* O. J. Dunn, "Multiple comparisons among means", JASA 56 (1961), 52-64.
"""

import enum
import math
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

from reports.statistics.signed_rank import POWER, Estimate, estimate

ALPHA = 0.001  # per run, over all its cells and looks
BAND = 0.005
LOOKS = 8
LOOKS_QUICK = 4
GROWTH = 1.3  # of processes from look to look; smaller ends a run earlier, at little width
FOUND = 0.95  # share of runs that would find a slowdown of the printed size


class Say(enum.Enum):
    """The result of one look at a cell."""

    SLOWER = "slower"
    FASTER = "faster"
    SAME = "same"
    OPEN = "open"


@dataclass(frozen=True)
class Design:
    """Everything that is fixed before anything is measured."""

    cells: int  # compared in this run
    band: float = BAND
    looks_max: int = LOOKS  # per stage
    alpha: float = ALPHA

    @property
    def error(self) -> float:
        """The error of one interval: that of the run divided by all cells and looks."""
        return self.alpha / (max(1, self.cells) * self.looks_max)

    @property
    def confidence(self) -> float:
        """The confidence of one interval."""
        return 1 - self.error

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """The numbers of processes at which a cell is evaluated."""
        first = math.ceil(1 - math.log2(self.error))  # whose smallest two-sided p is this low
        return tuple(round(first * GROWTH**look) for look in range(self.looks_max))

    @property
    def band_log(self) -> float:
        """The band on the scale of values."""
        return math.log1p(self.band)

    def look(self, values: list[float]) -> tuple[Say, Estimate]:
        """The result and the estimate from these processes, one value each."""
        estimated = estimate(values, self.confidence)
        return self.says(estimated), estimated

    def says(self, interval: Estimate) -> Say:
        """The decision from one interval."""
        if interval.low is None or interval.high is None:
            return Say.OPEN
        if interval.low > 0 and interval.centre > self.band_log:
            return Say.SLOWER
        if interval.high < 0 and interval.centre < -self.band_log:
            return Say.FASTER
        if -self.band_log < interval.low and interval.high < self.band_log:
            return Say.SAME
        return Say.OPEN

    def visible(self, interval: Estimate, power: float = POWER) -> float | None:
        """The smallest slowdown that one look like this detects with probability ``power``.

        A guide, as it uses normal quantiles: the centre must be above the band and the interval
        above 0; the standard error follows from the interval's half-width.
        """
        if interval.half_width is None:
            return None
        normal = NormalDist()
        error = interval.half_width / normal.inv_cdf((1 + self.confidence) / 2)
        reach = normal.inv_cdf(power) * error
        return math.expm1(reach + max(self.band_log, interval.half_width))

    def found_mostly(self, interval: Estimate) -> float | None:
        """The slowdown found in 95 % of runs: detected twice, each time in 97.5 %."""
        return self.visible(interval, math.sqrt(FOUND))


def as_ratio(log: float | None) -> float | None:
    """The ratio head / base of a value."""
    return None if log is None else math.exp(log)
