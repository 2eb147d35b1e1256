"""A round and its evaluation, with turns of a given length."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.driver.records import Phase
from bench.worker.cell_memory import FAILED
from bench.worker.memory import LINE, POSITIONS
from bench.worker.rounds import EMPTY_TURNS
from bench.worker.watch import Watch
from tests.fake.engine import (
    AGAIN,
    BASE,
    COLUMNS,
    CREDITED,
    EMPTY,
    RING,
    Given,
    ToldRounds,
    cell,
    given,
    kit_of,
    one_round,
    rounds_of,
)

TURNS = [BASE, AGAIN, RING]
WARM = [1 + EMPTY + variant for variant in TURNS]
DRAWS = 24  # rounds: that all of them come in one order has a chance of 6 to the power -23


def orders(rows: list[int], kept: int = 0) -> Counter[tuple[int, ...]]:
    """The orders of these rows over many rounds."""
    work = rounds_of(kit_of(cell(lists=kept)))
    taken = (one_round(work)[0].order for _ in range(DRAWS))
    return Counter(tuple(row for row in order if row in rows) for order in taken)


def test_timed_turns_come_in_an_order_drawn_for_each_round() -> None:
    """Whoever always came first would find the caches as the empty turns leave them."""
    found = orders(TURNS)
    assert {tuple(sorted(order)) for order in found} == {tuple(TURNS)}
    assert len(found) == 6


def test_warm_up_turns_come_in_an_order_drawn_for_each_round() -> None:
    """Each variant warms up once in a round."""
    found = orders(WARM)
    assert {tuple(sorted(order)) for order in found} == {tuple(WARM)}
    assert len(found) == 6


def test_warm_up_comes_first_then_empty_turns_then_timed_ones() -> None:
    """All warm up before any turn counts."""
    order = one_round(rounds_of(kit_of()))[0].order
    kinds = ["warm" if row > EMPTY else "empty" if row == EMPTY else "timed" for row in order]
    assert kinds == ["warm"] * 3 + ["empty"] * EMPTY_TURNS + ["timed"] * 3


def test_an_eighth_of_a_turn_warms_up() -> None:
    """As docs/method.md says, of as many requests as the turn performs."""
    rows = one_round(rounds_of(kit_of()))[0].rows
    assert rows["requests"][TURNS].tolist() == [CREDITED] * 3
    assert rows["requests"][WARM].tolist() == [CREDITED // 8] * 3
    assert set(rows["phase"][[*TURNS, *WARM]].tolist()) == {Phase.ADD}


def test_a_layout_whose_lists_are_kept_warms_up_just_before_its_turn() -> None:
    """By a whole turn, or the cache would hold another layout's lists."""
    found, _ = one_round(rounds_of(kit_of(cell(lists=4))))
    assert found.order[:EMPTY_TURNS] == [EMPTY] * EMPTY_TURNS
    pairs = np.reshape(found.order[EMPTY_TURNS:], (-1, 2))
    assert (pairs[:, 0] == pairs[:, 1] + 1 + EMPTY).all()
    assert found.rows["requests"][WARM].tolist() == [CREDITED] * 3


def told(order: list[int]) -> list[int]:
    """1000, 2000 and 3000 for timed turns, the empty ones scattered around 40."""
    empty = iter((40, 39, 400, 38, 41))
    return [next(empty) if row == EMPTY else 1000 * (1 + row) for row in order]


def test_the_median_empty_turn_is_subtracted_once() -> None:
    """And what is left is divided by the requests."""
    _, series = one_round(rounds_of(kit_of(), told=told))
    expected = [(1000 * (1 + variant) - 40) / CREDITED for variant in TURNS]
    assert series.rounds[0][:, 0].tolist() == expected


def test_the_empty_turn_is_subtracted_from_a_first_request_too() -> None:
    """It takes tens of nanoseconds, of which reading the clock is a good part."""
    work = rounds_of(kit_of(), told=told)
    found = work._first(work.kit.cells[0])
    assert found.tolist() == [1000 * (1 + variant) - 40 for variant in TURNS]


def test_first_requests_are_taken_before_anything_warms_up() -> None:
    """Code that has run is cached; variants come in a drawn order."""
    work = rounds_of(kit_of())
    found = set()
    for _ in range(DRAWS):
        work._first(work.kit.cells[0])
        order = given(work)[-1].order
        assert order[:EMPTY_TURNS] == [EMPTY] * EMPTY_TURNS
        assert sorted(order[EMPTY_TURNS:]) == TURNS
        found.add(tuple(order[EMPTY_TURNS:]))
    assert len(found) == 6
    assert set(given(work)[-1].rows["requests"][TURNS].tolist()) == {1}


def test_a_known_slowdown_is_performed_and_not_credited() -> None:
    """50 % more requests are made, and the time is divided by the credited ones."""
    kit = kit_of()
    kit.variants[RING].added[kit.cells[0].name] = 0.5
    found, series = one_round(rounds_of(kit, told=told))
    assert found.rows["requests"][TURNS].tolist() == [80, 80, 120]
    assert series.rounds[0][RING, 0] == (3000 - 40) / CREDITED


