"""The shift between two samples, and its interval."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from reports.statistics import rank_sum as two_samples
from reports.statistics.rank_sum import interval_depth, rank_sum_distribution, shift


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 4), (5, 2)])
def test_distribution_is_that_of_all_orders(first: int, second: int) -> None:
    """All assignments of ranks are equally likely."""
    count = first + second
    found = np.zeros(first * second + 1)
    for ranks in combinations(range(count), first):
        found[sum(ranks) - first * (first - 1) // 2] += 1
    np.testing.assert_allclose(rank_sum_distribution(first, second), found / found.sum())


@pytest.mark.parametrize(
    ("first", "second", "depth"),
    [(3, 3, 0), (4, 4, 1), (5, 5, 3), (6, 6, 6), (8, 8, 14), (10, 10, 24), (20, 20, 128)],
)
def test_depth_is_that_of_the_tables(first: int, second: int, depth: int) -> None:
    """Critical values of the two-sided 5 % rank-sum test, plus one; none from three and three."""
    assert interval_depth(first, second) == depth


def test_depth_does_not_jump_where_the_exact_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The normal limit takes over where it is off by at most one difference."""
    sizes = [(40, 40), (40, 25), (30, 40)]
    exact = [interval_depth(*sizes_of) for sizes_of in sizes]
    monkeypatch.setattr(two_samples, "EXACT_MAX", 0)
    near = [interval_depth.__wrapped__(*sizes_of) for sizes_of in sizes]
    assert all(abs(one - other) <= 1 for one, other in zip(exact, near, strict=True))


def test_shift_is_the_median_difference() -> None:
    """A small case by hand: nine differences, of which the median is 3."""
    found = shift([1, 2, 4], [4, 5, 8])
    assert found.centre == 3
    assert (found.low, found.high) == (None, None)
    assert found.processes == 3


def test_shift_is_what_was_added() -> None:
    """A sample moved by two is higher by two, in both directions."""
    values = np.random.default_rng(1).normal(0, 0.01, 12)
    up, down = shift(values, values + 2), shift(values + 2, values)
    assert up.low is not None
    assert up.high is not None
    assert up.low < 2 < up.high
    assert up.centre == pytest.approx(2)
    assert down.centre == pytest.approx(-2)
    assert down.low == pytest.approx(-up.high)


@pytest.mark.parametrize("sizes", [(6, 9), (12, 12)])
def test_interval_holds_what_the_test_does_not_refuse(sizes: tuple[int, int]) -> None:
    """A shift is in the interval exactly if scipy's exact rank-sum test accepts it."""
    draw = np.random.default_rng(2)
    for _ in range(20):
        before, after = draw.normal(0, 1, sizes[0]), draw.normal(0.5, 1, sizes[1])
        found = shift(before, after)
        assert found.low is not None
        assert found.high is not None
        for moved, inside in ((found.low, True), (found.high, True), (found.high, False)):
            nudge = 1e-9 if (moved == found.high) != inside else -1e-9
            test = stats.mannwhitneyu(after - moved - nudge, before, method="exact")
            assert (test.pvalue > 0.05) == inside


@pytest.mark.parametrize("sizes", [(6, 6), (8, 26), (50, 45)])
def test_intervals_cover_what_they_promise(sizes: tuple[int, int]) -> None:
    """Of 2,000 pairs of samples, 95 % and a little more hold the true shift.

    The margin of four standard deviations of such a count is 2 %.
    """
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(2000):
        before, after = draw.normal(0.1, 0.02, sizes[0]), draw.normal(0.11, 0.02, sizes[1])
        found = shift(before, after)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.01 <= found.high
    assert 0.93 <= held / 2000 <= 0.98


@pytest.mark.parametrize("values", [[], [1.0, float("nan")]])
def test_what_is_no_sample_is_refused(values: list[float]) -> None:
    """An empty sample and a value that is not finite have no shift."""
    with pytest.raises(ValueError, match=r"no values|not a finite"):
        shift([1.0], values)
