"""States of rounds, from readings whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.driver import sentinels
from bench.messages import ProcessRecord
from bench.processes import states
from bench.processes.states import ALONE, NEITHER, SHARED, Border, Seen, border
from bench.worker import watch
from tests.fake.found import cell, process

X86, ARM = "x86_64", "aarch64"
FOUR_ALONE, SIX_ALONE, FOUR_SHARED = 1.6, 1.36, 2.8  # sums over chain, by units a core has


def heap(centre: float, count: int, sd: float = 0.006, seed: int = 1) -> NDArray[np.float64]:
    """Readings of a core in one state, with outliers as from interrupts."""
    draw = np.random.default_rng(seed)
    found = centre * np.exp(draw.normal(0, sd, count))
    found[draw.random(count) < 0.004] *= 1.5
    return found


def neighbour(centre: float, count: int, seed: int = 2) -> NDArray[np.float64]:
    """Readings with a neighbour, 1.2 to 1.9 times as long, depending on its work."""
    return centre * np.random.default_rng(seed).uniform(1.2, 1.9, count)


@pytest.mark.parametrize("centre", [FOUR_ALONE, SIX_ALONE])
def test_one_low_heap_is_a_core_alone(centre: float) -> None:
    """A core that starts at least three additions per cycle shares its units with nobody."""
    found = border(heap(centre, 5000), X86)
    assert (found.at, found.only) == (None, ALONE)
    assert found.letters([centre, centre], [centre, centre]) == 2 * ALONE


def test_one_high_heap_is_shared_where_the_pace_tells() -> None:
    """A core that never starts half of what such cores can is never alone."""
    found = border(heap(FOUR_SHARED, 5000), X86)
    assert (found.at, found.only) == (None, SHARED)


@pytest.mark.parametrize(("centre", "machine"), [(FOUR_SHARED, ARM), (2.2, X86)])
def test_one_heap_that_may_be_either_is_unknown(centre: float, machine: str) -> None:
    """A narrow core alone looks like a shared wide one: no state is better than a wrong one."""
    found = border(heap(centre, 5000), machine)
    assert (found.at, found.only) == (None, "")
    assert found.letters([centre], [centre]) == ""


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.8, 0.95])
def test_two_heaps_are_told_apart(share: float) -> None:
    """However long the neighbour stays, each state is recognised."""
    count = 20_000
    alone, shared = (
        heap(FOUR_ALONE, round(count * (1 - share))),
        neighbour(1.6, round(count * share)),
    )
    found = border(np.concatenate([alone, shared]), X86)
    assert found.at is not None
    assert found.letters(alone, alone).count(ALONE) > 0.98 * len(alone)
    assert found.letters(shared, shared).count(SHARED) > 0.98 * len(shared)


def test_a_round_in_which_the_neighbour_came_or_went_is_of_neither() -> None:
    """Both ends must agree."""
    assert Border(2.0).letters([1.6, 2.4, 1.6, 2.4], [1.6, 2.4, 2.4, 1.6]) == "asmm"


@pytest.mark.parametrize("clock", [[1.0, 1.3], [1.0, 0.95, 0.9, 0.85]])
def test_a_clock_that_changes_is_no_neighbour(clock: list[float]) -> None:
    """Both sentinels follow it, so their ratio does not: a third faster, or turbo in steps."""
    draw = np.random.default_rng(3)
    speed = draw.choice(clock, 8000)
    sums, chain = heap(FOUR_ALONE, 8000) / speed, np.exp(draw.normal(0, 0.004, 8000)) / speed
    found = border(states.quotients({"sums": [sums, sums], "chain": [chain, chain]}), X86)
    assert (found.at, found.only) == (None, ALONE)


def test_a_neighbour_at_all_degrees_leaves_no_valley_and_is_seen_all_the_same() -> None:
    """Readings without a gap between them: the border is 10 % above the low mode."""
    readings = FOUR_ALONE * np.random.default_rng(4).uniform(1.0, 1.9, 8000)
    found = border(np.concatenate([heap(FOUR_ALONE, 500), readings]), X86)
    assert found.at == pytest.approx(1.1 * FOUR_ALONE, rel=0.03)


def test_a_loud_sentinel_is_one_heap() -> None:
    """Wide, but with one mode: it is not split."""
    assert border(heap(FOUR_ALONE, 8000, sd=0.03), X86).at is None


def test_nothing_read_is_unknown() -> None:
    """No reading, no state."""
    assert border([], X86) == Border()


@given(st.permutations(range(60)))
def test_the_order_of_readings_does_not_matter(order: list[int]) -> None:
    """It does not matter which process or cell a reading is from."""
    readings = np.concatenate([heap(FOUR_ALONE, 40), neighbour(FOUR_ALONE, 20)])
    assert border(readings[order], X86) == border(readings, X86)


def found_in(letters: str) -> ProcessRecord:
    """The results of a process whose rounds were alone or shared, by these letters."""
    level = {ALONE: (1.6, 1.6), SHARED: (2.5, 2.5), NEITHER: (1.6, 2.5)}
    ends = np.array([level[letter] for letter in letters]).T
    return process({0: cell(watch={"sums": ends, "chain": np.ones_like(ends)})})


def test_rounds_count_that_are_alone_where_a_tenth_is() -> None:
    """Otherwise the shared ones: a run on a machine that is never alone has results, too."""
    seen = Seen()
    counting = seen.add(found_in(40 * "a" + 50 * "s" + 10 * "m"))[0]
    assert np.array_equal(np.arange(100)[counting], np.arange(40))
    assert (seen.state, seen.ours) == (ALONE, 0.4)
    crowded = Seen()
    crowded.add(found_in("a" * 5 + "s" * 95))
    assert crowded.state == SHARED
    assert crowded.ours == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("letters", "rounds"), [("a" * 10, 48), ("a" * 5 + "s" * 5, 96), ("a" * 2 + "m" * 8, 4 * 48)]
)
def test_more_rounds_are_taken_where_fewer_are_ours(letters: str, rounds: int) -> None:
    """As many as are needed for 48 that count, up to four times as many."""
    seen = Seen()
    assert seen.needed(48) == 48
    seen.add(found_in(letters))
    assert seen.needed(48) == rounds


@pytest.mark.parametrize(
    ("letters", "says"),
    [
        ("a" * 99 + "m", []),
        ("a" * 60 + "s" * 40, ["ours in 60% of rounds"]),
        ("a" * 5 + "s" * 95, ["nearly all the time"]),
        ("a" * 5 + "m" * 95, ["came and went"]),
    ],
)
def test_what_a_neighbour_did_is_said(letters: str, says: list[str]) -> None:
    """In one line, and in none if the core was ours."""
    seen = Seen()
    seen.add(found_in(letters))
    assert len(seen.note) == len(says)
    assert all(text in line for text, line in zip(says, seen.note, strict=True))
    assert "cannot tell" in Seen().note[0]


def test_all_rounds_count_where_states_are_unknown() -> None:
    """As in files of older versions."""
    seen = Seen()
    assert seen.add(process({0: cell()}))[0] == slice(None)
    assert (seen.state, seen.ours) == ("", None)


def test_the_constants_of_both_rooms_agree() -> None:
    """Workers do not import numba, so they repeat the kernels' constants."""
    assert list(watch.STEPS) == [sentinels.SUMS_STEPS, sentinels.CHAIN_STEPS]
    quotient = sentinels.OPERATIONS / sentinels.LATENCY
    assert quotient == states.OPERATIONS_PER_CHAIN_STEP


def test_what_is_looked_at_is_sums_over_chain() -> None:
    """Before and after: a neighbour raises it, and the clock does not change it."""
    watch_read = {"sums": [[2.0, 6.0], [3.0, 8.0]], "chain": [[1.0, 2.0], [1.0, 4.0]]}
    assert states.quotients(watch_read).tolist() == [[2.0, 3.0], [3.0, 2.0]]


def test_the_border_is_made_from_the_readings_of_several_processes() -> None:
    """A process whose neighbour never left cannot recognise it by itself."""
    seen = Seen()
    seen.add(found_in(50 * "a" + 50 * "s"))
    seen.add(found_in(50 * "s"))
    assert seen.rounds == {ALONE: 50, SHARED: 100}
