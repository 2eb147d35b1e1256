"""Which process of a gate is started next, by a clock that is made up."""

from bench.gate.design import Design
from bench.gate.joint import Place
from bench.gate.schedule import FINISH_S, GateSchedule
from bench.gate.trial import Trial
from bench.outcome import Outcome
from tests.test_schedule import kit_of

TRIED = Place(0, 0)


def schedule(seconds: float) -> GateSchedule:
    """Return the schedule of one pair in one cell."""
    return GateSchedule(kit_of(1), {TRIED: Trial(Design(1))}, seconds)


def outcome(process: int, head: float) -> Outcome:
    """Return what a process found, in the order in which its kit had the sides."""
    values = [[1.0] * 4, [head] * 4, []]
    if process % 2:
        values[:2] = reversed(values[:2])
    return Outcome(process, 0, {"cells": {"0": {"values": values, "failed": {}}}})


def test_no_process_is_begun_that_could_not_end() -> None:
    """One that time cuts short has few rounds, and its value is the loudest of all."""
    here, now_s = schedule(10.0), 0.0
    took = []
    while task := here.next(now_s):
        now_s += 0.7 + 0.1 * (task.process % 3)
        took.append(now_s)
        here.ended(outcome(task.process, 1.0), now_s)
    assert took[-1] <= 10.0
    assert took[-1] > 10.0 - 2 * 0.9
    assert schedule(FINISH_S / 2).next(0.0) is None


def test_sides_are_told_apart_whichever_stands_first() -> None:
    """Kits are swapped from process to process; head is 1 % slower in all of them."""
    here, now_s = schedule(100.0), 0.0
    while task := here.next(now_s):
        now_s += 0.5
        here.ended(outcome(task.process, 1.01), now_s)
    assert here.trials[TRIED].end().value == "slower"
