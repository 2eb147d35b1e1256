"""The checks that every layout must pass; each of them also kills mutants.

A check takes kernels and raises.
"""

from collections.abc import Callable

from bench.ring import oracle
from bench.worker.memory import PAGE
from strategies.linux.structs import BUG, ENOSPC
from tests.kernels.lockstep import Lockstep
from tests.kernels.rig import Kernels, Rig
from workloads import Direction, Group, Request, Segment, blk, console, net

Check = Callable[[Kernels], None]

OUT, IN = Direction.OUT, Direction.IN
LENGTHS = (1, 2, 16, 125, 126, 127, 128)  # around a table of 128 slots, one of them a link


def read(count: int) -> Request:
    """A block request of ``count + 2`` descriptors."""
    return blk.request(IN, blk.pages(count))


def write(count: int) -> Request:
    """A block request with outgoing data."""
    return blk.request(OUT, blk.pages(count))


LINE = console.buffer(OUT, 16)  # one descriptor
SAMPLES = (
    *(make(count) for count in LENGTHS for make in (read, write)),
    *(net.packet(way, 66, frags) for frags in (0, 1, 18) for way in (OUT, IN)),
    LINE,
    console.buffer(IN, PAGE),
)


def check_a_request_reads_back(kernels: Kernels) -> None:
    """The oracle reads the request, with new list memory.

    No head is 0, which a ring's memory holds from the first.
    """
    for request in SAMPLES:
        queue = Lockstep([kernels], order=range(255, -1, -1))
        queue.add(request)
        queue.kick()


def check_a_list_is_used_again(kernels: Kernels) -> None:
    """No end mark, link or list head of an earlier request affects a later one."""
    queue = Lockstep([kernels])
    lengths = (128, 1, 128, 127, 128, 126, 127, 1, 2, 1, 128)
    blocks = (make(count) for count in lengths for make in (read, write))
    packets = (net.packet(OUT, 66, frags) for frags in (18, 0, 18, 3, 2, 18))
    for request in (*blocks, *packets):
        queue.add(request)
        queue.kick(notified=True)
        queue.get_all()
    queue = Lockstep([kernels], num=512)
    for count in (300, 1, 128, 300, 127, 254, 255, 300):  # the last group in several tables
        queue.add(Request((Group(OUT, blk.pages(count), room=300),)))
        queue.kick(notified=True)
        queue.get_all()


def check_groups_of_any_length(kernels: Kernels) -> None:
    """A group can fill its room to the last entry, in any number of tables."""
    head, tail = Segment(1, 0, 8, virtual=True), Segment(2, 0, 8, virtual=True)
    for room in (1, 2, 126, 127, 128, 129, 253, 254, 255, 256, 300):
        queue = Lockstep([kernels], num=512)
        for count in (room, 1, max(room - 1, 1), room):
            data = Group(IN, blk.pages(count), room)
            queue.add(Request((Group(OUT, (head,), 1), data, Group(IN, (tail,), 1))))
            queue.kick(notified=True)
            queue.get_all()


def check_offsets_and_lengths_are_kept(kernels: Kernels) -> None:
    """Each descriptor has its own page, offset and length, to the last bit."""
    segments = (Segment(1, 4095, 1), Segment(2**38, 1, 4095), Segment(7, 512, 65536))
    queue = Lockstep([kernels])
    queue.add(blk.request(IN, segments), console.buffer(IN, 2**32 - 1))
    virtual = (Segment(0x701, 4095, 8, virtual=True), Segment(2**34 - 1, 1, 1, virtual=True))
    queue.add(Request((Group(OUT, virtual, room=2),)))
    queue.kick()


