"""What a gate says of its time before each step, on a clock of the test's own."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.gate.design import Design
from bench.gate.steps import (
    CHECKING,
    CHECKOUT,
    COMPILING,
    CONFIRMING,
    COUNTING,
    MEASURING,
    Step,
    Steps,
    expected,
    keep,
)
from bench.gate.versions.versions import Asked
from bench.progress import Progress
from strategies.compile import kept

ASKED = Asked("HEAD", None, ("blk/4k-read/add",), ("numba",), Design(1), seconds=12.0, seed=1)
LIMITS: dict[str, float | None] = {MEASURING: 12.0, CONFIRMING: 6.0}


class Lines(Progress):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """Keep a line."""
        self.said.append(text)


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin where nothing is kept."""
    monkeypatch.delenv(kept.FRESH, raising=False)
    store = kept.Store(tmp_path / "made")
    monkeypatch.setattr(kept, "store", lambda: store)


def test_what_is_said_and_taken_of_each_step() -> None:
    """The first line covers all that is known, and each later one what is left of it."""
    clock = iter([0.0, 1.0, 1.0, 31.04, 31.04, 35.0, 35.0, 43.0, 43.0])
    lines = Lines()
    steps = Steps(lines, lambda: next(clock))
    steps.begin(CHECKOUT)
    steps.expected = {COMPILING: None, CHECKING: 3.0} | LIMITS
    steps.begin(COMPILING, "compiling base")
    for name in CHECKING, MEASURING:
        steps.begin(name)
    steps.end()
    assert lines.said == [
        (
            "compiling base; about 21 s left at most (checking 3 s, measuring 12 s, "
            "confirming 6 s); not timed here before: compiling"
        ),
        "checking; about 21 s left at most (checking 3 s, measuring 12 s, confirming 6 s)",
        "measuring; about 18 s left at most (measuring 12 s, confirming 6 s)",
    ]
    assert steps.ended == [
        Step(CHECKOUT, 1.0),
        Step(COMPILING, 30.0),
        Step(CHECKING, 4.0, 3.0),
        Step(MEASURING, 8.0, 12.0),
    ]


def test_a_step_is_expected_to_take_what_it_took_last_time() -> None:
    """Compiling by which sides are compiled, since one of two takes less."""
    cold = ("base", "head")
    assert expected(ASKED, cold) == {COMPILING: None, CHECKING: None} | LIMITS
    keep(ASKED, cold, [Step(COMPILING, 30.0), Step(CHECKING, 4.0), Step(MEASURING, 8.0)])
    assert expected(ASKED, cold) == {COMPILING: 30.0, CHECKING: 4.0} | LIMITS
    assert expected(ASKED, ("base",)) == {COMPILING: None, CHECKING: 4.0} | LIMITS
    assert expected(ASKED, ()) == {CHECKING: 4.0} | LIMITS


@pytest.mark.parametrize(
    "other",
    [
        {"cells": ("blk/4k-read/map",)},
        {"backends": ("numba", "gcc")},
        {"forms": True},
        {"time_identical": True},
    ],
)
def test_another_gate_says_nothing_of_this_one(other: dict[str, object]) -> None:
    """More cells, compilers or forms take longer."""
    keep(ASKED, ("base",), [Step(COMPILING, 30.0), Step(CHECKING, 4.0)])
    known = expected(replace(ASKED, **other), ("base",))  # type: ignore[arg-type]
    assert known == {COMPILING: None, CHECKING: None} | LIMITS


def test_only_what_was_asked_for_is_expected() -> None:
    """Counts alone have nothing to measure."""
    counts = replace(ASKED, counts=True, timed=False)
    assert list(expected(counts, ("head",))) == [COMPILING, CHECKING, COUNTING]


def test_nothing_expected_is_nothing_said() -> None:
    """As where both sides are the same code."""
    lines = Lines()
    steps = Steps(lines)
    steps.begin(CHECKING)
    steps.end()
    assert lines.said == []
    assert [step.name for step in steps.ended] == [CHECKING]
