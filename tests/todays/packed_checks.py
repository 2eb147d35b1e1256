"""What the packed ring of today must do, check by check."""

from bench.ring.packed_ring import Place
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.todays.structs import EIO, EVENT_DESC, EVENT_DISABLE
from tests.kernels.checks import LINE, SAMPLES, read, write
from tests.todays.packed_lockstep import PackedLockstep
from tests.todays.rig import Subject, stepping
from workloads import Direction, Group, Request, Segment, net

OUT, IN = Direction.OUT, Direction.IN
PLACES = (Place(0, 1), Place(0, 0), Place(5, 1), Place(7, 0))  # of a ring of eight or more


def check_packed_reads_back(subject: Subject) -> None:
    """What the oracle reads is what was asked, wherever it begins, and no more is available."""
    for request in SAMPLES:
        for place in (Place(0, 1), Place(200, 0)):
            queue = PackedLockstep(subject, start=place)
            queue.add(request)


def check_packed_wraps(subject: Subject) -> None:
    """Rings of any size begin anew with other flags, within a buffer and between two."""
    for num in (3, 4, 5, 7, 8):
        queue = PackedLockstep(subject, num)
        queue.rig.answers = True
        for count in (1, 2, 3, 1, 3, 3, 2, 2, 1, 3):
            queue.add(net.packet(OUT, 66, count - 2) if count > 1 else LINE)
            queue.kick()
            assert queue.get_all() == 1


def check_packed_fills_and_refuses(subject: Subject) -> None:
    """A request that does not fit leaves all as it was, untold; the last slot can be had."""
    for place in PLACES:
        for taken in range(1, 9):
            queue = PackedLockstep(subject, 8, place)
            queue.add(*[LINE] * taken)
            for request in (read(6), write(7), read(8)):
                assert queue.add(request) == ENOSPC
            queue.add(*[LINE] * (8 - taken), LINE)
            queue.serve()
            assert queue.get_all() == 8
            assert queue.add(read(6)) == 0
            assert queue.add(LINE) == ENOSPC


def check_packed_completes_in_any_order(subject: Subject) -> None:
    """Ids freed last are given out first, in their order; slots go on as ever."""
    queue = PackedLockstep(subject, 16)
    for _ in range(5):
        queue.add(read(2), read(1), LINE, read(3), read(1))
        queue.complete(2, 0, 1)
        assert queue.get_all() == 3
        queue.add(read(2), net.packet(OUT, 66, 2))
        queue.complete(3, 1, 0, 0)
        assert queue.get_all() == 4
        assert queue.model.num_free == 16
    queue.add(read(14))


def check_packed_groups_keep_their_order(subject: Subject) -> None:
    """Lists of both directions, more than two of each, are filled in order."""
    for ways in ((OUT,) * 4, (IN,) * 4, (OUT, OUT, IN, IN), (OUT, IN, IN, IN)):
        groups = tuple(
            Group(way, (Segment(page, 8, 8), Segment(page + 9, 0, 16)), room=2)
            for page, way in enumerate(ways, 1)
        )
        PackedLockstep(subject).add(Request(groups))


def check_packed_shows_a_buffer_whole_or_not_at_all(subject: Subject) -> None:
    """Between any two instructions of ``add`` a device finds all of a buffer, or nothing."""
    for start, request in ((Place(0, 1), read(3)), (Place(6, 0), net.packet(OUT, 66, 2))):
        queue = PackedLockstep(subject, 8, start)
        queue.add(LINE)
        place, found = queue.place(), set()
        for _, memory in stepping(queue.rig, request):
            found.add(queue.shown(memory, place, request))
        assert found == {False, True}


def check_packed_bad_id_breaks_the_queue(subject: Subject) -> None:
    """An id out of range or that nobody has is not taken."""
    queue = PackedLockstep(subject, 8)
    queue.add(read(1), LINE)
    queue.rig.extra["addr"] = 7  # behind the states lies what might be taken for a token
    for number in (8, 9, 2**15, 2**16 - 1, 1, 2, 4, 7):
        queue.refuse_used(number)
    queue.rig.extra["addr"] = 0
    queue.complete(1, 0)
    assert queue.get_all() == 2


def check_packed_takes_nothing_once_broken(subject: Subject) -> None:
    """Neither does a broken queue add nor give."""
    queue = PackedLockstep(subject, 8)
    queue.add(LINE)
    queue.complete(0)
    queue.rig.queue["broken"] = 1
    before = queue.rig.memory()
    assert queue.rig.add(LINE, token=1) == EIO
    assert queue.rig.get()[0] == 0
    assert queue.rig.memory() == before


def check_packed_refuses_what_bug_on_forbids(subject: Subject) -> None:
    """No token and no entries: a status, and nothing is touched."""
    rig = PackedLockstep(subject, 8).rig
    words = rig.map(read(1))
    before = rig.memory()
    assert rig.call("add_buf", rig.vq, *words, 0) == BUG
    assert rig.call("add_buf", rig.vq, 0, 0, 0, 1) == BUG
    assert rig.memory() == before


def check_packed_lengths_are_reported(subject: Subject) -> None:
    """``get_buf`` tells what the device wrote: all incoming bytes, or what it says."""
    queue = PackedLockstep(subject)
    queue.add(read(3), write(3), net.packet(IN, 1514), LINE)
    queue.serve()
    assert queue.get_all() == 4
    queue.add(LINE, read(1))
    queue.complete(1, 0, written=13)
    assert queue.get_all() == 2


def check_packed_kick_asks_what_the_device_awaits(subject: Subject) -> None:
    """The place it waits for must be among the new descriptors; or it wants all, or none."""
    for start in PLACES:
        for batch in (0, 1, 3, 6):
            for awaited in range(-9, 9):
                queue = PackedLockstep(subject, 8, start)
                queue.await_request(0)
                queue.add(LINE, LINE)
                assert queue.kick()
                queue.await_request(awaited)
                for _ in range(batch):
                    queue.add(LINE)
                assert queue.kick() == (awaited in range(batch))
                assert not queue.kick()  # nothing was added since
    queue = PackedLockstep(subject, 8, event_idx=False)
    for silent in (True, False, True):
        queue.silence(silent=silent)
        queue.add(LINE)
        assert queue.kick() is not silent


def check_packed_device_answers_every_kick(subject: Subject) -> None:
    """A device that answers waits for what comes next, so each kick reaches it."""
    queue = PackedLockstep(subject, 16)
    queue.rig.answers = True
    for batch in (1, 2, 1, 4, 3, 16, 16, 5):
        queue.add(*[LINE] * batch)
        assert queue.kick()
        assert queue.get_all() == batch


def check_packed_says_what_it_awaits(subject: Subject) -> None:
    """Only while callbacks are on does ``get_buf`` say which completion it waits for."""
    queue = PackedLockstep(subject, 4, Place(2, 1))
    said = []
    for flags in (EVENT_DISABLE, EVENT_DESC, EVENT_DESC, EVENT_DISABLE):
        queue.rig.queue["event_flags_shadow"] = flags
        queue.add(LINE)
        queue.complete(0)
        queue.get()
        said.append(int(queue.rig.driver_event["off_wrap"]))
    assert said == [0, 0, 1, 1]  # behind slot 3 comes slot 0 with the other wrap counter
