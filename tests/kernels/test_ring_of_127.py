"""Rings of 2^n - 1 slots, as in lguest on the day of the RFC: sound until indices wrap."""

import pytest

from bench.ring.oracle import RingError
from strategies import Strategy, every
from tests.kernels.lockstep import Lockstep
from tests.kernels.rig import is_layout, kernels_of
from workloads import Direction, blk

LAYOUTS = [s for s in every() if is_layout(s) and s.form != "mask" and not s.axes]
NUM = 127
COUNTERS = 2**16
by_label = pytest.mark.parametrize("strategy", LAYOUTS, ids=lambda strategy: strategy.label)
READ = blk.request(Direction.IN, blk.pages(1))


def turn_round(queue: Lockstep, requests: int) -> None:
    """Add requests, publish them together, and get them back."""
    for _ in range(requests):
        assert queue.add(READ) == 0
    queue.kick(notified=True)
    queue.get_all()


@by_label
def test_a_ring_of_127_works_while_its_indices_do_not_wrap(strategy: Strategy) -> None:
    """Requests go around the ring several times, across its end."""
    queue = Lockstep([kernels_of(strategy)], NUM)
    for _ in range(2 * NUM // 7 + 1):
        turn_round(queue, 7)


@by_label
def test_a_ring_of_127_breaks_when_its_indices_wrap(strategy: Strategy) -> None:
    """127 does not divide 65536: a request added at index 65536 is expected at index 0."""
    queue = Lockstep([kernels_of(strategy)], NUM, completed=COUNTERS - 3)
    with pytest.raises((AssertionError, RingError)):
        turn_round(queue, 7)


@by_label
def test_a_ring_of_128_does_not_break_there(strategy: Strategy) -> None:
    """The size breaks, not the test."""
    queue = Lockstep([kernels_of(strategy)], NUM + 1, completed=COUNTERS - 3)
    turn_round(queue, 7)
