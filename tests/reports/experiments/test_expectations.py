"""Bounds decide on whole intervals, and cells are picked by name."""

from collections.abc import Iterator

import pytest

from reports.experiments.expectations import Observation, observe, together
from reports.experiments.measures import named_cell
from reports.statistics.signed_rank import Estimate


def estimates() -> Iterator[tuple[Estimate, Observation]]:
    """Yield estimates and their observation against the bounds 1 and 2."""
    yield Estimate(1.5, 1.4, 1.6, 8), Observation.AS_EXPECTED
    yield Estimate(1.5, 1.0, 2.0, 8), Observation.AS_EXPECTED
    yield Estimate(1.05, 0.95, 1.1, 8), Observation.CANNOT_TELL
    yield Estimate(1.95, 1.9, 2.1, 8), Observation.CANNOT_TELL
    yield Estimate(0.9, 0.85, 0.95, 8), Observation.NOT
    yield Estimate(2.2, 2.1, 2.3, 8), Observation.NOT
    yield Estimate(1.5, None, None, 5), Observation.CANNOT_TELL


@pytest.mark.parametrize(("found", "expected"), list(estimates()))
def test_a_whole_interval_decides(found: Estimate, expected: Observation) -> None:
    """Both ends within the bounds, or both outside on one side; otherwise it cannot be told."""
    assert observe(found, 1.0, 2.0) is expected


def test_a_bound_may_be_left_out() -> None:
    """Without a bound on one side, nothing is outside there."""
    assert observe(Estimate(9, 8, 10, 8), 1.0, None) is Observation.AS_EXPECTED
    assert observe(Estimate(9, 8, 10, 8), None, 1.0) is Observation.NOT


def test_one_that_is_not_decides_for_all() -> None:
    """All must be as expected; one that is not outweighs those that cannot be told."""
    yes, no, open_ = Observation.AS_EXPECTED, Observation.NOT, Observation.CANNOT_TELL
    news = Observation.NEWS
    assert together([yes, yes]) is yes
    assert together([yes, open_]) is open_
    assert together([yes, open_, news, no]) is no
    assert together([yes, open_, news]) is news
    assert together([]) is open_


def test_axes_behind_the_sign_of_sameness_are_replaced() -> None:
    """``={piece=128}`` is the same cell with another value of that axis."""
    assert named_cell("=", "blk/x/add{piece=4}") == "blk/x/add{piece=4}"
    assert named_cell("={piece=8}", "blk/x/add{a=b,piece=4}") == "blk/x/add{a=b,piece=8}"
    assert named_cell("={piece=8}", "blk/x/add") == "blk/x/add{piece=8}"
    assert named_cell("net/rx/add", "blk/x/add") == "net/rx/add"