def test_a_round_with_a_failed_turn_is_dropped_for_all() -> None:
    """The failed turn has no time, and may have spoilt the caches of others."""

    def fails(order: list[int]) -> list[int]:
        return [FAILED if row == AGAIN else 1000 for row in order]

    work = rounds_of(kit_of())
    scene = work.stage.lay_out(work.kit.cells[0], np.zeros(work.stage.texts(), np.int64))
    work.stage.told = fails  # type: ignore[attr-defined]
    credited = np.full(len(COLUMNS), CREDITED)
    assert np.isnan(work._turns(scene, TURNS, credited)[:, 0]).tolist() == [False, True, False]
    series = one_round(rounds_of(kit_of()))[1]
    work._take(series, scene, np.zeros(work.stage.texts(), np.int64), check=False)
    assert len(series.rounds) == len(series.positions) == len(series.watched) == 1
    assert series.strikes == {AGAIN: 1}


def test_the_quicker_try_says_how_many_requests_a_turn_has() -> None:
    """An interruption prolongs a try, and would shorten every turn of the process."""

    def slow_once(order: list[int]) -> list[int]:
        first = iter([3200, 3200, 3200])
        return [next(first, 1600) for _ in order]

    work = rounds_of(kit_of(), told=slow_once)  # 16 requests in a try, turns of 20,000 ns
    assert work._calibrate(work.kit.cells[0]) == [200, 200, 200]


def blocks(work: ToldRounds, passes: int = 4) -> None:
    """Take ``passes`` passes of all cells."""
    work.measure(range(len(work.kit.cells)), 3600.0, most=passes)


def timed(work: ToldRounds) -> list[Given]:
    """The driver's input in rounds: empty turns, and turns that warm up."""
    return [one for one in given(work) if EMPTY in one.order and max(one.order) > EMPTY]


def test_positions_of_a_round_are_drawn_for_each_variant() -> None:
    """Each has every position once in four rounds, and seldom the one that another has."""
    work = rounds_of(kit_of())
    blocks(work, 24)
    digits = np.array([list(text) for text in work.cells[0].positions], np.int64)
    for four in np.split(digits, 6):
        assert np.sort(four, axis=0).tolist() == [[at] * 3 for at in range(4)]
    alike = (digits == digits[:, :1]).all(axis=1)
    assert alike.mean() < 0.5
    assert len(np.unique(digits[:, 0])) == len(POSITIONS)


def test_positions_of_a_variants_kernels_are_drawn_apart() -> None:
    """So are those of the driver."""
    work = rounds_of(kit_of())
    blocks(work, 24)
    kernels = np.array([[one.rows["map"][0], one.rows["add_buf"][0]] for one in timed(work)])
    assert (kernels[:, 0] % LINE != kernels[:, 1] % LINE).any()
    drivers = Counter(one.driver % LINE for one in timed(work))
    assert drivers == dict.fromkeys(POSITIONS, 6)


def test_the_position_that_is_reported_is_that_of_add_buf() -> None:
    """It is measured in phase add."""
    reported("add", "add_buf")


def test_the_position_that_is_reported_of_phase_map_is_that_of_map() -> None:
    """In which no ``add_buf`` runs."""
    reported("map", "map")


def reported(phase: str, kernel: str) -> None:
    """Compare a cell's reported positions with those of its kernels."""
    work = rounds_of(kit_of(cell(phase)))
    blocks(work)
    there = [(one.rows[kernel][TURNS] % LINE // 16).tolist() for one in timed(work)]
    assert ["".join(map(str, digits)) for digits in there] == work.cells[0].positions


def test_cells_of_a_pass_come_in_a_drawn_order() -> None:
    """In a fixed order each would always follow the same cell."""
    work = rounds_of(kit_of(*(cell() for _ in range(4))))
    seen: list[int] = []
    work._mark = seen.append  # type: ignore[method-assign,assignment]
    blocks(work, 12)
    assert seen[:4] == [0, 1, 2, 3]  # each cell's calibration
    passes = np.reshape(seen[4:], (12, 4))
    assert np.sort(passes).tolist() == [[0, 1, 2, 3]] * 12
    assert len(np.unique(passes, axis=0)) > 6


def test_the_watch_reads_before_the_first_turn_and_after_the_last() -> None:
    """Two separate readings, before and after, with only turns between them."""
    events: list[str] = []
    readings = iter(np.arange(1.0, 9.0))

    def read(_watch: Watch) -> NDArray[np.float64]:
        events.append("read")
        return np.full(2, next(readings))

    def note(order: list[int]) -> list[int]:
        events.append("round" if EMPTY in order else "lists")
        return [1000] * len(order)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Watch, "read", read)
        _, series = one_round(rounds_of(kit_of(), told=note))
    assert events == ["lists", "read", "round", "read"]
    assert series.watched[0].tolist() == [[1.0, 1.0], [2.0, 2.0]]
