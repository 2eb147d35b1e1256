"""The next process of a gate, with a fake clock."""

import numpy as np
import pytest

from bench.gate.design import Design, Say
from bench.gate.schedule import FINISH_S, GateSchedule
from bench.gate.trial import Trial
from bench.gate.versions.joint_kit import Place
from bench.processes.outcome import Outcome
from tests.bench.processes.test_schedule import kit_of
from tests.fake import found

TRIED = Place(0, 0)


def schedule(seconds: float) -> GateSchedule:
    """The schedule of one pair in one cell."""
    return GateSchedule(kit_of(1), {TRIED: Trial(Design(1))}, seconds)


def outcome(here: GateSchedule, process: int, head: float) -> Outcome:
    """A process's results, with the sides in the order of its kit."""
    values = [[1.0] * 4, [head] * 4, []]
    if here.swapped(process):
        values[:2] = reversed(values[:2])
    return found.outcome(process, {0: found.cell(values)})


def test_no_process_is_begun_that_could_not_end() -> None:
    """A process that time cuts short has few rounds, and the noisiest value."""
    here, now_s = schedule(10.0), 0.0
    took = []
    while task := here.next(now_s):
        now_s += 0.7 + 0.1 * (task.process % 3)
        took.append(now_s)
        here.ended(outcome(here, task.process, 1.0), now_s)
    assert took[-1] <= 10.0
    assert took[-1] > 10.0 - 2 * 0.9
    assert schedule(FINISH_S / 2).next(0.0) is None


def test_sides_are_told_apart_whichever_stands_first() -> None:
    """Kits are swapped from process to process; head is 1 % slower in all of them."""
    here, now_s = schedule(100.0), 0.0
    while task := here.next(now_s):
        now_s += 0.5
        here.ended(outcome(here, task.process, 1.01), now_s)
    assert here.trials[TRIED].end().value == "slower"


def test_which_side_stands_first_is_drawn() -> None:
    """If sides alternated, the side would depend on the CPU when two workers alternate."""
    here = schedule(100.0)
    drawn = [here.swapped(process) for process in range(400)]
    for one in (drawn[::2], drawn[1::2]):
        assert 70 < sum(one) < 130
    assert drawn[::2] != drawn[1::2]
    assert drawn == [here.swapped(process) for process in range(400)]


def test_a_time_that_is_none_is_no_value() -> None:
    """An empty turn longer than a turn leaves nothing to divide."""
    here = schedule(100.0)
    assert here.next(0.0) is not None
    here.ended(outcome(here, 0, -1.0), 0.5)
    assert not here.trials[TRIED].values


def test_one_process_that_stalls_does_not_end_a_gate() -> None:
    """The median of the last few predicts the duration of the next one."""
    here, now_s = schedule(100.0), 0.0
    for took_s in (0.5, 0.5, 0.5, 50.0, 0.5):
        task = here.next(now_s)
        assert task is not None
        now_s += took_s
        here.ended(outcome(here, task.process, 1.0), now_s)
    assert here.next(99.0) is not None
    assert here.next(99.6) is None


def test_rounds_with_a_neighbour_decide_nothing() -> None:
    """If the core was ours in half of them, head is judged by that half."""
    here = schedule(100.0)
    alone = np.arange(16) % 2 == 0
    reading = [np.where(alone, 1.6, 2.5).tolist()] * 2
    watch = {"sums": reading, "chain": [[1.0] * 16] * 2}
    assert here.next(0.0) is not None
    values = [[1.0] * 16, np.where(alone, 1.01, 3.0).tolist(), []]
    if here.swapped(0):
        values[:2] = reversed(values[:2])
    here.ended(found.outcome(0, {0: found.cell(values, watch=watch)}), 0.5)
    assert here.trials[TRIED].values[0] == pytest.approx(np.log(1.01))


def test_a_search_is_prolonged_once_and_only_by_a_suspicion() -> None:
    """Its end is announced when it comes, with the time that confirming may take."""
    here = schedule(10.0)
    assert not here.prolonged(11.0)
    here.trials[TRIED].suspicion = Say.SLOWER
    assert not here.prolonged(9.0)
    assert [here.prolonged(now_s) for now_s in (11.0, 12.0)] == [True, False]
