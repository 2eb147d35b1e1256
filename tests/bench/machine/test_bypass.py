"""Speculative store bypass is taken from a thread where a cell says so, and always given back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.machine import bypass
from bench.machine.bypass import BypassError, switchable, withheld
from bench.worker import rounds
from tests.fake.engine import cell, kit_of, one_round, rounds_of

ENABLED, DISABLED, FOR_GOOD = bypass.ENABLED, bypass.DISABLED, 8  # PR_SPEC_FORCE_DISABLE


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (bypass.BY_PRCTL | ENABLED, True),
        (bypass.BY_PRCTL | DISABLED, False),  # it has none to do without
        (bypass.BY_PRCTL | FOR_GOOD, False),
        (ENABLED, False),  # a system that lets nobody choose
        (0, False),  # a processor that has no such thing
        (-1, False),  # a kernel that knows of none
    ],
)
def test_bypass_is_switched_only_where_a_thread_has_it_and_may(state: int, *, may: bool) -> None:
    """What the kernel says of the thread decides."""
    assert switchable(state) == may


class Kernel:
    """A kernel's prctl, and what a thread did with it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.state, self.refuses, self.sets = ENABLED, refuses, list[int]()

    def prctl(self, operation: int, value: int = 0) -> int:
        """Answer as Linux does."""
        if operation == bypass.GET:
            return bypass.BY_PRCTL | self.state
        self.sets.append(value)
        if self.refuses:
            return -1
        self.state = value
        return 0


@contextmanager
def kernel(*, refuses: bool = False) -> Iterator[Kernel]:
    """Put a kernel in the place of this one."""
    made = Kernel(refuses=refuses)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bypass, "_prctl", made.prctl)
        yield made


def test_bypass_is_given_back_whatever_happens() -> None:
    """It is off inside the context, and as before after it, even after an error."""
    with kernel() as made:
        with withheld():
            assert made.state == DISABLED
        assert made.state == ENABLED
        with pytest.raises(KeyError), withheld():
            raise KeyError
        assert made.sets == [DISABLED, ENABLED] * 2


def test_a_system_that_refuses_is_named_with_the_remedy() -> None:
    """Nothing is done within, and one line says where to look."""
    done = []
    with (
        kernel(refuses=True),
        pytest.raises(BypassError, match="/proc/self/status; leave out"),
        withheld(),
    ):
        done.append(1)
    assert not done


def turns(*, left: bool) -> tuple[list[bool], list[int]]:
    """Whether each of a cell's turns was without bypass, and what was taken and given."""
    inside, entered = list[bool](), list[int]()

    @contextmanager
    def without() -> Iterator[None]:
        entered.append(1)
        yield
        entered.append(-1)

    def timed(order: list[int]) -> list[int]:
        inside.append(sum(entered) == 1)
        return [1000] * len(order)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "withheld", without)
        one_round(rounds_of(kit_of(cell(bypass=left)), told=timed))
    return inside, entered


def test_a_cell_takes_its_turns_without_bypass_if_it_says_so() -> None:
    """The turns of a round are within, once; those of any other cell never are."""
    inside, entered = turns(left=False)
    assert (inside[-1], entered) == (True, [1, -1])
    inside, entered = turns(left=True)
    assert (any(inside), entered) == (False, [])
