"""Tests whether measurements meet expectations: numbers compared with bounds.

An expectation covers many numbers (``reports.experiments.measures``), one per series, backend and
cell. It is *as expected* if
every interval lies within the bounds, and *not* if any interval lies outside them; on a processor
that it was not made for, that is *otherwise here*: news about the processor and no failure.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.experiments.measures import MEASURES
from reports.read.experiments import Expectation
from reports.rounds.processes import Rounds
from reports.statistics.signed_rank import Estimate


class Observation(enum.Enum):
    """The outcome of an expectation."""

    AS_EXPECTED = "as expected"
    NOT = "not as expected"
    NEWS = "otherwise here"  # on a processor that it was not made for
    CANNOT_TELL = "cannot tell"

    @property
    def mark(self) -> str:
        """A sign, which colour may repeat but not replace."""
        marks = {"as expected": "✓", "not as expected": "✗", "otherwise here": "↻"}
        return marks.get(self.value, "?")


@dataclass(frozen=True)
class Number:
    """One number that an expectation is about."""

    where: str  # cell, or the sweep of a line
    series: str  # STRATEGY[FORM], with its backend if there are several
    found: Estimate
    observation: Observation


@dataclass(frozen=True)
class Held:
    """An expectation with what was observed."""

    expectation: Expectation
    observation: Observation
    numbers: tuple[Number, ...]

    @property
    def decisive(self) -> Number | None:
        """The number that decided: of those with this observation, the farthest from the bounds.

        For an expectation that is met, the one nearest to the bounds; None if nothing was measured.
        """
        deciding = [one for one in self.numbers if one.observation is self.observation]
        slack = {id(one): _slack(one.found.centre, self.expectation) for one in deciding}
        return min(deciding, key=lambda one: slack[id(one)], default=None)


def observe(
    estimate: Estimate, at_least: float | None, at_most: float | None, *, elsewhere: bool = False
) -> Observation:
    """The observation of an estimate against two bounds, either of which may be missing.

    ``elsewhere``: whether the bounds were made for other processors than the one measured.
    """
    if estimate.low is None or estimate.high is None:
        return Observation.CANNOT_TELL
    least = -np.inf if at_least is None else at_least
    most = np.inf if at_most is None else at_most
    if least <= estimate.low and estimate.high <= most:
        return Observation.AS_EXPECTED
    if estimate.high < least or estimate.low > most:
        return Observation.NEWS if elsewhere else Observation.NOT
    return Observation.CANNOT_TELL


def together(observations: Sequence[Observation]) -> Observation:
    """The common outcome of several observations: *not* if any is, as expected if all are."""
    for decisive in (Observation.NOT, Observation.NEWS):
        if decisive in observations:
            return decisive
    if observations and all(one is Observation.AS_EXPECTED for one in observations):
        return Observation.AS_EXPECTED
    return Observation.CANNOT_TELL


def hold(expectation: Expectation, cells: Sequence[Rounds], kind: str = "") -> Held:
    """An expectation with every number that it is about, on this kind of processor."""
    elsewhere = not expectation.is_for(kind)
    bounds = (expectation.at_least, expectation.at_most)
    numbers = tuple(
        Number(where, series, found, observe(found, *bounds, elsewhere=elsewhere))
        for where, series, found in MEASURES[expectation.measure](expectation, cells)
    )
    return Held(expectation, together([one.observation for one in numbers]), numbers)


def _slack(value: float, expectation: Expectation) -> float:
    """How far a value lies inside its bounds, as a share of the bound; negative outside."""
    room = [np.inf]
    if expectation.at_least is not None:
        room.append((value - expectation.at_least) / max(abs(expectation.at_least), 1e-12))
    if expectation.at_most is not None:
        room.append((expectation.at_most - value) / max(abs(expectation.at_most), 1e-12))
    return min(room)
