"""What the split ring of today must do, check by check: each holds every form and kills mutants.

A check takes a subject and raises.
"""

from collections.abc import Callable

from bench.ring.split_ring import COUNTERS
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.todays.structs import AVAIL_F_NO_INTERRUPT, EIO
from tests.kernels.checks import LINE, SAMPLES, read, write
from tests.todays.lockstep import SplitLockstep
from tests.todays.rig import Subject, stepping
from workloads import PAGE_SIZE, Direction, Group, Request, Segment, blk, net

Check = Callable[[Subject], None]
OUT, IN = Direction.OUT, Direction.IN
INCOMING = net.packet(IN, 66, 2)  # four descriptors, none of which goes out
KICKED = 0xFFFF  # requests that were not kicked, when add itself kicks


def check_split_reads_back(subject: Subject) -> None:
    """What the oracle reads is what was asked, at once; no head is 0, which memory holds first."""
    for request in SAMPLES:
        queue = SplitLockstep(subject, order=range(255, -1, -1))
        queue.add(request)


def check_split_lists_are_used_again(subject: Subject) -> None:
    """No end mark of an earlier request ends a later one."""
    queue = SplitLockstep(subject)
    queue.rig.answers = True
    for count in (128, 1, 128, 127, 2, 126, 1, 128):
        for make in (read, write):
            queue.add(make(count))
            queue.kick()
            assert queue.get_all() == 1


def check_split_neighbours_merge(subject: Subject) -> None:
    """Segments that touch become one, up to 64 KiB and not across 4 GiB, in their own group."""
    window = 0x10_0000  # pages in 4 GiB
    run = tuple(Segment(0x2000 + index, 0, PAGE_SIZE) for index in range(17))
    for segments in (
        *(run[:2], run[:16], run),
        (*run[:15], Segment(run[15].page, 0, PAGE_SIZE + 1)),
        (Segment(9, 0, 512), Segment(9, 512, 512), Segment(9, 1536, 512)),
        (Segment(9, 512, 512), Segment(9, 0, 512)),
        (Segment(window - 1, 0, PAGE_SIZE), Segment(window, 0, PAGE_SIZE)),
    ):
        SplitLockstep(subject).add(blk.request(IN, segments))
    SplitLockstep(subject).add(Request((Group(IN, run, room=len(run)),)))  # asks for no merging


def check_split_groups_keep_their_order(subject: Subject) -> None:
    """Lists of both directions, more than two of each, are filled in order."""
    for ways in ((OUT,) * 4, (IN,) * 4, (OUT, OUT, IN, IN), (OUT, IN, IN, IN)):
        groups = tuple(
            Group(way, (Segment(page, 8, 8), Segment(page + 9, 0, 16)), room=2)
            for page, way in enumerate(ways, 1)
        )
        queue = SplitLockstep(subject)
        queue.add(Request(groups))


def check_split_refuses_when_full(subject: Subject) -> None:
    """A request that does not fit leaves all as it was; one that goes out tells the device."""
    for taken in range(1, 9):
        queue = SplitLockstep(subject, num=8)
        queue.add(*[LINE] * taken)
        for request in (read(6), write(7), INCOMING if taken > 4 else read(8)):
            assert queue.add(request) == ENOSPC
        queue.add(*[LINE] * (8 - taken), LINE)
        queue.rig.answers = True
        assert queue.add(LINE) == ENOSPC  # the device was told, and served them
        assert queue.get_all() == 8
        assert queue.add(read(6)) == 0


def check_split_last_descriptor_can_be_had(subject: Subject) -> None:
    """A request of as many descriptors as are free is taken, and one more is not."""
    queue = SplitLockstep(subject, num=8)
    for request in (read(6), write(6), net.packet(OUT, 66, 6)):
        assert queue.add(request) == 0
        assert queue.add(INCOMING) == ENOSPC
        queue.serve()
        assert queue.get_all() == 1


def check_split_indices_wrap(subject: Subject) -> None:
    """Slots go round, and behind number 65535 comes number 0."""
    for completed in (0, COUNTERS - 1, COUNTERS - 2, COUNTERS - 7):
        queue = SplitLockstep(subject, num=8, completed=completed)
        queue.rig.answers = True
        for batch in (1, 3, 2, 4, 3):
            queue.add(*[LINE, INCOMING, LINE, LINE][:batch])
            queue.kick()
            assert queue.get_all() == batch


def check_split_completes_in_any_order(subject: Subject) -> None:
    """The chain freed last is given out first; links and counts are private."""
    queue = SplitLockstep(subject, num=16)
    queue.add(read(2), read(1), LINE, read(3), read(1))
    queue.complete(2, 0, 1)
    assert queue.get_all() == 3
    queue.add(read(2), net.packet(OUT, 66, 2))
    queue.complete(3, 1, 0, 0)
    assert queue.get_all() == 4
    assert queue.model.num_free == 16
    queue.add(read(14))


def check_split_walks_any_free_list(subject: Subject) -> None:
    """Descriptors are taken as the private links say, wherever they lie."""
    queue = SplitLockstep(subject, num=16, order=[5 * step % 16 for step in range(16)])
    queue.add(read(3), write(5), net.packet(IN, 66, 1))


