"""Centre and interval of paired measurements, with the process as the unit.

The rounds of one process share its memory and its core, so more rounds sharpen its ratio but are
not independent. Each round gives a ratio of paired values, each process the median over its
rounds, and the processes together the Hodges-Lehmann centre with the signed-rank interval.

* J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests", Annals of
  Mathematical Statistics 34 (1963), 598-611: the centre.
* M. Hollander, D. A. Wolfe, "Nonparametric Statistical Methods", 2nd ed. (1999), sections 3.1
  (null distribution), 3.2 (centre) and 3.3 (interval).
* H. S. Bloom, "Minimum detectable effects", Evaluation Review 19 (1995), 547-556.
* R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages", American Statistician 50
  (1996), 361-365: their definition 7, for the span of rounds.
* J. W. Tukey, "The problem of multiple comparisons" (1953): the range of several means.

Processes are assumed to scatter symmetrically, but not normally.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
PROCESSES_MIN = 6  # with 5, the smallest two-sided p is 2 / 2**5 = 0.0625: no 95 % interval
POWER = 0.8  # to detect the smallest difference; the convention since Cohen (1988)
SPAN = (5.0, 95.0)  # percentiles of all rounds
SPAN_WIDE = 0.1  # of the centre: slow placements are at least 10 % slower
AVERAGES_MAX = 1 << 22  # in memory at once, 32 MiB
DIFFERENCE_MIN = 0.02  # of the centre: nobody chooses or reverts a layout for less

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A centre over processes and, if there are enough of them, its interval."""

    centre: float  # Hodges-Lehmann, in the unit of the values
    low: float | None  # lower end of the interval; None with too few processes
    high: float | None  # upper end, likewise
    processes: int  # number of values behind the centre

    @property
    def half_width(self) -> float | None:
        """Half the interval's length."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2

    def excludes(self, value: float) -> bool:
        """True if there is an interval and ``value`` is outside it."""
        if self.low is None or self.high is None:
            return False
        return not self.low <= value <= self.high


@dataclass(frozen=True)
class Line:
    """A straight line fitted per process, and its coefficients over processes."""

    slope: Estimate
    intercept: Estimate


def walsh_averages(values: ArrayLike) -> Values:
    """The n(n+1)/2 averages of all pairs, each value paired with itself too, sorted."""
    flat = checked(values)
    first, second = _pairs(flat.size)
    return np.sort((flat[first] + flat[second]) / 2)


def hodges_lehmann(values: ArrayLike) -> float:
    """The median of the Walsh averages (Hollander & Wolfe, 3.2)."""
    return float(np.median(walsh_averages(values)))


@cache
def signed_rank_distribution(count: int) -> Values:
    """P(T+ = 0), P(T+ = 1), ... of the signed-rank statistic of ``count`` values.

    Exact for every count, so no normal approximation is needed: rank k is in the sum or not, with
    equal chance, so each rank averages the distribution with itself shifted by k.
    """
    chances = np.zeros(count * (count + 1) // 2 + 1)
    chances[0] = 1.0
    for rank in range(1, count + 1):
        moved = np.zeros_like(chances)
        moved[rank:] = chances[:-rank]
        chances = (chances + moved) / 2
    return chances


@cache
def interval_depth(count: int, confidence: float = CONFIDENCE) -> int:
    """How many Walsh averages to step in from either end; 0 if there is no interval.

    The largest d with P(T+ <= d - 1) <= (1 - confidence) / 2: the interval from the d-th smallest
    to the d-th largest average then holds the centre with at least ``confidence``
    (Hollander & Wolfe, 3.3, whose C_alpha this is).
    """
    tail = np.cumsum(signed_rank_distribution(count))
    return int(np.searchsorted(tail, (1 - confidence) / 2, side="right"))


def estimate(values: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """The centre and interval of one value per process."""
    return _estimates(checked(values)[np.newaxis], confidence)[0]


def estimates(table: ArrayLike, confidence: float = CONFIDENCE) -> list[Estimate | None]:
    """The ``estimate`` of each column: one row per process, NaN where it has no value.

    None for an empty column. Columns with equally many processes are estimated in one go.
    """
    columns = np.asarray(table, dtype=np.float64)
    known = ~np.isnan(columns)
    counts = known.sum(axis=0)
    found: list[Estimate | None] = [None] * columns.shape[1]
    for count in np.unique(counts[counts > 0]).tolist():
        places = np.flatnonzero(counts == count)
        part = columns[:, places].T[known[:, places].T].reshape(-1, count)
        for place, one in zip(places.tolist(), _estimates(part, confidence), strict=True):
            found[place] = one
    return found


def medians(rounds: Values) -> Values:
    """The medians along the second axis, ignoring NaN; NaN where nothing is left."""
    ordered = np.sort(rounds, axis=1)  # NaN sorts last
    count = (~np.isnan(rounds)).sum(axis=1, keepdims=True)
    middle = ((count - 1) // 2, count // 2)  # of an empty row, the last and the first: both are NaN
    low, high = (np.take_along_axis(ordered, at, axis=1) for at in middle)
    found: Values = ((low + high) / 2).squeeze(axis=1)
    return found


def means(rounds: Values) -> Values:
    """The means along the second axis, ignoring NaN; NaN where nothing is left."""
    count = (~np.isnan(rounds)).sum(axis=1)
    total = np.nansum(rounds, axis=1)
    found: Values = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return found


def spans(rounds: Values) -> Values:
    """The ends between which 90 % of each column's values lie: a row of lows, a row of highs.

    NaN marks a round without a value.
    """
    if len(rounds) and not np.isnan(rounds).any():
        found: Values = np.percentile(rounds, SPAN, axis=0)
        return found
    columns = (column[~np.isnan(column)] for column in rounds.T)
    ends = [np.percentile(known, SPAN) if len(known) else (np.nan, np.nan) for known in columns]
    return np.array(ends).reshape(-1, 2).T


def apart(typical: Estimate, mean: float) -> bool:
    """True if the mean over placements differs from the cost of a typical placement.

    It must be outside the interval of the typical cost, and farther from its centre than half of
    the interval and than DIFFERENCE_MIN: a precise run would otherwise resolve differences that do
    not matter.
    """
    if typical.half_width is None:
        return False
    off = abs(mean - typical.centre)
    far = off > typical.half_width and off > DIFFERENCE_MIN * typical.centre
    return far and typical.excludes(mean)


def unsteady(typical: Estimate, low: float, high: float) -> bool:
    """True if rounds scatter so widely that their median is not settled either.

    Where rounds form groups (a branch predictor that learns, or not), the median of a process falls
    into one or the other, and the mean can be close to the centre all the same. The signs are a
    half-width above DIFFERENCE_MIN and a span of rounds wider than SPAN_WIDE.
    """
    if typical.half_width is None:
        return False
    wide = typical.half_width > DIFFERENCE_MIN * typical.centre
    return wide and high - low > SPAN_WIDE * typical.centre


def depends_on_placement(typical: Estimate, mean: float, low: float, high: float) -> bool:
    """True if the typical cost alone does not describe the cost over placements.

    ``apart`` or ``unsteady``, with ``low`` to ``high`` as the span of rounds. Always false without
    an interval.
    """
    return apart(typical, mean) or unsteady(typical, low, high)


def spread(positions: Sequence[Estimate]) -> float:
    """The distance between the lowest and the highest centre."""
    centres = [found.centre for found in positions]
    return max(centres) - min(centres)


def differ(positions: Sequence[Estimate]) -> bool:
    """True if the lowest and highest centres differ by more than both half-widths together.

    Two half-widths are 3.9 standard errors; the range of four equal means exceeds 3.6 in 5 % of
    all runs (Tukey's studentised range), so no further correction is needed.
    """
    lowest = min(positions, key=lambda found: found.centre)
    highest = max(positions, key=lambda found: found.centre)
    if lowest.half_width is None or highest.half_width is None:
        return False
    return highest.centre - lowest.centre > lowest.half_width + highest.half_width


def smallest_difference(
    found: Estimate, confidence: float = CONFIDENCE, power: float = POWER
) -> float | None:
    """The smallest difference that such an interval detects with probability ``power``.

    The interval's half-width is z(confidence) standard errors; a true difference of
    z(confidence) + z(power) standard errors is outside it in ``power`` of all runs (Bloom
    1995). With 95 % and 80 % that is 1.43 half-widths. Normal quantiles, hence a guide only.
    """
    if found.half_width is None:
        return None
    normal = NormalDist()
    shown = normal.inv_cdf((1 + confidence) / 2)
    return found.half_width * (1 + normal.inv_cdf(power) / shown)


def least_squares(x: ArrayLike, y: ArrayLike) -> tuple[Values, Values]:
    """The slope and intercept of the line through each row of ``y`` over ``x``.

    Raises:
        ValueError: if all x are equal.
    """
    at, rows = checked(x), np.asarray(y, dtype=np.float64)
    if at.min() == at.max():
        raise ValueError("all x values are identical")
    off = at - at.mean()
    middle = rows.mean(axis=-1)
    slopes: Values = (rows - middle[..., np.newaxis]) @ off / (off @ off)
    return slopes, middle - slopes * at.mean()


def estimate_line(x: ArrayLike, y: ArrayLike, confidence: float = CONFIDENCE) -> Line:
    """The line through each row of ``y`` over ``x``, a row a process, centred over processes."""
    slopes, intercepts = least_squares(x, y)
    return Line(estimate(slopes, confidence), estimate(intercepts, confidence))


def checked(values: ArrayLike) -> Values:
    """The values as a flat array; ValueError if it is empty or holds a value that is not finite."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    if flat.size == 0:
        raise ValueError("no values")
    if not np.isfinite(flat).all():
        raise ValueError("a value is not a finite number")
    return flat


def _estimates(values: Values, confidence: float) -> list[Estimate]:
    """The ``estimate`` of each row, all with equally many processes.

    Only the middle and the ends are put in their place: hundreds of processes have tens of
    thousands of averages, and sorting those takes as long as measuring them did.
    """
    count = values.shape[1]
    first, second = _pairs(count)
    total, depth = first.size, interval_depth(count, confidence)
    middle = [(total - 1) // 2, total // 2]
    ends = [depth - 1, total - depth] if depth else []
    at_once = max(1, AVERAGES_MAX // total)
    found = []
    for start in range(0, len(values), at_once):
        rows = values[start : start + at_once]
        averages = (rows[:, first] + rows[:, second]) / 2
        averages.partition(sorted({*middle, *ends}), axis=1)
        centres = averages[:, middle].mean(axis=1).tolist()
        known = averages[:, ends].tolist() if depth else [(None, None)] * len(rows)
        found += [
            Estimate(centre, low, high, count)
            for centre, (low, high) in zip(centres, known, strict=True)
        ]
    return found


@cache
def _pairs(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of all pairs of ``count`` values."""
    first, second = np.triu_indices(count)
    return first, second
