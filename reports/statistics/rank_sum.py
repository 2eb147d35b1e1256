"""The shift between two independent samples: two runs share no rounds, so nothing pairs.

* J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
  Statistics 34 (1963), 598-611: the shift, the median of all differences.
* M. Hollander, D. A. Wolfe, "Nonparametric Statistical Methods", 2nd ed. (1999), sections 4.1 (null
  distribution and its normal limit), 4.2 (shift) and 4.3 (interval).

Assumes that both samples have the same distribution around their centres; of ratios, which only
multiply, give the logarithms.
"""

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.signed_rank import CONFIDENCE, Estimate, Values, checked

EXACT_MAX = 20_000  # pairs of values: half a second; beyond, the normal limit is as good


def shift(first: ArrayLike, second: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """The difference between the second sample's values and the first's (sections 4.2, 4.3)."""
    before, after = checked(first), checked(second)
    differences = np.sort((after[:, np.newaxis] - before[np.newaxis, :]).ravel())
    centre, count = float(np.median(differences)), min(len(before), len(after))
    depth = interval_depth(len(before), len(after), confidence)
    if depth == 0:
        return Estimate(centre, None, None, count)
    return Estimate(centre, float(differences[depth - 1]), float(differences[-depth]), count)


@cache
def interval_depth(first: int, second: int, confidence: float = CONFIDENCE) -> int:
    """How many differences to step in from either end; 0 if there is no interval.

    The largest d with P(U <= d - 1) <= (1 - confidence) / 2 (section 4.3, whose C_alpha this is).
    """
    tail = (1 - confidence) / 2
    if first * second <= EXACT_MAX:
        below = np.cumsum(rank_sum_distribution(first, second))
        return int(np.searchsorted(below, tail, side="right"))
    deviation = np.sqrt(first * second * (first + second + 1) / 12)
    middle = first * second / 2
    return max(0, int(middle + NormalDist().inv_cdf(tail) * deviation))


@cache
def rank_sum_distribution(first: int, second: int) -> Values:
    """P(U = 0), P(U = 1), ...: how often a value of one sample exceeds one of the other.

    Exact: the numbers of ways to reach each U are the coefficients of the product over i of
    (1 - q^(first + i)) / (1 - q^i), whole numbers (Mann & Whitney 1947).
    """
    ways = [1] + [0] * (first * second)
    for i in range(1, second + 1):
        for at in range(len(ways) - 1, first + i - 1, -1):
            ways[at] -= ways[at - first - i]
        for at in range(i, len(ways)):
            ways[at] += ways[at - i]
    total = sum(ways)
    return np.array([count / total for count in ways])
