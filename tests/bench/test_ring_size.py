"""``--slots``: another size of ring where that is no question, refused where there is none."""

import pytest

from bench import experiments
from bench.errors import BenchError
from bench.plan import DEFAULT, Plan
from bench.ring_size import check, resized
from strategies import Strategy, every

KNOWN = experiments.load()
RING = KNOWN["today-ring"]


def named(*series: str) -> list[Strategy]:
    """Return strategies by name."""
    return [one for one in every() if one.series in series]


def test_cells_get_the_size_and_say_so() -> None:
    """It is an axis of theirs, so that their names are others."""
    points = resized(RING, 1024).points()
    assert {point.slots for point in points} == {1024}
    assert all(dict(point.axes)["slots"] == "1024" for point in points)


@pytest.mark.parametrize("name", ["ring-size", "ageing", "today-ageing", "today-indirect"])
def test_cells_about_a_size_keep_theirs(name: str) -> None:
    """They would not say what they measure."""
    own = [(point.slots, point.axes) for point in KNOWN[name].points()]
    assert [(point.slots, point.axes) for point in resized(KNOWN[name], 1024).points()] == own


def test_without_the_option_all_is_as_it_was() -> None:
    """Nothing is made anew."""
    assert resized(RING, None) is RING


@pytest.mark.parametrize(
    ("slots", "series", "phase", "said"),
    [
        (0, "today_packed", "add", "--slots 0: a ring has 1 to 32768"),
        (32769, "today_packed", "add", "--slots 32769: a ring has 1 to 32768"),
        (200, "today_split", "add", "today_split fills a split ring, whose size is a power of two"),
        (16, "today_split", "add", "/today-64k-read takes 18; give as many"),
        (200, "today_packed", "cycle", "in cycle the driver restarts .* or --phase add"),
    ],
)
def test_what_cannot_be_is_refused(slots: int, series: str, phase: str, said: str) -> None:
    """One line names the ring or the request, and the remedy."""
    points = [point for point in resized(RING, slots).points() if point.phase == phase]
    with pytest.raises(BenchError, match=said):
        check(slots, points, named("flat_array", series))


def test_a_packed_ring_of_any_size_is_taken() -> None:
    """In phase add; and one of a power of two in any."""
    added = [point for point in resized(RING, 200).points() if point.phase == "add"]
    check(200, added, named("flat_array", "today_packed"))
    check(512, resized(RING, 512).points(), named("flat_array", "today_packed", "today_split"))


def test_the_option_is_part_of_the_command() -> None:
    """A run can be repeated."""
    plan = Plan(
        workloads=("blk",),
        strategies=("today_packed",),
        backends=("gcc",),
        phases=("add",),
        length=DEFAULT,
        seed=1,
        slots=200,
    )
    words = plan.words()
    assert words[words.index("--slots") + 1] == "200"
    assert plan.selection.slots == 200
