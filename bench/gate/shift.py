"""How far one sample lies from another that it was not measured with: the rank-sum test's interval.

For ``--baseline``: processes of an earlier run pair with none of this one. M. Hollander, D. A.
Wolfe, "Nonparametric Statistical Methods", 2nd ed. (1999), 4.2 (centre) and 4.3 (interval).
"""

from fractions import Fraction
from functools import cache
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics import Estimate


@cache
def ways(first: int, second: int) -> tuple[int, ...]:
    """Return in how many orders of both samples U is 0, 1, ...: exact whole numbers.

    The product over i of (1 - q^(first + i)) / (1 - q^i), whose coefficients they are.
    """
    found = [1] + [0] * (first * second)
    for i in range(1, second + 1):
        for at in range(len(found) - 1, first + i - 1, -1):
            found[at] -= found[at - first - i]
        for at in range(i, len(found)):
            found[at] += found[at - i]
    return tuple(found)


@cache
def depth(first: int, second: int, error: float) -> int:
    """Return how many differences to step in from either end; 0 if there is no interval."""
    counts = ways(first, second)
    allowed = Fraction(error) / 2 * sum(counts)
    return sum(tail <= allowed for tail in accumulate(counts))


def shift(values: ArrayLike, earlier: ArrayLike, error: float) -> Estimate:
    """Return the median of all differences, and its interval with this error."""
    new, old = np.asarray(values, np.float64), np.asarray(earlier, np.float64)
    differences = np.sort(np.subtract.outer(new, old).ravel())
    centre = float(np.median(differences))
    inside = depth(new.size, old.size, error)
    if not inside:
        return Estimate(centre, None, None, new.size)
    low, high = float(differences[inside - 1]), float(differences[-inside])
    return Estimate(centre, low, high, new.size)