def check_split_trusts_no_link_of_the_ring(subject: Subject) -> None:
    """Where a device overwrites links, addresses and lengths, the free list stands."""
    queue = SplitLockstep(subject, num=16)
    queue.add(read(3), LINE, read(2))
    ring = queue.rig.desc.copy()
    for name in ("addr", "len", "next"):
        queue.rig.desc[name] = 4  # the first chain's last, where a walk of the ring would end
    free = list(queue.model.free)
    for position in (2, 0, 0):
        queue.rig.complete(queue.model.complete(position, 5), 5)
        token, length = queue.rig.get()
        assert (token, length) == (queue.model.get(), 5)
    assert queue.model.free != free
    queue.rig.desc[:] = ring
    queue.hold()


def check_split_lengths_are_reported(subject: Subject) -> None:
    """``get_buf`` tells what the device wrote: all incoming bytes, or what it says."""
    queue = SplitLockstep(subject)
    queue.add(read(3), write(3), net.packet(IN, 1514), LINE)
    queue.serve()
    assert queue.get_all() == 4
    queue.add(LINE, read(1))
    queue.complete(1, 0, written=13)
    assert queue.get_all() == 2


def check_split_bad_used_id_breaks_the_queue(subject: Subject) -> None:
    """An id out of range, of a free descriptor or from inside a chain is not taken."""
    queue = SplitLockstep(subject, num=8)
    queue.add(read(1), LINE)
    for head in (8, 9, 2**16, 2**31, 2**32 - 1, 1, 2, 4, 7):
        queue.refuse_used(head)
    queue.complete(1, 0)
    assert queue.get_all() == 2
    queue.refuse_used(0)


def check_split_takes_nothing_once_broken(subject: Subject) -> None:
    """Neither does a broken queue add nor give."""
    queue = SplitLockstep(subject, num=8)
    queue.add(LINE)
    queue.complete(0)
    queue.rig.queue["broken"] = 1
    before = queue.rig.memory()
    assert queue.rig.add(LINE, token=1) == EIO
    assert queue.rig.get()[0] == 0
    assert queue.rig.memory() == before


def check_split_refuses_what_bug_on_forbids(subject: Subject) -> None:
    """No token and no entries: a status, and nothing is touched."""
    queue = SplitLockstep(subject, num=8)
    rig = queue.rig
    words = rig.map(read(1))
    before = rig.memory()
    assert rig.call("add_buf", rig.vq, *words, 0) == BUG
    assert rig.call("add_buf", rig.vq, 0, 0, 0, 1) == BUG
    assert rig.memory() == before


def check_split_kick_asks_what_the_device_awaits(subject: Subject) -> None:
    """With event idx the request that it waits for must be among the new ones; else its flag."""
    for completed in (0, COUNTERS - 3):
        for batch in (0, 1, 3):
            for awaited in range(-3, 6):
                queue = SplitLockstep(subject, num=8, completed=completed)
                queue.await_request(0)
                queue.add(LINE, LINE)
                assert queue.kick()
                queue.await_request(awaited)
                for _ in range(batch):
                    queue.add(LINE)
                assert queue.kick() == (0 <= awaited < batch)
                assert not queue.kick()  # nothing was added since
    queue = SplitLockstep(subject, num=8, event_idx=False)
    for silent in (True, False, True):
        queue.silence(silent=silent)
        queue.add(LINE)
        assert queue.kick() is not silent


def check_split_device_answers_every_kick(subject: Subject) -> None:
    """A device that answers waits for what comes next, so each kick reaches it."""
    queue = SplitLockstep(subject, num=16, completed=COUNTERS - 5)
    queue.rig.answers = True
    for batch in (1, 2, 1, 4, 3):
        queue.add(*[LINE] * batch)
        assert queue.kick()
        assert queue.get_all() == batch


def check_split_says_what_it_awaits(subject: Subject) -> None:
    """Only while callbacks are on does ``get_buf`` say which completion it waits for."""
    queue = SplitLockstep(subject, num=8, completed=COUNTERS - 2)
    for flags, said in ((AVAIL_F_NO_INTERRUPT, 0), (0, 0), (0, 1), (AVAIL_F_NO_INTERRUPT, 1)):
        queue.rig.queue["avail_flags_shadow"] = flags
        queue.add(LINE)
        queue.complete(0)
        queue.get()
        assert queue.rig.avail_ring[8] == said


def check_split_shows_a_request_whole_or_not_at_all(subject: Subject) -> None:
    """Between any two instructions of ``add`` a device finds all of a request, or nothing."""
    for completed, request in ((0, read(3)), (COUNTERS - 2, net.packet(OUT, 66, 2))):
        queue = SplitLockstep(subject, num=8, completed=completed)
        queue.add(LINE)
        place, found = queue.place(), set()
        for _, memory in stepping(queue.rig, request):
            found.add(queue.shown(memory, place, request))
        assert found == {False, True}


def check_split_kicks_before_counters_run_over(subject: Subject) -> None:
    """65,535 requests without a kick are kicked by add, or nobody could tell them from none."""
    queue = SplitLockstep(subject, num=8)
    queue.rig.queue["num_added"] = queue.model.added = KICKED - 2
    queue.add(LINE)
    assert queue.rig.notified == 0
    queue.await_request(0)
    assert queue.rig.add(LINE, token=1) == 0
    assert queue.rig.notified == 1
    assert queue.rig.queue["num_added"] == 0
