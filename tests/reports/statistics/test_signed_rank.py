"""Statistics against hand-made examples, scipy as oracle, and simulated coverage."""

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from reports.statistics import signed_rank


def test_walsh_averages_by_hand() -> None:
    """Three values have six averages: themselves and their three means."""
    assert signed_rank.walsh_averages([4, 1, 2]).tolist() == [1, 1.5, 2, 2.5, 3, 4]


def test_hodges_lehmann_by_hand() -> None:
    """The centre is the median of the averages, which one far value does not drag along."""
    assert signed_rank.hodges_lehmann([4, 1, 2]) == 2.25
    assert signed_rank.hodges_lehmann([1, 2, 3, 4, 1000]) == 3


def test_hodges_lehmann_of_the_depression_scores() -> None:
    """Hollander & Wolfe's first example (3.1): centre -0.46, at 96.1 % from -0.786 to -0.010."""
    before = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    after = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    found = signed_rank.estimate(after - before)
    assert found.centre == pytest.approx(-0.46)
    assert found.low == pytest.approx(-0.786)
    assert found.high == pytest.approx(-0.010)


def test_distribution_by_hand() -> None:
    """Ranks 1, 2, 3 give the sums 0 to 6, and only 3 in two ways."""
    expected = np.array([1, 1, 1, 2, 1, 1, 1]) / 8
    assert signed_rank.signed_rank_distribution(3).tolist() == expected.tolist()


@pytest.mark.parametrize("count", [1, 6, 50, 120])
def test_distribution_is_whole_and_symmetric(count: int) -> None:
    """Chances add up to 1 and mirror around n(n+1)/4, beyond 2**53 ways too."""
    chances = signed_rank.signed_rank_distribution(count)
    assert chances.sum() == pytest.approx(1)
    np.testing.assert_allclose(chances, chances[::-1])


@pytest.mark.parametrize(
    ("count", "depth"), [(5, 0), (6, 1), (7, 3), (8, 4), (10, 9), (15, 26), (20, 53)]
)
def test_depth_is_the_tabulated_one(count: int, depth: int) -> None:
    """The depth is one more than the printed critical value of the two-sided 5 % test."""
    assert signed_rank.interval_depth(count) == depth


@pytest.mark.parametrize("count", [1, 2, 5])
def test_too_few_processes_have_no_interval(count: int) -> None:
    """Below six processes there is a centre and no interval, and nothing is excluded."""
    found = signed_rank.estimate(np.arange(count))
    assert (found.low, found.high, found.half_width) == (None, None, None)
    assert found.processes == count
    assert not found.excludes(1e9)
    assert signed_rank.smallest_difference(found) is None


def test_six_processes_span_their_extremes() -> None:
    """The interval of the fewest processes that have one is their whole range."""
    found = signed_rank.estimate([1, 2, 3, 4, 5, 7])
    assert (found.low, found.high, found.half_width) == (1, 7, 3)


def test_interval_is_what_the_test_does_not_reject() -> None:
    """Just inside the interval scipy's exact test keeps the centre, just outside rejects it."""
    values = np.random.default_rng(7).gamma(2, size=12)
    found = signed_rank.estimate(values)
    assert found.low is not None
    for centre, kept in ((found.low + 1e-6, True), (found.low - 1e-6, False)):
        p_value = stats.wilcoxon(values - centre, method="exact").pvalue
        assert bool(p_value > 0.05) == kept


def test_equal_values_have_an_interval_of_no_width() -> None:
    """Values that never vary are a point, which excludes every other."""
    found = signed_rank.estimate([2.0] * 8)
    assert (found.centre, found.low, found.high) == (2, 2, 2)
    assert found.excludes(2.001)
    assert not found.excludes(2)


def test_wider_confidence_is_wider() -> None:
    """Confidence is a parameter that changes the interval."""
    values = np.arange(20.0) ** 2
    wide, narrow = (signed_rank.estimate(values, level).half_width for level in (0.99, 0.8))
    assert wide is not None
    assert narrow is not None
    assert wide > narrow


@pytest.mark.parametrize("values", [[], [1, math.nan], [math.inf, 1]])
def test_what_is_no_value_is_refused(values: list[float]) -> None:
    """An empty sample, NaN and infinity are errors, never a quiet NaN in a table."""
    with pytest.raises(ValueError, match="value"):
        signed_rank.estimate(values)


