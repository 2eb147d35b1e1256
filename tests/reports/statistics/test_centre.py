"""The rule of the centre, on rounds with known truth."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from reports.statistics.centre import (
    LEVEL,
    ROUNDS_MIN,
    UNKNOWN,
    Rule,
    Series,
    _ranks,
    centres,
    chances,
    clusters,
    levels,
    other,
    per_process,
    rules,
    trimmed_means,
)
from reports.statistics.signed_rank import hodges_lehmann

PROCESSES, ROUNDS = 10, 32
BY_POSITION = np.array([1.0, 1.0, 1.1, 1.1])


def drawn(seed: int, processes: int = PROCESSES, rounds: int = ROUNDS) -> Series:
    """Rounds of one cluster, 1 % wide, with the four positions in equal shares."""
    draw = np.random.default_rng(seed)
    places = draw.permuted(np.tile(np.arange(rounds) % 4, (processes, 1)), axis=1)
    return Series(draw.lognormal(0, 0.01, places.shape), places)


def placed(seed: int, costs: np.ndarray = BY_POSITION) -> Series:
    """Such rounds, each multiplied by the cost of its position."""
    one = drawn(seed)
    return Series(one.ratios * costs[one.positions], one.positions)


def without(one: Series, seed: int) -> Series:
    """Two thirds of a series' rounds."""
    gone = np.random.default_rng(seed).random(one.ratios.shape) < 1 / 3
    return Series(np.where(gone, np.nan, one.ratios), one.positions)


def grouped(seed: int, times: float = 1.3) -> Series:
    """Rounds of which a random half take a multiple of the time."""
    one, draw = drawn(seed), np.random.default_rng(seed + 1000)
    slow = draw.random(one.ratios.shape) < 0.5
    return Series(np.where(slow, times, 1.0) * one.ratios, one.positions)


@pytest.mark.parametrize(
    ("one", "rule", "truth"),
    [
        (drawn(1), Rule.MEDIAN, 1.0),
        (placed(1), Rule.POSITIONS, 1.05),
        (placed(2, np.array([1.0, 1.0, 1.0, 1.4])), Rule.POSITIONS, 1.1),
        (grouped(1), Rule.TRIMMED, 1.15),
    ],
    ids=["one cluster", "by position", "one position", "by what nobody drew"],
)
def test_rule_follows_from_what_decides(one: Series, rule: Rule, truth: float) -> None:
    """One cluster gives a median, clusters by position a mean of medians, others a trimmed mean."""
    found, values = centres(one.ratios, one.positions)
    assert found is rule
    assert values.shape == (PROCESSES,)
    assert hodges_lehmann(values) == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("costs", [BY_POSITION, np.array([1.0, 1.0, 1.0, 1.4])])
def test_a_copy_of_a_baseline_that_position_decides_is_off_by_nothing(costs: np.ndarray) -> None:
    """Both sides at the mean of their positions: the same code costs the same everywhere."""
    base, copy = placed(21, costs), placed(22, costs)
    level = base.ratios * levels(base)
    one = Series(copy.ratios / level, copy.positions)
    assert rules([base, one]) == [Rule.POSITIONS] * 2
    assert hodges_lehmann(per_process(one, Rule.POSITIONS)) == pytest.approx(1.0, abs=0.004)


def test_levels_are_a_processs_own_and_spare_what_is_unknown() -> None:
    """A round is scaled to the mean of its process's positions; one without a position stays."""
    one = Series(np.array([[1.0, 1.0, 1.0, 3.0, 9.0]]), np.array([[0, 1, 2, 3, UNKNOWN]]))
    np.testing.assert_allclose(levels(one), [[1.5, 1.5, 1.5, 0.5, 1.0]])


def test_position_that_moves_less_than_rounds_scatter_makes_no_clusters() -> None:
    """A difference that the test is sure of, within one cluster, leaves the median."""
    one = placed(3, np.array([1.0, 1.003, 1.006, 1.003]))
    assert chances([one.ratios], [one.positions])[0] <= LEVEL
    assert rules([one]) == [Rule.MEDIAN]


def test_unknown_positions_decide_nothing() -> None:
    """Rounds of unknown position have clusters that no draw explains."""
    one = placed(4, np.array([1.0, 1.0, 1.4, 1.4]))
    blind = Series(one.ratios, np.full_like(one.positions, UNKNOWN))
    assert rules([blind]) == [Rule.TRIMMED]
    assert rules([Series(blind.ratios[:, :0], blind.positions[:, :0])]) == [Rule.MEDIAN]


