"""What several machines say together of one ratio, with the kind of machine as the unit.

A machine's own interval says how well that machine is known, not how machines differ: rounds or
processes of different machines are never pooled. Machines of one key (vendor, family, model,
stepping, caches, architecture, hypervisor) are repetitions of one kind, combined before anything
else. Each kind has a verdict of its own, ``Says``; what is within DIFFERENCE_MIN is no difference:
nothing "turns round" by what nobody would notice.

* Below six kinds there is a range and a count, in words; a two-sided test of six signs is the
  first that can come out at 5 % (2 / 2**6).
* From six on the Hodges-Lehmann centre over kinds with the interval of the signed-rank test
  (``reports.statistics.signed_rank``), and the range: where the next kind falls inside it with
  (M - 1) / (M + 1), as each of M + 1 draws is equally likely to be the lowest, or the highest.
* As a second opinion a normal random-effects model of the logarithms:

  - R. C. Paule, J. Mandel, "Consensus values and weighting factors", Journal of Research of the
    National Bureau of Standards 87 (1982), 377-385: the spread tau between kinds.
  - G. Knapp, J. Hartung, "Improved tests for a random effects meta-regression with a single
    covariate", Statistics in Medicine 22 (2003), 2693-2710: the interval, by t(M - 1), never
    narrower than without their factor.
  - W. G. Cochran, "The combination of estimates from different experiments", Biometrics 10 (1954),
    101-129: Q. J. P. T. Higgins, S. G. Thompson, Statistics in Medicine 21 (2002), 1539-1558: I2.

``reports.documents.fleet_coverage`` simulates how often these intervals hold what they should.
"""

import enum
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtrit

from reports.statistics.signed_rank import (
    CONFIDENCE,
    DIFFERENCE_MIN,
    PROCESSES_MIN,
    Estimate,
    Values,
    checked,
    estimate,
    hodges_lehmann,
)

KINDS_MIN = PROCESSES_MIN  # of a signed-rank interval, whatever the unit is
KINDS_MIN_OF_SPREAD = 2
WITHIN = f"{100 * DIFFERENCE_MIN:g} %"  # of 1: a difference that nobody acts on


class Says(enum.Enum):
    """The verdict of one kind of machine on a ratio."""

    SLOWER = "slower"
    FASTER = "faster"
    ALIKE = "alike"
    OPEN = "open"

    @property
    def mark(self) -> str:
        """A sign for a table, which colour may repeat but not replace."""
        return {Says.SLOWER: "▲", Says.FASTER: "▼", Says.ALIKE: "=", Says.OPEN: "○"}[self]

    @property
    def meaning(self) -> str:
        """The verdict spelled out."""
        return {
            Says.SLOWER: f"the whole interval is above 1, and not within {WITHIN} of it",
            Says.FASTER: f"the whole interval is below 1, and not within {WITHIN} of it",
            Says.ALIKE: f"the whole interval is within {WITHIN} of 1",
            Says.OPEN: f"the interval includes 1 and leaves its {WITHIN}, or there is none",
        }[self]


def says(found: Estimate) -> Says:
    """Return the verdict on a ratio with its interval."""
    if found.low is None or found.high is None:
        return Says.OPEN
    if found.low > 1 / (1 + DIFFERENCE_MIN) and found.high < 1 + DIFFERENCE_MIN:
        return Says.ALIKE
    if found.excludes(1.0):
        return Says.SLOWER if found.centre > 1 else Says.FASTER
    return Says.OPEN


@dataclass(frozen=True)
class Machine:
    """What one run says of a cell: the ratio of two layouts, paired inside the machine."""

    key: str  # of stable facts only: two machines with the same are of one kind
    ratio: Estimate  # over its processes


@dataclass(frozen=True)
class Kind:
    """All machines of one key, as one value."""

    key: str
    log: float  # of the ratio
    error: float | None  # standard error of ``log``; None: a machine has no interval
    low: float | None  # of the interval of the ratio: the machine's own where there is one
    high: float | None
    machines: int

    @property
    def ratio(self) -> float:
        """Return the ratio."""
        return math.exp(self.log)

    @property
    def estimate(self) -> Estimate:
        """Return the ratio with its interval; its ``processes`` are machines."""
        return Estimate(self.ratio, self.low, self.high, self.machines)

    @property
    def says(self) -> Says:
        """Return its verdict."""
        return says(self.estimate)