def test_smallest_difference_by_hand() -> None:
    """At 95 % and 80 % it is (1.960 + 0.842) / 1.960 half-widths; more power asks for more."""
    found = signed_rank.Estimate(1, 0.9, 1.1, 10)
    assert signed_rank.smallest_difference(found) == pytest.approx(0.142942, rel=1e-4)
    assert signed_rank.smallest_difference(found, power=0.5) == pytest.approx(0.1)


def test_line_by_hand() -> None:
    """Exact lines give their own slope and intercept; one process is no interval."""
    assert signed_rank.least_squares([1, 2, 4], [5, 7, 11]) == pytest.approx((2, 3))
    assert signed_rank.least_squares([0, 1, 2], [0, 0, 3]) == pytest.approx((1.5, -0.5))
    line = signed_rank.estimate_line([1, 2, 4], [[5, 7, 11]])
    assert line.slope.centre == pytest.approx(2)
    assert line.intercept.low is None


def test_line_over_processes() -> None:
    """Each process has its line; the interval is over their coefficients."""
    line = signed_rank.estimate_line([1, 2], [[10 + k, 12 + 2 * k] for k in range(6)])
    assert (line.slope.low, line.slope.centre, line.slope.high) == (2, 4.5, 7)
    assert line.intercept.centre == pytest.approx(8)


def test_line_needs_two_points() -> None:
    """Values at one place have no slope."""
    with pytest.raises(ValueError, match="x values are identical"):
        signed_rank.least_squares([3, 3], [1, 2])


@pytest.mark.parametrize("count", [10, 20])
@pytest.mark.parametrize("shape", ["normal", "heavy", "mixture"])
def test_coverage(count: int, shape: str) -> None:
    """The 95 % interval holds the true centre in 93 to 97 % of simulated runs."""
    draw = np.random.default_rng(20071105)
    runs = (2500, count)
    values = {
        "normal": lambda: draw.normal(size=runs),
        "heavy": lambda: draw.standard_t(3, size=runs),
        "mixture": lambda: draw.normal(size=runs) * np.where(draw.random(runs) < 0.1, 10, 1),
    }[shape]()
    held = [not signed_rank.estimate(row).excludes(0) for row in values]
    assert 0.93 <= np.mean(held) <= 0.97


def test_coverage_of_the_whole_estimator() -> None:
    """Rounds with common disturbances, medians and all: the true ratio is held as promised."""
    draw = np.random.default_rng(24)
    held = []
    for _ in range(1500):
        rounds = draw.lognormal(0, 0.3, size=(12, 1, 9))  # disturbs both values of a round
        own = draw.lognormal(0, 0.02, size=(12, 2, 9)) * draw.lognormal(0, 0.01, size=(12, 2, 1))
        base, value = np.moveaxis(rounds * own, 1, 0)
        ratios = np.median(1.2 * value / base, axis=1)
        held.append(not signed_rank.estimate(ratios).excludes(1.2))
    assert 0.93 <= np.mean(held) <= 0.97


def test_import_is_light() -> None:
    """A stop rule can use this module without pandas, matplotlib or scipy.stats."""
    heavy = "{'pandas', 'matplotlib', 'scipy.stats', 'pyperf'}"
    code = f"import sys, reports.statistics; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_columns_are_estimated_as_one_by_one() -> None:
    """Many columns at once have the estimates of each alone; missing values are ignored."""
    table = np.random.default_rng(3).gamma(2, size=(12, 5))
    table[:2, 1] = np.nan
    table[:, 2] = np.nan
    table[4:, 3] = np.nan
    found = signed_rank.estimates(table)
    assert found[2] is None
    for at in (0, 1, 3, 4):
        assert found[at] == signed_rank.estimate(table[~np.isnan(table[:, at]), at])
    few = found[3]
    assert few is not None
    assert (few.processes, few.low) == (4, None)
    assert signed_rank.estimates(np.empty((3, 0))) == []


