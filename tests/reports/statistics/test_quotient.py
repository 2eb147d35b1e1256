"""The quotient of two estimates agrees with what is printed of the two, and covers the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.quotient import quotient
from reports.statistics.signed_rank import Estimate, estimate
from reports.text import wording

SAMPLE = st.lists(st.floats(0.2, 5.0), min_size=1, max_size=30)


def ulp(text: str) -> float:
    """Return half of a printed number's last digit."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


@given(SAMPLE, SAMPLE)
def test_printed_quotient_is_that_of_the_printed_centres(
    above: list[float], below: list[float]
) -> None:
    """Whatever the samples: the three numbers agree up to their rounding."""
    ours, theirs = estimate(above), estimate(below)
    over, under, printed = (wording.ratio(one) for one in (ours, theirs, quotient(ours, theirs)))
    most = (float(over) + ulp(over)) / (float(under) - ulp(under))
    least = (float(over) - ulp(over)) / (float(under) + ulp(under))
    slack = ulp(printed) + 1e-9
    assert least - slack <= float(printed) <= most + slack


@given(SAMPLE, SAMPLE)
def test_a_quotient_is_in_its_own_interval(above: list[float], below: list[float]) -> None:
    """Its interval holds it, and the other way round it is the inverse."""
    found, back = (quotient(*pair) for pair in _both(estimate(above), estimate(below)))
    assert found.centre == pytest.approx(1 / back.centre)
    if found.low is None or found.high is None:
        assert min(len(above), len(below)) < 6
        return
    assert back.low is not None
    assert back.high is not None
    assert found.low <= found.centre * (1 + 1e-12)
    assert found.high >= found.centre * (1 - 1e-12)
    assert found.low == pytest.approx(1 / back.high)
    assert found.high == pytest.approx(1 / back.low)


def _both(one: Estimate, other: Estimate) -> tuple[tuple[Estimate, Estimate], ...]:
    return (one, other), (other, one)


def test_errors_add_like_independent_ones() -> None:
    """By hand: three and four per cent make five, in logarithms, on either side its own."""
    one = Estimate(1.2, 1.2 * np.exp(-0.03), 1.2 * np.exp(0.06), 9)
    other = Estimate(0.8, 0.8 * np.exp(-0.08), 0.8 * np.exp(0.04), 7)
    found = quotient(one, other)
    assert found.processes == 7
    assert found.centre == pytest.approx(1.5)
    assert found.low == pytest.approx(1.5 * np.exp(-0.05))
    assert found.high == pytest.approx(1.5 * np.exp(0.10))


@pytest.mark.parametrize(
    ("sizes", "spreads"),
    [((8, 8), (0.02, 0.02)), ((8, 30), (0.02, 0.002)), ((40, 12), (0.001, 0.03))],
)
def test_intervals_cover_the_truth(sizes: tuple[int, int], spreads: tuple[float, float]) -> None:
    """Of 2,000 pairs of samples, of unequal scatter too, 95 % and a little more hold it.

    The margin of four standard deviations of such a count is 2 %.
    """
    draw = np.random.default_rng(5)
    held = 0
    for _ in range(2000):
        above = estimate(draw.lognormal(np.log(1.1), spreads[0], sizes[0]))
        below = estimate(draw.lognormal(0.0, spreads[1], sizes[1]))
        held += not quotient(above, below).excludes(1.1)
    assert 0.93 <= held / 2000 <= 0.985


@pytest.mark.parametrize("low", [None, 0.0, -0.1])
def test_without_both_intervals_there_is_none(low: float | None) -> None:
    """Too few processes, or an interval that reaches 0, say nothing of a quotient's."""
    found = quotient(Estimate(1.0, 0.9, 1.1, 8), Estimate(2.0, low, None if low is None else 3, 4))
    assert (found.centre, found.low, found.high, found.processes) == (0.5, None, None, 4)


def test_what_is_not_positive_has_no_quotient() -> None:
    """No time is 0."""
    with pytest.raises(ValueError, match="not positive"):
        quotient(Estimate(1.0, None, None, 1), Estimate(0.0, None, None, 1))