def test_mean_of_positions_by_hand() -> None:
    """Medians 1, 2, 3, 6 within the positions have the mean 3, however many rounds each has."""
    ratios = np.array([[1, 2, 3, 6, 6, 6, np.nan]], dtype=np.float64)
    one = Series(ratios, np.array([[0, 1, 2, 3, 3, 3, 0]]))
    assert per_process(one, Rule.POSITIONS).tolist() == [3]


def test_position_without_rounds_is_filled_and_not_left_out() -> None:
    """A process 10 % slower that lacks the slow positions gets the mean it would have had."""
    ratios = np.array([[1, 1, 2, 2], [1, 1, 2, 2], [1.1, 1.1, np.nan, np.nan]])
    one = Series(ratios, np.tile(np.arange(4), (3, 1)))
    np.testing.assert_allclose(per_process(one, Rule.POSITIONS), [1.5, 1.5, 1.6])


def test_trimmed_mean_by_hand() -> None:
    """Of five values the ends are left out, of four none is; nothing has no mean."""
    rounds = np.array([[9, 1, 2, 3, -9], [1, 2, 3, 8, np.nan], [np.nan] * 5])
    np.testing.assert_array_equal(trimmed_means(rounds), [2, 3.5, np.nan])


def test_clusters_are_told_with_their_share() -> None:
    """Three of ten rounds at 1.5: the places of both clusters, the share, and the border."""
    draw = np.random.default_rng(5)
    slow = draw.permuted(np.tile(np.arange(40) < 12, (10, 1)), axis=1)
    found = clusters(draw.lognormal(0, 0.01, slow.shape) * np.where(slow, 1.5, 1.0))
    assert found is not None
    assert found.low == pytest.approx(1.0, abs=0.02)
    assert found.high == pytest.approx(1.5, abs=0.02)
    assert found.share == pytest.approx(0.3, abs=0.01)
    assert 1.05 < found.border < 1.45


@pytest.mark.parametrize("shape", ["normal", "even", "skewed", "heavy", "strays"])
def test_one_heap_is_one(shape: str) -> None:
    """Neither tails nor a few outliers are a second cluster.

    Nor are clusters that are 1 % apart, or processes that are 50 % apart.
    """
    draw = np.random.default_rng(6)
    logs = {
        "normal": draw.normal(0, 0.1, 600),
        "even": draw.uniform(-0.2, 0.2, 600),
        "skewed": draw.gamma(2, 0.1, 600),
        "heavy": draw.standard_t(3, 600) * 0.05,
        "strays": draw.normal(0, 0.01, 600) + np.where(np.arange(600) < 30, 1.0, 0.0),
    }[shape]
    logs = draw.permutation(logs)
    rounds = np.exp(logs).reshape(10, 60)
    assert clusters(rounds) is None
    assert clusters(np.where(np.arange(60) % 2, 1.01, 1.0) * rounds**1e-4) is None
    assert clusters(np.where(np.arange(10) % 2, 1.5, 1.0)[:, np.newaxis] * rounds**1e-4) is None


def test_nothing_has_no_clusters() -> None:
    """No rounds, rounds that never vary, and a single one form at most one cluster."""
    assert clusters(np.empty((4, 0))) is None
    assert clusters(np.full((4, 3), np.nan)) is None
    assert clusters(np.ones((5, 10))) is None
    assert clusters(np.ones((1, 1))) is None


def null_suite(draw: np.random.Generator) -> list[Series]:
    """A suite without effects: series of several shapes and lengths."""
    suite = []
    for at in range(16):
        shape = (8, 12 + 4 * (at % 3))
        places = draw.permuted(np.tile(np.arange(shape[1]) % 4, (8, 1)), axis=1)
        logs = (draw.normal(size=shape), draw.standard_t(3, shape), draw.gamma(1, 1, shape))[at % 3]
        logs[:, -1:] = np.where(draw.random((8, 1)) < 0.5, np.nan, logs[:, -1:])
        suite.append(Series(np.exp(0.03 * logs + draw.normal(0, 0.1, (8, 1))), places))
    return suite


def test_false_flags_are_as_rare_as_promised() -> None:
    """Of 300 suites without an effect at most 1 % name any series as more than one cluster."""
    draw = np.random.default_rng(20071105)
    suites = (null_suite(draw) for _ in range(300))
    assert sum(any(rule is not Rule.MEDIAN for rule in rules(suite)) for suite in suites) <= 3


def test_the_level_is_used() -> None:
    """At a level of 30 % about 30 % of families have a false positive: not too few."""
    draw = np.random.default_rng(8)
    least = []
    for _ in range(120):
        suite = null_suite(draw)
        least.append(chances([o.ratios for o in suite], [o.positions for o in suite]).min())
    assert 0.15 <= np.mean(np.array(least) <= 0.3) <= 0.38