@dataclass(frozen=True)
class Spread:
    """How kinds differ beyond what each is uncertain by, and the centre that follows."""

    tau: float  # standard deviation of the logarithms between kinds
    centre: Estimate  # of the ratio, with the interval of Knapp and Hartung
    q: float  # Cochran's: about M - 1 where kinds do not differ
    i2: float  # the share of the scatter that is between kinds, 0 to 1

    @property
    def percent(self) -> float:
        """Return tau as the per cent by which a typical kind is off the centre."""
        return 100 * math.expm1(self.tau)


@dataclass(frozen=True)
class Pooled:
    """What the kinds of machine that there are say together."""

    kinds: tuple[Kind, ...]  # from the lowest ratio to the highest
    centre: Estimate | None  # of the ratio, over kinds; None below KINDS_MIN
    spread: Spread | None  # None below two kinds, or where a machine has no interval

    @property
    def low(self) -> float:
        """Return the lowest kind's ratio."""
        return self.kinds[0].ratio

    @property
    def high(self) -> float:
        """Return the highest kind's ratio."""
        return self.kinds[-1].ratio

    @property
    def machines(self) -> int:
        """Return how many machines there are, repetitions included."""
        return sum(kind.machines for kind in self.kinds)

    @property
    def next_inside(self) -> float:
        """Return the chance that the next kind of machine falls between ``low`` and ``high``."""
        return next_inside(len(self.kinds))

    @property
    def counts(self) -> Counter[Says]:
        """Return how many kinds have which verdict."""
        return Counter(kind.says for kind in self.kinds)

    @property
    def turns_round(self) -> bool:
        """Return whether a layout is shown to be faster on one kind and slower on another."""
        return bool(self.counts[Says.FASTER] and self.counts[Says.SLOWER])

    @property
    def agrees(self) -> bool:
        """Return whether all kinds have one verdict, and it is not open."""
        return len(self.counts) == 1 and not self.counts[Says.OPEN]


def next_inside(kinds: int) -> float:
    """Return the chance that one more draw falls inside the range of so many.

    Raises:
        ValueError: if there are none.
    """
    if kinds < 1:
        raise ValueError("no kinds of machine")
    return (kinds - 1) / (kinds + 1)


def pooled(machines: Iterable[Machine], confidence: float = CONFIDENCE) -> Pooled:
    """Return what machines say together.

    Raises:
        ValueError: if there are none, or a ratio is no positive number.
    """
    kinds = combined(machines)
    if not kinds:
        raise ValueError("no machines")
    logs = [kind.log for kind in kinds]
    errors = [kind.error for kind in kinds if kind.error is not None]
    known = len(errors) == len(kinds) >= KINDS_MIN_OF_SPREAD and all(errors)
    return Pooled(
        kinds=kinds,
        centre=_ratio(estimate(logs, confidence)) if len(kinds) >= KINDS_MIN else None,
        spread=spread(logs, errors, confidence) if known else None,
    )


def combined(machines: Iterable[Machine]) -> tuple[Kind, ...]:
    """Return one value for each key, from the lowest ratio to the highest.

    Of several machines the Hodges-Lehmann centre. Its error is the larger of what their own
    intervals promise and of what they scatter by: repetitions that disagree more than they should
    are no reason for confidence.
    """
    grouped: dict[str, list[Estimate]] = {}
    for machine in machines:
        grouped.setdefault(machine.key, []).append(machine.ratio)
    kinds = (_kind(key, ratios) for key, ratios in grouped.items())
    return tuple(sorted(kinds, key=lambda kind: (kind.log, kind.key)))


