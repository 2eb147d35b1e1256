"""The stack is put at every place of its page, and each place's rounds are kept apart."""

import numpy as np
import pytest

from bench.studies import stack
from bench.studies.stack import Placed, rounded, rounds_at
from bench.worker.memory import PAGE, Arena, Executable
from bench.worker.stage import STACK_STEP
from tests.fake.engine import PAGES, kit_of

PLACES = [0, 16, 4080]


def placed() -> Placed:
    """A stage of a small kit."""
    draw = np.random.default_rng(5)
    return Placed(kit_of(), Arena(PAGES, draw), Executable(64), draw)


def test_a_stage_is_where_it_is_told() -> None:
    """Its stack is lowered by what was set, and by nothing drawn."""
    stage = placed()
    assert stage.lowered() == 0
    stage.lower = 48
    assert [stage.lowered() for _ in range(9)] == [48] * 9


def test_rounds_are_taken_at_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place once a pass, in drawn order, and its rounds with it."""
    taken: list[tuple[int, int]] = []

    class Fake:
        def __init__(self, _kit: object, stage: Placed, *_: object) -> None:
            self.stage = stage
            self.cells: dict[int, object] = {}

        def measure(self, numbers: list[int], seconds: float, most: int) -> None:
            assert seconds == 0
            taken.append((self.stage.lower, most))
            times = np.full((2, 1), float(self.stage.lower))
            self.cells = {number: type("Series", (), {"rounds": [times]}) for number in numbers}

    monkeypatch.setattr(stack, "Measurement", Fake)
    stage = placed()
    found = list(rounds_at(stage.kit, stage, 0, PLACES * 2))
    assert sorted(at for at, _ in found) == sorted(PLACES * 2)
    assert [at for at, _ in found] == [at for at, _ in taken]
    assert all((times == at).all() for at, rounds in found for times in rounds)
    assert {most for _, most in taken} == {stack.ROUNDS}


def test_ratios_are_kept_short() -> None:
    """Four significant digits are finer than any round."""
    assert rounded(np.array([1.23456, 0.98765])) == [1.235, 0.9877]
    assert PAGE // STACK_STEP == 256
