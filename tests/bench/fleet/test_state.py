"""States on disk, the table of them, and the exit status that they are worth."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.fleet import state
from bench.fleet.arrival import About
from bench.fleet.state import Stage, State

DONE = State("a", Stage.DONE, 900.0, about=About("x86_64/AMD/25/1", 3, 60.0))


def shown(*states: State) -> list[str]:
    """The lines of the table."""
    console = Console(file=StringIO(), width=120)
    console.print(state.table(states, 1000.0))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A host that nobody visited, or whose file is damaged, waits."""
    state.write(DONE, tmp_path)
    assert state.read(tmp_path, "a") == DONE
    assert state.read(tmp_path, "b") == State("b")
    state.path_of(tmp_path, "b").write_text("{")
    assert state.read(tmp_path, "b") == State("b")


def test_a_row_says_state_age_machine_and_rate() -> None:
    """And why one failed, as a text that no markup changes."""
    failed = State("b", Stage.FAILED, 999.0, "measuring: lost [red]")
    _, first, second = shown(DONE, failed)
    assert first.split() == ["a", "done", "100", "s", "x86_64/AMD/25/1", "0.05"]
    assert "measuring: lost [red]" in second


@pytest.mark.parametrize(
    ("seconds", "says"), [(5, "5 s"), (119, "119 s"), (600, "10 min"), (9000, "2 h")]
)
def test_an_age_is_said_as_people_do(seconds: float, says: str) -> None:
    """In one unit."""
    assert state._ago(seconds) == says


@pytest.mark.parametrize(
    ("states", "worth"),
    [
        ([DONE], 0),
        ([DONE, State("b")], 0),
        ([DONE, State("b", Stage.MEASURING)], 0),
        ([DONE, State("b", Stage.FAILED)], 1),
        ([State("a", Stage.DONE, wrong=True)], 1),
    ],
)
def test_one_host_that_failed_is_1(states: list[State], worth: int) -> None:
    """Or one that measured something wrong."""
    assert state.status(states) == worth


def test_what_nobody_works_at_any_more_has_failed() -> None:
    """The stage at which it was left is named; what is done stays done."""
    waiting, done, left = state.settled([State("w"), DONE, State("m", Stage.MEASURING, 1.0)])
    assert (waiting, done) == (State("w"), DONE)
    assert left.stage is Stage.FAILED
    assert left.why.startswith("measuring: broken off")
