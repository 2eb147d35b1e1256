"""A packed virtqueue in memory, read by the specification's rules.

It is independent of every strategy: nothing here knows how a descriptor was made. Values are
little-endian. A place in the ring is a slot and a wrap counter, which is 1 at first and changes
whenever the ring wraps around.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from bench.ring.oracle import asked
from bench.ring.split_ring import Buffer, Memory, RingError, buffer_of
from workloads import Request

DESC = struct.Struct("<QIHH")  # struct pvirtq_desc: addr, len, id, flags
EVENT = struct.Struct("<HH")  # struct pvirtq_event_suppress: off_wrap, flags
F_NEXT, F_WRITE, F_INDIRECT, F_AVAIL, F_USED = 1, 2, 4, 1 << 7, 1 << 15
KNOWN = F_NEXT | F_WRITE | F_AVAIL | F_USED  # flags of a descriptor in the ring
NUM_MAX = 1 << 15  # the specification's largest queue; any smaller number is allowed


@dataclass(frozen=True)
class PackedRing:
    """The location of a packed virtqueue's descriptors."""

    memory: Memory
    num: int  # descriptors
    desc: int  # address
    tables: int | None = None  # to add to a table's address; None: no indirect descriptors


@dataclass(frozen=True)
class Place:
    """A slot, in a round with this wrap counter."""

    slot: int
    wrap: int

    def on(self, slots: int, num: int) -> "Place":
        """The place ``slots`` further."""
        rounds, slot = divmod(self.slot + slots, num)
        return Place(slot, self.wrap ^ (rounds & 1))

    def back(self, slots: int, num: int) -> "Place":
        """The place ``slots`` before."""
        rounds, slot = divmod(self.slot - slots, num)
        return Place(slot, self.wrap ^ (rounds & 1))


@dataclass(frozen=True)
class Available:
    """A buffer that the driver made available."""

    number: int  # its id
    segments: tuple[Buffer, ...]
    slots: int  # that it takes


START = Place(0, 1)


def available(ring: PackedRing, place: Place) -> Available | None:
    """The buffer that is available at a place, or None.

    Raises:
        RingError: its descriptors break a rule.
    """
    found: list[Buffer] = []
    flags, here, number = F_NEXT, place, 0
    while flags & F_NEXT:
        address, length, number, flags = _descriptor(ring, here.slot)
        if _bits(flags) != (here.wrap, here.wrap ^ 1):
            if not found:
                return None
            raise RingError(f"slot {here.slot}: not available, in a buffer from slot {place.slot}")
        where = f"buffer from slot {place.slot}, slot {here.slot}"
        if flags & F_INDIRECT and ring.tables is not None and not found and not flags & F_NEXT:
            content = ring.memory((ring.tables + address) % 2**64, length)
            return Available(number, tuple(_table(where, content)), 1)
        if len(found) == ring.num:
            raise RingError(f"{where}: more descriptors than the ring has")
        before = found[-1] if found else None
        found.append(buffer_of(where, address, length, flags, KNOWN, after=before))
        here = here.on(1, ring.num)
    if number >= ring.num:
        raise RingError(f"buffer from slot {place.slot}: id {number} is not below {ring.num}")
    return Available(number, tuple(found), len(found))


def used(ring: PackedRing, place: Place) -> tuple[int, int] | None:
    """The id and length of the buffer used at a place; None if there is none."""
    _, length, number, flags = _descriptor(ring, place.slot)
    return (number, length) if _bits(flags) == (place.wrap, place.wrap) else None


def check_available(
    ring: PackedRing, place: Place, requests: Sequence[Request], in_flight: Collection[int] = ()
) -> Place:
    """Raise unless ``requests``, in order, and no more are available from a place on.

    ``in_flight`` are ids of other buffers. Returns the place after the requests.
    """
    taken = set(in_flight)
    for number, request in enumerate(requests):
        buffer = available(ring, place)
        if buffer is None:
            raise RingError(f"request {number}: nothing is available at slot {place.slot}")
        if buffer.segments != asked(request):
            raise RingError(f"request {number}, slot {place.slot}: found {buffer.segments}")
        if buffer.number in taken:
            raise RingError(f"request {number}: id {buffer.number} is another buffer's")
        taken.add(buffer.number)
        place = place.on(buffer.slots, ring.num)
    if available(ring, place) is not None:
        raise RingError(f"a buffer that nobody asked for is available at slot {place.slot}")
    return place


def _table(where: str, content: bytes) -> Iterator[Buffer]:
    """The buffers of a table of indirect descriptors, side by side.

    Of their flags WRITE alone has a meaning.

    Raises:
        RingError: it breaks a rule.
    """
    if not content or len(content) % DESC.size:
        raise RingError(f"{where}: a table of {len(content)} bytes")
    buffer: Buffer | None = None
    for number, (address, length, _, flags) in enumerate(DESC.iter_unpack(content)):
        at = f"{where}, entry {number} of its table"
        buffer = buffer_of(at, address, length, flags, F_WRITE, after=buffer)
        yield buffer


def _bits(flags: int) -> tuple[int, int]:
    return int(bool(flags & F_AVAIL)), int(bool(flags & F_USED))


def _descriptor(ring: PackedRing, slot: int) -> tuple[int, int, int, int]:
    content = ring.memory(ring.desc + slot * DESC.size, DESC.size)
    address, length, number, flags = DESC.unpack(content)
    return address, length, number, flags