def spread(
    logs: Sequence[float], errors: Sequence[float], confidence: float = CONFIDENCE
) -> Spread:
    """Return tau by Paule and Mandel, and the ratio with the interval of Knapp and Hartung.

    ``errors`` are the standard errors of ``logs``, taken as known.

    Raises:
        ValueError: if there are fewer than two, or an error is not positive.
    """
    values, variances = checked(logs), checked(errors) ** 2
    count = values.size
    if count < KINDS_MIN_OF_SPREAD or variances.size != count or not variances.all():
        raise ValueError(f"{count} values and {variances.size} errors, of which none may be 0")
    tau2 = paule_mandel(values, variances)
    weights = 1 / (variances + tau2)
    centre = float(weights @ values / weights.sum())
    factor = max(1.0, _scatter(values, weights) / (count - 1))
    half = float(stdtrit(count - 1, (1 + confidence) / 2)) * math.sqrt(factor / weights.sum())
    q = _scatter(values, 1 / variances)
    return Spread(
        tau=math.sqrt(tau2),
        centre=_ratio(Estimate(centre, centre - half, centre + half, count)),
        q=q,
        i2=max(0.0, 1 - (count - 1) / q) if q else 0.0,
    )


def paule_mandel(values: Values, variances: Values) -> float:
    """Return the variance between values that makes their weighted scatter what it should be.

    That is count - 1; where it is less even without any, the answer is 0.
    """
    wanted = values.size - 1

    def excess(tau2: float) -> float:
        return _scatter(values, 1 / (variances + tau2)) - wanted

    if excess(0.0) <= 0:
        return 0.0
    most = float(np.square(values - values.mean()).sum()) / wanted  # weights would all be smaller
    return float(brentq(excess, 0.0, most, xtol=1e-14))


def sentence(found: Pooled) -> str:
    """Return in words what may be said: below six kinds no interval, but range and count."""
    count = len(found.kinds)
    span = f"{found.low:.2f} to {found.high:.2f}"
    if count == 1:
        return f"one kind of machine, {found.low:.2f}: an anecdote"
    whole = f"{agreement(found)}, {span}"
    if found.centre is None:
        return f"{whole}; an interval over machines takes {KINDS_MIN} kinds"
    interval = f"{found.centre.centre:.2f} [{found.centre.low:.2f}, {found.centre.high:.2f}]"
    return f"{whole}; centre {interval}; the next kind falls inside with {found.next_inside:.0%}"


def agreement(found: Pooled) -> str:
    """Return in words how many kinds have which verdict."""
    counts, total = found.counts, len(found.kinds)
    if len(counts) == 1:
        return f"{next(iter(counts)).value} on all {total} kinds of machine"
    parts = (Says.FASTER, Says.SLOWER, Says.ALIKE, Says.OPEN)
    words = ", ".join(f"{one.value} on {counts[one]}" for one in parts if counts[one])
    return f"{'turns round: ' if found.turns_round else ''}{words} of {total} kinds of machine"


def _kind(key: str, ratios: Sequence[Estimate]) -> Kind:
    if any(ratio.centre <= 0 for ratio in ratios):
        raise ValueError(f"{key}: a ratio is not positive")
    logs = [math.log(ratio.centre) for ratio in ratios]
    errors = [_error(ratio) for ratio in ratios]
    known = [error for error in errors if error is not None]
    centre, error = hodges_lehmann(logs), None
    low, high = ratios[0].low, ratios[0].high
    if len(known) == len(errors):
        scattered = float(np.var(logs, ddof=1)) if len(logs) > 1 else 0.0
        promised = float(np.mean(np.square(known)))
        error = math.sqrt(max(promised, scattered) / len(logs))
    if len(logs) > 1:
        reach = None if error is None else _normal(CONFIDENCE) * error
        low, high = (None if reach is None else math.exp(centre + by * reach) for by in (-1, 1))
    return Kind(key, centre, error, low, high, len(logs))


def _error(ratio: Estimate) -> float | None:
    """Return the standard error of a ratio's logarithm, of its interval; None: it has none."""
    if ratio.low is None or ratio.high is None or ratio.low <= 0:
        return None
    return (math.log(ratio.high) - math.log(ratio.low)) / (2 * _normal(CONFIDENCE))


def _normal(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _scatter(values: Values, weights: Values) -> float:
    """Return the weighted sum of squared distances from the weighted mean."""
    centre = weights @ values / weights.sum()
    return float(weights @ np.square(values - centre))


def _ratio(logs: Estimate) -> Estimate:
    """Return an estimate of ratios from one of their logarithms."""
    low, high = (None if end is None else math.exp(end) for end in (logs.low, logs.high))
    return Estimate(math.exp(logs.centre), low, high, logs.processes)
