"""What rings in order must do besides, split and packed alike, check by check."""

from typing import Any

from bench.ring.split_ring import COUNTERS
from strategies.linux.structs import ENOSPC
from tests.kernels.checks import LINE, SAMPLES, read, write
from tests.todays.in_order_lockstep import PackedInOrderLockstep, in_order
from tests.todays.rig import Subject, stepping
from workloads import Direction, net

STARTS = (0, 5, COUNTERS - 3)


def check_in_order_reads_back(subject: Subject) -> None:
    """What the oracle reads is what was asked, wherever it begins."""
    for request in SAMPLES:
        for start in (0, 200):
            in_order(subject, at=start).add(request)


def check_in_order_goes_round(subject: Subject) -> None:
    """Descriptors are taken as they lie, round and round, whatever completes by the batch."""
    for start in STARTS:
        queue = in_order(subject, 8, start)
        queue.rig.answers = True
        for count in (1, 2, 3, 1, 3, 3, 2, 6, 1, 3):
            queue.add(read(count))
            queue.kick()
            assert queue.get_all() == 1


def check_in_order_takes_batches(subject: Subject) -> None:
    """One entry tells of many; of all but the last the length is what the device may write."""
    for start in STARTS:
        queue = in_order(subject, 32, start)
        for sizes in ((3, 2), (1, 2, 2), (4, 1), (5,)):
            queue.add(read(2), LINE, write(3), net.packet(Direction.IN, 66, 2), LINE)
            for size in sizes:
                queue.complete_batch(size, written=77)
            assert queue.get_all() == 5


def check_in_order_looks_at_no_ring_within_a_batch(subject: Subject) -> None:
    """While a batch is being taken nothing is read that tells of completions."""
    queue = in_order(subject, 16)
    queue.add(LINE, LINE, LINE)
    queue.complete_batch(3)
    assert queue.get() is not None
    with queue.unseen():
        assert queue.get() is not None
    assert queue.get_all() == 1


def check_in_order_fills_and_refuses(subject: Subject) -> None:
    """A request that does not fit leaves all as it was; the last descriptor can be had."""
    for start in STARTS:
        for taken in range(1, 9):
            queue = in_order(subject, 8, start)
            queue.add(*[LINE] * taken)
            assert queue.add(read(6)) == ENOSPC
            queue.add(*[LINE] * (8 - taken), LINE)
            queue.serve()
            assert queue.get_all() == 8
            assert queue.add(read(6)) == 0
            assert queue.add(LINE) == ENOSPC


def check_in_order_bad_id_breaks_the_queue(subject: Subject) -> None:
    """An id out of range is not taken, nor is one behind which nothing waits."""
    for number in (8, 2**15, 2**16 - 1, 5):
        queue = in_order(subject, 8)
        queue.add(LINE, LINE)
        rig = queue.rig
        if isinstance(queue, PackedInOrderLockstep):
            queue.rig.use(queue.model.served, number, 0)
        else:
            rig.complete(number, 0)
        got = [rig.get()[0] for _ in range(4)]
        assert sum(token != 0 for token in got) == (2 if number == 5 else 0)
        assert rig.queue["broken"] == 1


def check_in_order_shows_it_whole_or_not_at_all(subject: Subject) -> None:
    """Between any two instructions of ``add`` a device finds all of a request, or nothing."""
    queue, request = in_order(subject, 8, 6), read(3)
    queue.add(LINE)
    place: Any = queue.place()
    found = set()
    for _, memory in stepping(queue.rig, request):
        found.add(queue.shown(memory, place, request))
    assert found == {False, True}