@pytest.mark.parametrize("costs", [BY_POSITION, np.array([1.0, 1.02, 1.1, 1.12])])
def test_between_runs_the_rule_at_least_halves_the_scatter(costs: np.ndarray) -> None:
    """If position matters, whole runs differ by less than half as much as their medians.

    A third of the rounds is missing, like rounds with a neighbour, so positions are unbalanced.
    """
    runs = [without(placed(seed, costs), seed) for seed in range(40)]
    assert set(rules(runs)) == {Rule.POSITIONS}
    by_rule, by_median = (
        np.std([hodges_lehmann(per_process(one, rule)) for one in runs])
        for rule in (Rule.POSITIONS, Rule.MEDIAN)
    )
    assert by_rule < by_median / 2


def test_trimmed_mean_at_least_halves_the_scatter_of_drawn_clusters() -> None:
    """The same holds for clusters from draws that nobody recorded."""
    runs = [grouped(seed) for seed in range(40)]
    assert set(rules(runs)) == {Rule.TRIMMED}
    by_rule, by_median = (
        np.std([hodges_lehmann(per_process(one, rule)) for one in runs])
        for rule in (Rule.TRIMMED, Rule.MEDIAN)
    )
    assert by_rule < by_median / 2


def test_other_rule_is_never_the_same() -> None:
    """The number printed next to the centre comes from another rule."""
    assert all(other(rule) is not rule for rule in Rule)


def test_a_label_of_two_kinds_is_tested_like_positions() -> None:
    """The state of rounds is a label too: its effect is found, and only if there is one."""
    one, draw = drawn(9), np.random.default_rng(9)
    states = np.where(draw.random(one.ratios.shape) < 0.4, 1, 0)
    states[:, :3] = UNKNOWN
    moved = one.ratios * np.where(states == 1, 1.05, 1.0)
    still, found = chances([one.ratios, moved], [states, states])
    assert found <= LEVEL < still


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_relabelling_changes_nothing(seed: int) -> None:
    """The order of processes, rounds and series changes neither rules nor numbers."""
    draw = np.random.default_rng(seed)
    suite = [
        drawn(seed % 97),
        placed(seed % 89),
        grouped(seed % 83),
        placed(seed % 79, 1 / BY_POSITION),
    ]
    for one in suite:
        one.ratios[draw.random(one.ratios.shape) < 0.1] = np.nan
    rows, columns = draw.permutation(PROCESSES), draw.permutation(ROUNDS)
    order = draw.permutation(len(suite))
    mixed = [
        Series(suite[at].ratios[rows][:, columns], suite[at].positions[rows][:, columns])
        for at in order
    ]
    parts = [
        ([one.ratios for one in part], [one.positions for one in part]) for part in (suite, mixed)
    ]
    np.testing.assert_array_equal(chances(*parts[0])[order], chances(*parts[1]))
    before, after = rules(suite), rules(mixed)
    assert [before[at] for at in order] == after
    for at, one, rule in zip(order, mixed, after, strict=True):
        np.testing.assert_allclose(per_process(one, rule), per_process(suite[at], rule)[rows])


def test_enough_rounds_are_two_a_position() -> None:
    """A process has a centre of its own if each position can have two rounds."""
    assert ROUNDS_MIN == 8


def test_import_is_light() -> None:
    """A stop rule can use this module without pandas or matplotlib."""
    heavy = "{'pandas', 'matplotlib', 'pyperf'}"
    code = f"import sys, reports.statistics.centre; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_position_is_seldom_suspected_where_nothing_decides() -> None:
    """All series of a suite are one family: in 100 suites about one has a false positive."""
    draw, suspected = np.random.default_rng(9), 0
    for _ in range(100):
        suite = null_suite(draw)
        found = chances([one.ratios for one in suite], [one.positions for one in suite])
        suspected += bool(found.min() <= LEVEL)
    assert suspected <= 3


@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), max_size=6))
def test_ranks_are_scipys(rows: list[list[int]]) -> None:
    """Of rows that ascend; equal values share the mean of their ranks."""
    values = np.sort(np.array(rows, np.float64).reshape(len(rows), 4), axis=1)
    assert np.array_equal(_ranks(values), rankdata(values, axis=1).reshape(values.shape))


def test_a_run_imports_no_scipy() -> None:
    """Hosts of a fleet would have to be sent it."""
    code = "import sys, bench.run; print('scipy' in sys.modules, 'pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
