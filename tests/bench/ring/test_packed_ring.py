"""The packed oracle against rings made by hand: a right one passes, each fault is named."""

from collections.abc import Callable

import pytest

from bench.ring.packed_ring import (
    DESC,
    F_AVAIL,
    F_NEXT,
    F_USED,
    F_WRITE,
    START,
    PackedRing,
    Place,
    available,
    check_available,
    used,
)
from bench.ring.split_ring import RingError
from tests.kernels.checks import LINE
from workloads import Direction, Group, Request, Segment

NUM, AT = 5, 0x10000
ONE, TWO = {1: F_AVAIL, 0: F_USED}, F_AVAIL | F_USED  # by wrap counter: available
PAGES = tuple(Segment(page, 0, 512) for page in (3, 9))
READ = Request((Group(Direction.OUT, PAGES, room=2), Group(Direction.IN, (PAGES[1],), room=1)))
SLOT_3 = Place(3, 1)


class Bytes:
    """A ring of five in which READ, of id 2, begins in slot 3 and ends in slot 0."""

    def __init__(self) -> None:
        self.slots = [[0, 0, 0, 0] for _ in range(NUM)]
        self.slots[3] = [3 * 4096, 512, 2, ONE[1] | F_NEXT]
        self.slots[4] = [9 * 4096, 512, 2, ONE[1] | F_NEXT]
        self.slots[0] = [9 * 4096, 512, 2, ONE[0] | F_WRITE]
        self.slots[1] = self.slots[2] = [0, 0, 1, TWO]  # used in the round before
        self.ring = PackedRing(self.read, NUM, AT)

    def read(self, address: int, size: int) -> bytes:
        """Refuse what lies outside the ring: an oracle must not look there."""
        assert AT <= address <= AT + NUM * DESC.size - size
        text = b"".join(DESC.pack(*slot) for slot in self.slots)
        return text[address - AT : address - AT + size]


def test_a_right_buffer_is_read_over_the_rings_end() -> None:
    """Behind the last slot comes the first one, in a round with the other wrap counter."""
    memory = Bytes()
    assert check_available(memory.ring, SLOT_3, [READ]) == Place(1, 0)
    assert check_available(memory.ring, Place(1, 0), []) == Place(1, 0)


def test_places_go_round_both_ways() -> None:
    """So many slots on, or back, with the wrap counter of that round."""
    assert Place(4, 1).on(1, NUM) == Place(0, 0)
    assert Place(4, 1).on(6, NUM) == Place(0, 1)
    assert Place(0, 0).back(1, NUM) == Place(4, 1)
    assert START.on(NUM, NUM) == Place(0, 0)


def test_what_was_used_is_told_by_both_bits() -> None:
    """Id and length, if both bits are the wrap counter of that round."""
    memory = Bytes()
    memory.slots[3] = [7, 77, 2, TWO]
    assert used(memory.ring, SLOT_3) == (2, 77)
    assert used(memory.ring, Place(3, 0)) is None
    assert used(memory.ring, Place(4, 1)) is None
    assert available(memory.ring, SLOT_3) is None


def wrong(slot: int, field: int, value: int) -> Callable[[Bytes], None]:
    """What writes a value into a field: address, length, id, flags."""

    def edit(memory: Bytes) -> None:
        memory.slots[slot] = list(memory.slots[slot])
        memory.slots[slot][field] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (wrong(3, 3, TWO | F_NEXT), "request 0: nothing is available at slot 3"),
        (wrong(4, 3, ONE[0] | F_NEXT), "slot 4: not available, in a buffer from slot 3"),
        (wrong(0, 3, ONE[1] | F_WRITE), "slot 0: not available, in a buffer from slot 3"),
        (wrong(4, 3, ONE[1] | F_NEXT | 4), "slot 3, slot 4: unknown flags 0x85"),
        (wrong(3, 3, ONE[1] | F_NEXT | F_WRITE), "slot 4: readable after writable"),
        (wrong(4, 1, 0), "slot 3, slot 4: zero length"),
        (wrong(0, 2, NUM), f"buffer from slot 3: id {NUM} is not below {NUM}"),
        (wrong(4, 0, 8), "request 0, slot 3: found"),
        (wrong(0, 1, 511), "request 0, slot 3: found"),
        (wrong(1, 3, ONE[0]), "a buffer that nobody asked for is available at slot 1"),
    ],
)
def test_a_fault_is_named(edit: Callable[[Bytes], None], said: str) -> None:
    """Where it is and what it is, in one line."""
    memory = Bytes()
    edit(memory)
    if memory.slots[1][3] == ONE[0]:
        memory.slots[1][:2] = [1, 1]
    with pytest.raises(RingError, match=said):
        check_available(memory.ring, SLOT_3, [READ])


def test_an_id_of_another_buffer_is_refused() -> None:
    """As long as that is in flight."""
    with pytest.raises(RingError, match="request 0: id 2 is another buffer's"):
        check_available(Bytes().ring, SLOT_3, [READ], {2})


def test_a_buffer_longer_than_the_ring_ends() -> None:
    """NEXT all the way round is a loop, which the wrap counter tells."""
    memory = Bytes()
    for slot in range(NUM):
        memory.slots[slot] = [1, 1, 0, ONE[1] | F_NEXT]
    with pytest.raises(RingError, match="slot 0: not available"):
        check_available(memory.ring, START, [LINE])
