"""Statistics over machines against hand-made examples, other formulas and known truth."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import typer
from scipy.stats import t as student
from typer.testing import CliRunner

from reports.documents import fleet_coverage
from reports.statistics import machines as fleet_statistics
from reports.statistics.machines import Machine, Says, combined, pooled, says, sentence, spread
from reports.statistics.signed_rank import Estimate, estimate

Z = 1.959963984540054


def machine(key: str, ratio: float, error: float | None = 0.01) -> Machine:
    """Return a machine whose ratio has this standard error, in logarithms."""
    if error is None:
        return Machine(key, Estimate(ratio, None, None, 4))
    low, high = (ratio * math.exp(sign * Z * error) for sign in (-1, 1))
    return Machine(key, Estimate(ratio, low, high, 20))


def fleet(*ratios: float, error: float | None = 0.01) -> list[Machine]:
    """Return a machine of its own kind for each ratio."""
    return [machine(f"kind {number}", ratio, error) for number, ratio in enumerate(ratios)]


@pytest.mark.parametrize(
    ("kinds", "chance"), [(1, 0), (2, 1 / 3), (3, 1 / 2), (6, 5 / 7), (39, 0.95)]
)
def test_the_next_machine_falls_inside_as_often_as_ranks_say(kinds: int, chance: float) -> None:
    """Of M + 1 draws each is as likely the lowest or the highest."""
    assert fleet_statistics.next_inside(kinds) == pytest.approx(chance)
    with pytest.raises(ValueError, match="no kinds"):
        fleet_statistics.next_inside(0)


def test_below_six_kinds_there_is_a_range_and_no_interval() -> None:
    """Five kinds that all agree are no interval yet."""
    found = pooled(fleet(1.5, 1.1, 1.2, 1.3, 1.4))
    assert [found.low, found.high] == pytest.approx([1.1, 1.5])
    assert found.centre is None
    assert found.counts == {Says.SLOWER: 5}
    assert sentence(found) == (
        "slower on all 5 kinds of machine, 1.10 to 1.50; an interval over machines takes 6 kinds"
    )


def test_from_six_kinds_on_there_is_the_signed_rank_interval() -> None:
    """It is that of the logarithms, and of six kinds their whole range."""
    ratios = (0.8, 0.9, 1.1, 1.2, 1.3, 1.4)
    found = pooled(fleet(*ratios))
    logs = estimate(np.log(ratios))
    assert found.centre is not None
    assert found.centre.low == pytest.approx(0.8)
    assert found.centre.high == pytest.approx(1.4)
    assert found.centre.centre == pytest.approx(math.exp(logs.centre))
    assert found.centre.processes == 6
    assert found.turns_round
    assert sentence(found).startswith(
        "turns round: faster on 2, slower on 4 of 6 kinds of machine, 0.80 to 1.40; centre 1.10"
    )
    assert sentence(found).endswith("the next kind falls inside with 71%")


def test_one_kind_is_an_anecdote() -> None:
    """However many machines of it there are, they are one witness."""
    found = pooled([machine("xeon", ratio) for ratio in (1.1, 1.2, 1.3, 1.2, 1.1, 1.2, 1.3)])
    assert (len(found.kinds), found.machines, found.centre, found.spread) == (1, 7, None, None)
    assert "an anecdote" in sentence(found)


def test_machines_of_a_key_are_combined_first() -> None:
    """Twenty more of one kind move the centre of kinds as little as one that is known well."""
    others = fleet(0.9, 1.0, 1.1, 1.2, 1.3)
    once = pooled([*others, machine("xeon", 1.5)])
    often = pooled([*others, *[machine("xeon", 1.5)] * 20])
    assert once.centre == often.centre
    assert [kind.machines for kind in often.kinds] == [1, 1, 1, 1, 1, 20]


def test_repetitions_that_agree_sharpen_and_others_do_not() -> None:
    """The error is what their intervals promise, or what they scatter by if that is more."""
    (agreeing,) = combined([machine("xeon", 1.2, 0.02)] * 4)
    assert agreeing.error == pytest.approx(0.01)
    (apart,) = combined([machine("xeon", 1.0), machine("xeon", math.exp(0.2))])
    assert apart.log == pytest.approx(0.1)
    assert apart.error == pytest.approx(0.1)  # deviation 0.2 / sqrt(2), of two


def test_kinds_are_sorted_by_their_ratio() -> None:
    """The table's first row is the lowest, whatever order files come in."""
    ratios = [kind.ratio for kind in combined(fleet(1.2, 0.9, 1.1))]
    assert ratios == pytest.approx([0.9, 1.1, 1.2])


def test_a_kind_whose_interval_holds_1_is_on_neither_side() -> None:
    """Nor is one without an interval, which also leaves the spread unknown."""
    found = pooled([machine("a", 1.01), machine("b", 0.9), machine("c", 1.5, None)])
    assert found.counts == {Says.FASTER: 1, Says.OPEN: 2}
    assert found.spread is None
    assert not found.turns_round
    assert sentence(found).startswith("faster on 1, open on 2 of 3 kinds of machine, 0.90 to 1.")


