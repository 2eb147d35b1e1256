"""Numbers as printed claim no more than is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.signed_rank import Estimate
from reports.text import wording


def test_intervals_are_rounded_outwards() -> None:
    """A printed interval is never narrower than the true one."""
    found = Estimate(1.2345, 1.2344, 1.2346, 9)
    assert wording.ratio_interval(found) == "[1.234, 1.235]"
    assert wording.ratio_with_half_width(found) == "1.234 ± 0.001"
    assert wording.ratio_interval(Estimate(1, 0.998, 1.002, 9)) == "[0.998, 1.002]"
    assert wording.ratio_with_interval(Estimate(1.5, None, None, 3)) == "1.50 [no interval]"


def test_digits_follow_from_the_half_width() -> None:
    """What is known to a few hundredths has two decimals, per cent and nanoseconds likewise."""
    found = Estimate(0.7412, 0.7098, 0.7691, 9)
    assert wording.ratio_with_interval(found) == "0.74 [0.70, 0.77]"
    assert wording.change_with_half_width(found) == "-26 ± 3"
    assert wording.change_interval(found) == "[-30, -23]"
    assert wording.time(Estimate(123.456, 121.2, 125.8, 9)) == "123"
    assert wording.rough(59.83, 0.04) == "60"
    assert wording.rough(4.13, 0.2) == "4.1"
    assert wording.rough(4.13, 2) == "4"


@given(near=st.floats(1e-8, 0.4), more=st.floats(0, 0.4), above=st.booleans())
def test_no_end_is_rounded_onto_the_other_side(near: float, more: float, *, above: bool) -> None:
    """An interval that excludes 1 does so as printed, as a ratio and in per cent."""
    ends = sorted([1 + near, 1 + near + more]) if above else sorted([1 - near, 1 - near - more])
    found = Estimate(sum(ends) / 2, ends[0], ends[1], 9)
    for text, level in ((wording.ratio_interval(found), 1), (wording.change_interval(found), 0)):
        low, high = map(float, text.strip("[]").split(", "))
        assert low > level if above else high < level


def test_nothing_is_minus_zero() -> None:
    """A time that rounds to nothing has no sign."""
    found = Estimate(-0.001, -0.002, 0.0, 9)
    assert wording.time(found) == "0.00"
    assert wording.time_interval(found) == "[-0.01, 0.00]"
    assert wording.time_interval(Estimate(0.0, 0.0, 0.001, 9)) == "[0.00, 0.01]"


@pytest.mark.parametrize(
    ("value", "shown"), [(3.14159, "3.14"), (36.418, "36.42"), (121.349, "121.3"), (5260.2, "5260")]
)
def test_times_of_unknown_precision_have_four_digits(value: float, shown: str) -> None:
    """A time has four significant digits and no more than two decimals."""
    assert wording.time(Estimate(value, None, None, 1)) == shown
