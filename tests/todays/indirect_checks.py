"""What rings with tables must do besides, split and packed alike, check by check."""

from typing import Any

from strategies.linux.structs import ENOSPC
from tests.kernels.checks import LINE, SAMPLES, read, write
from tests.todays.indirect_lockstep import indirect, pool_of
from tests.todays.rig import Subject, stepping
from workloads import Direction, net

NEAR = (read(6), write(7), net.packet(Direction.IN, 66, 0))  # around eight segments, and one
STARTS = (0, 5)


def check_indirect_reads_back(subject: Subject) -> None:
    """What the oracle reads, in ring or table, is what was asked, as the policy has it."""
    for request in (*SAMPLES, *NEAR):
        indirect(subject, at=200).add(request)


def check_indirect_asks_its_policy_each_time(subject: Subject) -> None:
    """What is free when a request is added decides, not what was."""
    for start in STARTS:
        queue = indirect(subject, 32, start)
        queue.rig.answers = True
        for _ in range(3):
            queue.add(*[LINE] * 3, read(1), read(1), read(7), read(2), read(6))
            queue.kick()
            assert queue.get_all() == 8


def check_indirect_holds_a_request_a_descriptor(subject: Subject) -> None:
    """A ring takes requests while it has descriptors; one too many leaves all as it was."""
    for start in STARTS:
        queue = indirect(subject, 8, start)
        for _ in range(2):
            added = 0
            while queue.add(read(7)) == 0:
                added += 1
            assert added <= 8
            while queue.add(LINE) == 0:
                added += 1
            assert queue.add(LINE) == ENOSPC
            queue.serve()
            assert queue.get_all() == added


def check_indirect_gives_tables_back(subject: Subject) -> None:
    """However many requests there were, no more memory is taken than for those in flight."""
    queue = indirect(subject, 16, 3)
    queue.rig.answers = True
    before = None
    for _ in range(12):
        queue.add(read(2), read(8), write(9), read(2))
        queue.kick()
        assert queue.get_all() == 4
        taken = int(pool_of(queue.rig)["next"])
        assert before in {None, taken}, "more memory was taken for tables"
        before = taken


def check_indirect_completes_in_any_order(subject: Subject) -> None:
    """Tables are another request's as soon as they are free, and not before."""
    queue = indirect(subject, 64)
    for _ in range(3):
        queue.add(read(2), read(9), LINE, read(3), write(9))
        queue.complete(2, 0, 1)
        assert queue.get_all() == 3
        queue.add(read(2), write(9), net.packet(Direction.OUT, 66, 2))
        queue.complete(3, 1, 0, 0)
        assert queue.get_all() == 4
        queue.complete(0)
        assert queue.get_all() == 1
        assert queue.model.num_free == 64


def check_indirect_lengths_are_reported(subject: Subject) -> None:
    """A device that answers may write all that comes in, in ring and table."""
    queue = indirect(subject)
    queue.add(read(3), write(9), net.packet(Direction.IN, 1514), read(20), LINE)
    queue.serve()
    assert queue.get_all() == 5


def check_indirect_goes_directly_where_there_is_no_table(subject: Subject) -> None:
    """Where memory for tables is at its end, the ring's own descriptors do."""
    queue = indirect(subject, 32)
    pool = pool_of(queue.rig)
    if subject.form == "preallocated":
        return  # its tables are always there
    pool["next"], queue.model.empty = pool["end"], True
    queue.add(read(9), write(2), LINE)
    queue.serve()
    assert queue.get_all() == 3


def check_indirect_shows_it_whole_or_not_at_all(subject: Subject) -> None:
    """Between any two instructions of ``add`` a device finds all of a request, or nothing."""
    queue, request = indirect(subject, 8, 7), read(7)
    queue.add(LINE)
    place: Any = queue.place()
    found = set()
    for _, memory in stepping(queue.rig, request):
        found.add(queue.shown(memory, place, request))
    assert found <= {False, True}
    assert subject.form in {"threshold", "filled"} or found == {False, True}