def test_spread_of_equal_errors_is_the_difference_of_variances() -> None:
    """Where all errors are one, tau is closed: the scatter less the error; the interval is t's."""
    logs, error = [0.3, 0.1, -0.2, 0.4, 0.0], 0.05
    found = spread(logs, [error] * 5)
    variance = float(np.var(logs, ddof=1))
    assert found.tau == pytest.approx(math.sqrt(variance - error**2))
    half = student.ppf(0.975, 4) * math.sqrt(variance / 5)
    assert found.centre.centre == pytest.approx(math.exp(np.mean(logs)))
    assert found.centre.low == pytest.approx(math.exp(np.mean(logs) - half))
    assert found.centre.high == pytest.approx(math.exp(np.mean(logs) + half))
    assert found.q == pytest.approx(4 * variance / error**2)
    assert found.i2 == pytest.approx(1 - error**2 / variance)
    assert found.percent == pytest.approx(100 * (math.exp(found.tau) - 1))


def test_spread_makes_the_weighted_scatter_what_it_should_be() -> None:
    """Of unequal errors: Paule and Mandel's equation, M - 1, holds at tau."""
    logs, errors = np.array([0.3, 0.1, -0.2, 0.02]), np.array([0.01, 0.2, 0.05, 0.002])
    found = spread(logs.tolist(), errors.tolist())
    weights = 1 / (errors**2 + found.tau**2)
    centre = weights @ logs / weights.sum()
    assert weights @ (logs - centre) ** 2 == pytest.approx(3)
    assert math.log(found.centre.centre) == pytest.approx(centre)


def test_kinds_that_agree_better_than_they_should_have_no_spread() -> None:
    """Then tau is 0, and the interval is no narrower than their errors make it."""
    found = spread([0.1, 0.1001, 0.0999], [0.01] * 3)
    assert (found.tau, found.i2) == (0, 0)
    half = student.ppf(0.975, 2) * 0.01 / math.sqrt(3)
    assert math.log(found.centre.high or 0) == pytest.approx(0.1 + half)


@pytest.mark.parametrize(("logs", "errors"), [([0.1], [0.1]), ([0.1, 0.2], [0.1, 0.0])])
def test_a_spread_needs_two_that_are_uncertain(logs: list[float], errors: list[float]) -> None:
    """One machine has no spread, and none is known without error."""
    with pytest.raises(ValueError, match="none may be 0"):
        spread(logs, errors)


def test_what_is_no_ratio_is_refused() -> None:
    """No machines, or a ratio of 0, is no question."""
    with pytest.raises(ValueError, match="no machines"):
        pooled([])
    with pytest.raises(ValueError, match="xeon: a ratio is not positive"):
        pooled([Machine("xeon", Estimate(0.0, None, None, 1))])


@pytest.mark.parametrize("population", fleet_coverage.POPULATIONS, ids=lambda one: one.name)
def test_intervals_hold_the_truth_as_often_as_they_say(
    population: fleet_coverage.Population,
) -> None:
    """Of 400 fleets of twelve kinds: 95 % give or take three standard deviations."""
    row = fleet_coverage.simulate(population, 12, fleets=400)
    assert row.signed_rank is not None
    assert row.signed_rank > 0.917
    assert row.promised == pytest.approx(11 / 13)
    if population.name.startswith(("all", "normal")):
        assert row.knapp_hartung > 0.917
        assert abs(row.next_inside - row.promised) < 0.054


def test_fewer_than_six_kinds_have_no_signed_rank_row() -> None:
    """Of three there is the range, and the second opinion, which is wide."""
    row = fleet_coverage.simulate(fleet_coverage.POPULATIONS[2], 3, fleets=400)
    assert (row.signed_rank, row.signed_rank_half) == (None, None)
    assert row.knapp_hartung_half > 0.15
    assert abs(row.next_inside - 0.5) < 0.075


def test_repetitions_taken_for_witnesses_are_too_sure() -> None:
    """24 machines of six kinds: their interval misses far more often than 5 %."""
    as_machines, as_kinds = fleet_coverage.repeated(6, 4, fleets=400)
    assert as_machines < 0.8
    assert as_kinds > 0.917


def test_the_command_keeps_rows_and_prints_them(tmp_path: Path) -> None:
    """The same table each time, a row a population and size."""
    app = typer.Typer()
    app.command()(fleet_coverage.main)
    out, again = tmp_path / "one" / "rows.json", tmp_path / "two.json"
    said = [
        CliRunner().invoke(app, ["-o", str(path), "--fleets", "20"]).stdout for path in (out, again)
    ]
    assert said[0] == said[1]
    assert out.read_bytes() == again.read_bytes()
    rows = json.loads(out.read_text())["rows"]
    assert len(rows) == len(fleet_coverage.POPULATIONS) * len(fleet_coverage.KINDS)
    assert said[0].count("\n|") == len(rows) + 1


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.03, 1.1, Says.SLOWER),
        (1.001, 1.03, Says.SLOWER),
        (0.5, 0.99, Says.FASTER),
        (1.001, 1.019, Says.ALIKE),
        (0.985, 1.015, Says.ALIKE),
        (0.97, 1.01, Says.OPEN),
    ],
)
def test_a_verdict_is_of_the_whole_interval(low: float, high: float, expected: Says) -> None:
    """What is within 2 % is alike, however well it is known; what is not resolved is open."""
    assert says(Estimate((low + high) / 2, low, high, 9)) is expected
    assert says(Estimate((low + high) / 2, None, None, 3)) is Says.OPEN


def test_a_single_machine_keeps_its_own_interval() -> None:
    """So the verdict is of the interval that is printed, not of a normal one near it."""
    skewed = Estimate(1.2, 1.001, 1.21, 8)
    (kind,) = combined([Machine("xeon", skewed)])
    assert (kind.low, kind.high, kind.says) == (1.001, 1.21, Says.SLOWER)