def test_columns_are_estimated_alike_however_few_fit_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many processes of many columns are estimated in parts."""
    table = np.random.default_rng(8).normal(size=(12, 7))
    at_once = signed_rank.estimates(table)
    monkeypatch.setattr(signed_rank, "AVERAGES_MAX", 2 * 78)  # 12 values have 78 averages
    assert signed_rank.estimates(table) == at_once


def test_medians_leave_out_what_is_missing() -> None:
    """Even and odd counts, one value, and none at all."""
    rounds = np.array([[[1, 5, np.nan], [4, np.nan, np.nan], [2, 6, np.nan], [9, 7, np.nan]]])
    np.testing.assert_array_equal(signed_rank.medians(rounds), [[3, 6, np.nan]])


def test_mean_over_placements_by_hand() -> None:
    """A slow placement moves the mean of a process and not its median; nothing has no mean."""
    rounds = np.array([[[1, np.nan], [1, np.nan], [4, np.nan]], [[1, 3], [2, np.nan], [3, 5]]])
    np.testing.assert_array_equal(signed_rank.means(rounds), [[2, np.nan], [2, 4]])
    np.testing.assert_array_equal(signed_rank.medians(rounds), [[1, np.nan], [2, 4]])


def test_span_by_hand() -> None:
    """Of 0 to 100, 5 to 95; of one value, itself; of none, nothing."""
    whole = np.arange(101.0)[:, np.newaxis]
    assert signed_rank.spans(whole).tolist() == [[5], [95]]
    holes = np.array([[3, np.nan, 0], [np.nan, np.nan, 20]])
    np.testing.assert_allclose(signed_rank.spans(holes), [[3, np.nan, 1], [3, np.nan, 19]])
    assert signed_rank.spans(np.empty((4, 0))).shape == (2, 0)


@pytest.mark.parametrize(
    ("half_width", "mean", "low", "high", "depends"),
    [
        (0.005, 1.001, 0.9, 1.3, False),  # the mean is inside of the interval
        (0.005, 1.03, 0.99, 1.01, True),  # it is outside, above ...
        (0.005, 0.97, 0.99, 1.01, True),  # ... or below
        (0.005, 1.019, 0.99, 1.01, False),  # outside, but by less than matters
        (0.04, 1.03, 0.99, 1.01, False),  # by more than that, but inside
        (0.03, 1.001, 0.9, 1.3, True),  # interval and span are wide
        (0.015, 1.001, 0.9, 1.3, False),  # the interval is not wide enough to matter
        (0.03, 1.001, 0.98, 1.02, False),  # only the interval is wide
        (0.0, 1.0, 1.0, 1.0, False),  # nothing ever varies
    ],
)
def test_dependence_on_placement(
    half_width: float, mean: float, low: float, high: float, *, depends: bool
) -> None:
    """Either the mean is apart from the typical cost, or neither is settled."""
    typical = signed_rank.Estimate(1.0, 1 - half_width, 1 + half_width, 20)
    assert signed_rank.depends_on_placement(typical, mean, low, high) == depends


def test_no_interval_depends_on_nothing() -> None:
    """With too few processes the answer is no."""
    typical = signed_rank.Estimate(1.0, None, None, 3)
    assert not signed_rank.depends_on_placement(typical, 2.0, 0.5, 5.0)
    assert not signed_rank.differ([typical, signed_rank.Estimate(2.0, None, None, 3)])


def test_positions_differ_beyond_their_intervals() -> None:
    """The lowest and the highest must differ by more than both half-widths."""
    low, high = (signed_rank.Estimate(c, c - 0.1, c + 0.1, 20) for c in (1.0, 1.25))
    near = signed_rank.Estimate(1.15, 1.05, 1.25, 20)
    assert signed_rank.differ([low, near, high])
    assert not signed_rank.differ([low, near])
    assert not signed_rank.differ([low])
    assert signed_rank.spread([near, high, low]) == pytest.approx(0.25)


def test_equal_positions_rarely_differ() -> None:
    """Four positions with the same truth are found different in at most about 5 % of runs."""
    draw = np.random.default_rng(11)
    found = [
        signed_rank.differ([signed_rank.estimate(row) for row in draw.normal(size=(4, 20))])
        for _ in range(600)
    ]
    assert np.mean(found) <= 0.07


def test_lines_are_scipys() -> None:
    """The line of each row is that of scipy, which fits one at a time."""
    x = [1.0, 3, 5, 18, 34, 130]
    rows = np.random.default_rng(6).gamma(2, size=(20, 6)) * 50 + 7 * np.array(x)
    fits = [stats.linregress(x, row) for row in rows]
    for found, key in zip(signed_rank.least_squares(x, rows), ("slope", "intercept"), strict=True):
        np.testing.assert_allclose(found, [getattr(fit, key) for fit in fits], rtol=1e-12)
