"""Finds where a series of results changes its level.

Change points of the mean, as many as pay for themselves: each must lower the squared error by
PENALTY times the noise's variance times the logarithm of the length (a Bayesian criterion: Y.-C.
Yao, "Estimating the number of change-points via Schwarz' criterion", Statistics & Probability
Letters 6 (1988), 181-189). The noise is estimated from differences of neighbours, which a change
hardly affects. Found by ruptures (C. Truong, L. Oudre, N. Vayatis, "Selective review of offline
change point detection methods", Signal Processing 167 (2020), 107299), if it is installed.
"""

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike

PENALTY = 3.0  # 2 is Yao's; a little more, as ratios have longer tails than the normal
POINTS_MIN = 8  # runs; fewer have no trend
SEGMENT_MIN = 3  # runs between two changes: one odd run is not a change
MAD_TO_DEVIATION = 1.4826  # of the normal distribution
NOISE_MIN = 1e-6  # of a ratio: equal values have no noise to divide by


def available() -> bool:
    """True if change points can be found here."""
    return find_spec("ruptures") is not None


def changes(values: ArrayLike) -> Sequence[int]:
    """The indices of the first value of every new level."""
    logs = np.log(np.asarray(values, dtype=np.float64))
    if len(logs) < POINTS_MIN or not available():
        return []
    from ruptures import KernelCPD

    off = np.median(np.abs(np.diff(logs)))
    noise = max(NOISE_MIN, MAD_TO_DEVIATION * float(off) / np.sqrt(2))
    scaled = (logs - logs.mean()) / noise
    found = KernelCPD(kernel="linear", min_size=SEGMENT_MIN).fit(scaled.reshape(-1, 1))
    ends = found.predict(pen=PENALTY * float(np.log(len(logs))))
    return [int(end) for end in ends[:-1]]
