"""The quotient of two independent estimates, such as one ratio in two runs.

The centre is the quotient of the centres, so the three numbers agree when they are printed side by
side. Its interval combines those of both on the scale of logarithms: each end is as far from the
centre as the two ends that would bring it about, added like independent errors. So the two may
scatter differently and have unequal numbers of processes.

* G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general
  approach", Statistics in Medicine 27 (2008), 1693-1702: limits of a difference from those of its
  parts.
"""

import math

from reports.statistics.signed_rank import Estimate


def quotient(above: Estimate, below: Estimate) -> Estimate:
    """Return the first estimate over the second.

    ``processes`` is the smaller number of the two. There is no interval if either has none, or one
    that reaches 0.

    Raises:
        ValueError: if a centre is not positive.
    """
    if min(above.centre, below.centre) <= 0:
        raise ValueError("a centre is not positive")
    centre, count = above.centre / below.centre, min(above.processes, below.processes)
    if above.low is None or above.high is None or below.low is None or below.high is None:
        return Estimate(centre, None, None, count)
    if min(above.low, below.low) <= 0:
        return Estimate(centre, None, None, count)
    down = math.hypot(math.log(above.centre / above.low), math.log(below.high / below.centre))
    up = math.hypot(math.log(above.high / above.centre), math.log(below.centre / below.low))
    return Estimate(centre, centre * math.exp(-down), centre * math.exp(up), count)
