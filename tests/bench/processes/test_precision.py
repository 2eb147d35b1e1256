"""Ratios of a run so far, from processes of which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from bench.processes.outcome import Outcome
from bench.processes.precision import Precision
from tests.bench.processes.test_schedule import kit_of
from tests.fake import found

ROUNDS = 16


def outcome(process: int, values: list[list[float]], sums: list[float] | None = None) -> Outcome:
    """A process's results in one cell, and the watch's readings before and after."""
    ends = np.array([sums, sums]) if sums is not None else None
    watch = {} if ends is None else {"sums": ends, "chain": np.ones_like(ends)}
    return found.outcome(process, {0: found.cell(values, watch=watch)})


def test_rounds_with_a_neighbour_make_no_ratio() -> None:
    """If the core was ours in half of them, the other half is left out."""
    here = Precision(kit_of(1))
    alone = np.arange(ROUNDS) % 2 == 0
    values = [np.ones(ROUNDS).tolist(), np.where(alone, 1.1, 3.0).tolist(), [1.0] * ROUNDS]
    for process in range(8):
        here.add(outcome(process, values, np.where(alone, 1.6, 2.5).tolist()))
    assert here.estimates()[0, 1].centre == pytest.approx(1.1)


def test_a_ratio_is_to_the_baseline_of_its_own_compiler() -> None:
    """Otherwise it would show the effect of another compiler."""
    kit = kit_of(1)
    others = tuple(replace(variant, backend="gcc") for variant in kit.variants)
    here = Precision(replace(kit, variants=(*kit.variants, *others)))
    times = (1.0, 1.1, 1.0, 2.0, 2.4, 2.0)
    for process in range(6):
        here.add(outcome(process, [[time] * ROUNDS for time in times]))
    centres = {key: one.centre for key, one in here.estimates().items()}
    assert centres == pytest.approx({(0, 1): 1.1, (0, 2): 1.0, (0, 4): 1.2, (0, 5): 1.0})


def test_controls_that_surely_moved_are_counted() -> None:
    """By more than half a per cent; a candidate may be as slow as it is."""
    assert [controls_moved(again) for again in (1.0, 1.004, 1.02)] == [0, 0, 1]


def controls_moved(again: float) -> float:
    """The share of controls that moved where all have this ratio."""
    here = Precision(kit_of(1))
    for process in range(8):
        here.add(outcome(process, [[1.0] * ROUNDS, [1.5] * ROUNDS, [again] * ROUNDS]))
    return here.controls_moved()