def check_neighbours_merge(kernels: Kernels) -> None:
    """Segments that touch become one entry, up to 64 KiB and not across 4 GiB."""
    window = 0x10_0000  # pages in 4 GiB
    run = tuple(Segment(0x2000 + index, 0, PAGE) for index in range(17))
    for segments, entries in (
        (run[:2], 1),
        (run[:16], 1),
        (run, 2),
        ((*run[:15], Segment(run[15].page, 0, PAGE - 1), Segment(run[15].page, PAGE - 1, 1)), 1),
        ((*run[:15], Segment(run[15].page, 0, PAGE + 1)), 2),
        ((Segment(9, 0, 512), Segment(9, 512, 512), Segment(9, 1536, 512)), 2),
        ((Segment(9, 512, 512), Segment(9, 0, 512)), 2),
        ((Segment(9, 0, 4095), Segment(10, 0, PAGE)), 2),
        ((Segment(window - 2, 0, PAGE), Segment(window - 1, 0, PAGE)), 1),
        ((Segment(window - 1, 0, PAGE), Segment(window, 0, PAGE)), 2),
        (blk.neighbours(128), 128),
    ):
        request = blk.request(IN, segments)
        assert len(oracle.asked(request)) == entries + 2
        queue = Lockstep([kernels])
        queue.add(request)
        queue.kick()
    queue = Lockstep([kernels])
    queue.add(Request((Group(IN, run, room=len(run)),)))  # a group that asks for no merging
    queue.kick()


def check_a_full_ring_refuses(kernels: Kernels) -> None:
    """A request that does not fit, even if most of it would, changes nothing."""
    for taken in range(1, 9):
        queue = Lockstep([kernels], num=8)
        queue.add(*[LINE] * taken)
        for request in (read(6), write(6), net.packet(IN, 66, 6)):
            assert queue.add(request) == ENOSPC
        queue.add(*[LINE] * (8 - taken), LINE)
        queue.kick(notified=True)
        queue.get_all()
        assert queue.add(read(6)) == 0
        queue.kick()


def check_who_counts_first_touches_nothing(kernels: Kernels) -> None:
    """If the length is known before the walk, a failed add writes no byte of ring or queue."""
    queue = Lockstep([kernels], num=8)
    (rig,) = queue.rigs
    counts = rig.add(read(7), token=1) == BUG
    queue.add(*[LINE] * 5)
    before = rig.memory()
    assert queue.add(read(2)) == ENOSPC
    assert not counts or rig.memory() == before


def check_the_last_descriptor_can_be_had(kernels: Kernels) -> None:
    """A request of as many descriptors as are free is accepted; one more is not."""
    queue = Lockstep([kernels], num=8)
    for request in (read(6), write(6), net.packet(OUT, 66, 6)):
        assert queue.add(request) == 0
        assert queue.add(LINE) == ENOSPC
        queue.kick(notified=True)
        assert queue.get() is not None
    assert queue.add(*[LINE] * 8) == 0
    assert queue.add(LINE) == ENOSPC


def check_avail_slots_follow_each_other(kernels: Kernels) -> None:
    """Requests added before one kick take consecutive slots, lap after lap."""
    queue = Lockstep([kernels], num=4)
    for batch in (1, 3, 2, 4, 3, 1, 4):
        queue.add(*[LINE] * batch)
        queue.kick(notified=True)
        queue.get_all()


def check_counters_wrap(kernels: Kernels) -> None:
    """Number 0 follows number 65535, in avail ring, used ring and driver."""
    for completed in (65535, 65534, 65530):
        queue = Lockstep([kernels], num=8, completed=completed)
        for _ in range(4):
            queue.add(LINE, net.packet(OUT, 66, 1), LINE)
            queue.kick(notified=True)
            queue.get_all()
        queue.add(LINE, LINE)
        queue.kick()
        queue.complete(1, 0)
        queue.get_all()


def check_a_kick_notifies_unless_told_not_to(kernels: Kernels) -> None:
    """The device runs within the kick, or only later if it set NO_NOTIFY."""
    queue = Lockstep([kernels], num=8)
    queue.add(LINE)
    queue.kick(notified=False)
    assert queue.get() is None
    queue.serve()
    assert queue.get() is not None
    queue.add(LINE, read(1))
    queue.kick(notified=True)
    queue.get_all()
    queue.kick(notified=False)  # nothing was added: nothing is shown


def check_chains_come_back_in_any_order(kernels: Kernels) -> None:
    """The chain freed last is allocated first, with its links and count."""
    queue = Lockstep([kernels], num=16)
    queue.add(read(2), read(1), LINE, read(3), read(1))
    queue.kick()
    queue.complete(2, 0, 1)
    queue.get_all()
    queue.add(read(2), net.packet(OUT, 66, 2))
    queue.kick()
    queue.complete(3, 1, 0, 0)
    queue.get_all()
    assert queue.model.num_free == 16
    queue.add(read(14))
    queue.kick()


def check_any_free_list_is_walked(kernels: Kernels) -> None:
    """Descriptors are taken in the order of their links, wherever they are."""
    order = [5 * step % 16 for step in range(16)]
    queue = Lockstep([kernels], num=16, order=order)
    queue.add(read(3), write(5), net.packet(IN, 66, 1))
    queue.kick()


def check_lengths_are_reported(kernels: Kernels) -> None:
    """``get_buf`` returns the length that the device reports."""
    queue = Lockstep([kernels])
    queue.add(read(3), write(3), net.packet(IN, 1514), LINE)
    queue.kick(notified=True)
    queue.get_all()
    queue.add(LINE, read(1))
    queue.kick()
    queue.complete(1, 0, written=13)
    queue.get_all()


def check_a_bad_used_id_breaks_the_queue(kernels: Kernels) -> None:
    """An id out of range, of a free descriptor or from inside a chain is refused."""
    queue = Lockstep([kernels], num=8)
    queue.add(read(1), LINE)
    queue.kick()
    for head in (8, 9, 2**16, 2**31, 2**32 - 1, 1, 2, 4, 7):
        queue.refuse_used(head)
    queue.complete(1, 0)
    queue.get_all()
    queue.refuse_used(0)


def check_what_bug_on_forbids_is_refused(kernels: Kernels) -> None:
    """No token, no entries, or more than the ring has: a status, and nothing is written."""
    rig = Rig(kernels, 8)
    words = rig.map(read(1))
    before = rig.memory()
    assert rig.call("add_buf", rig.vq, *words, 0) == BUG
    assert rig.call("add_buf", rig.vq, 0, 0, 0, 1) == BUG
    assert rig.memory() == before
    queue = Lockstep([kernels], num=8)
    queue.add(read(7))
    queue.add(LINE, read(128))
    queue.add(read(5))
    queue.kick()


def check_a_list_ends_where_its_request_does(kernels: Kernels) -> None:
    """``sg_next`` visits every entry and then returns 0: it stops only at the end mark."""
    rig = Rig(kernels, 256)
    packets = (net.packet(OUT, 66, frags) for frags in (18, 0, 3, 18))
    for request in (read(128), read(1), write(127), read(128), read(126), LINE, *packets):
        sg, out, into = rig.map(request)
        count = len(oracle.asked(request))
        assert out + into == count
        for step in range(count):
            assert sg, f"the list ends after {step} entries of {count}"
            sg = rig.call("sg_next", sg)
        assert sg == 0, f"the list goes on behind its {count} entries"


def check_a_broken_queue_stays_broken(kernels: Kernels) -> None:
    """After a bad id, nothing is accepted any more."""
    queue = Lockstep([kernels], num=8)
    queue.add(LINE, LINE)
    queue.kick()
    (rig,) = queue.rigs
    for head in (7, 0, 1):
        rig.complete(head, 0)
    rig.get()
    rig.queue["last_used_idx"] += 1  # even where somebody steps over the bad entry
    assert rig.get()[0] == 0
    assert rig.queue["broken"] == 1


def check_three_groups_of_a_direction(kernels: Kernels) -> None:
    """Groups keep their order and direction, also where more than two go the same way."""
    queue = Lockstep([kernels])
    for way in (OUT, IN):
        groups = tuple(Group(way, (Segment(page, 0, 8),), room=1) for page in (1, 3, 5, 7))
        queue.add(Request(groups))
        queue.kick()


def applies(check: Check, kernels: Kernels) -> bool:
    """Whether the check applies to a layout: only some lists have an end mark."""
    return check is not check_a_list_ends_where_its_request_does or "sg_next" in kernels.functions


CHECKS: tuple[Check, ...] = tuple(
    value for name, value in sorted(globals().items()) if name.startswith("check_")
)
