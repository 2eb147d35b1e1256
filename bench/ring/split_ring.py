"""A split virtqueue in memory, read by the rules of the specification (legacy layout).

Independent of all strategies. Values are little-endian.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DESC = struct.Struct("<QIHH")  # struct vring_desc: addr, len, flags, next
IDX = struct.Struct("<H")  # a counter, a flags word or a slot of the avail ring
USED_ELEM = struct.Struct("<II")  # struct vring_used_elem: id, len
IDX_AT, RING_AT = 2, 4  # in the avail and in the used ring: u16 flags, u16 idx, ring[num]
F_NEXT, F_WRITE, F_INDIRECT = 1, 2, 4  # VRING_DESC_F_NEXT and so on
END = 0  # next of the last free descriptor: never written, the ring starts zeroed
COUNTERS = 1 << 16  # avail and used idx run freely and wrap here

Memory = Callable[[int, int], bytes]  # address, size in bytes


class RingError(Exception):
    """What is wrong with a ring, and where, in one line."""


@dataclass(frozen=True)
class Ring:
    """A split virtqueue in memory."""

    memory: Memory
    num: int  # descriptors
    desc: int  # address of the descriptor table
    avail: int  # address of the avail ring
    used: int  # address of the used ring
    tables: int | None = None  # to add to a table's address; None: no indirect descriptors


@dataclass(frozen=True)
class Buffer:
    """One descriptor, as seen by the device."""

    address: int  # page frame number times the page size, plus the offset
    length: int  # bytes
    writable: bool  # by the device

    def __str__(self) -> str:
        return f"{'IN' if self.writable else 'OUT'} {self.length} bytes at {self.address:#x}"


Chain = tuple[tuple[int, Buffer], ...]  # index and content of each descriptor, in order


def avail_idx(ring: Ring) -> int:
    """The number of entries ever published, modulo ``COUNTERS``."""
    return _u16(ring, ring.avail + IDX_AT)


def used_idx(ring: Ring) -> int:
    """The number of entries ever completed, modulo ``COUNTERS``."""
    return _u16(ring, ring.used + IDX_AT)


def slots(ring: Ring, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Number and slot of each entry between two free-running counters."""
    count = (last - first) % COUNTERS
    if count > ring.num:
        raise RingError(f"entries {first} to {last}: {count} do not fit a ring of {ring.num}")
    for step in range(count):
        number = (first + step) % COUNTERS
        yield number, number % ring.num


def chain(ring: Ring, head: int) -> Chain:
    """The descriptors from ``head`` on; of a table, all of them as that one.

    Raises:
        RingError: the chain breaks a rule.
    """
    if head >= ring.num:
        raise RingError(f"head {head} is not below {ring.num}")
    address, length, flags, _ = _descriptor(ring, head)
    if ring.tables is not None and flags == F_INDIRECT:
        where, content = f"head {head}", ring.memory((ring.tables + address) % 2**64, length)
        return tuple((head, buffer) for buffer in _table(where, content))
    buffers: dict[int, Buffer] = {}
    buffer: Buffer | None = None
    index, flags = head, F_NEXT
    while flags & F_NEXT:
        where = f"head {head}, descriptor {index}"
        if index in buffers:
            raise RingError(f"{where}: loop, the chain was here before")
        address, length, flags, link = _descriptor(ring, index)
        buffer = buffer_of(where, address, length, flags, F_NEXT | F_WRITE, after=buffer)
        if flags & F_NEXT and link >= ring.num:
            raise RingError(f"{where}: next {link} is not below {ring.num}")
        buffers[index] = buffer
        index = link
    return tuple(buffers.items())


def chains(ring: Ring, first: int, last: int) -> tuple[tuple[int, Chain], ...]:
    """Head and descriptors of avail entries ``first`` to ``last - 1``, all in flight.

    Raises:
        RingError: a chain breaks a rule, or two share a descriptor.
    """
    known: list[tuple[int, Chain]] = []
    owner: dict[int, int] = {}  # descriptor: number of the avail entry that leads to it
    for number, slot in slots(ring, first, last):
        head = _u16(ring, ring.avail + RING_AT + slot * IDX.size)
        try:
            links = chain(ring, head)
        except RingError as error:
            raise RingError(f"avail entry {number}, slot {slot}: {error}") from None
        for index in dict(links):
            if index in owner:
                raise RingError(
                    f"avail entry {number}, slot {slot}: head {head}, descriptor {index}: "
                    f"shared with avail entry {owner[index]}"
                )
            owner[index] = number
        known.append((head, links))
    return tuple(known)


def published(ring: Ring, first: int, last: int) -> tuple[tuple[int, tuple[Buffer, ...]], ...]:
    """Head and buffers of each of ``chains``."""
    return tuple(
        (head, tuple(buffer for _, buffer in links)) for head, links in chains(ring, first, last)
    )


def in_flight(ring: Ring, first: int, last: int) -> frozenset[int]:
    """The indices of all descriptors of ``chains``."""
    return frozenset(index for _, links in chains(ring, first, last) for index, _ in links)


def free_list(ring: Ring, free_head: int, num_free: int) -> tuple[int, ...]:
    """The ``num_free`` descriptors that ``next`` leads to from ``free_head``.

    Raises:
        RingError: one is out of range or listed twice.
    """
    free: dict[int, None] = {}  # a set that keeps the order
    index = free_head
    for step in range(num_free):
        if index >= ring.num:
            raise RingError(f"free list, step {step}: descriptor {index} is not below {ring.num}")
        if index in free:
            raise RingError(f"free list, step {step}: descriptor {index} is listed twice")
        free[index] = None
        _, _, _, index = _descriptor(ring, index)
    return tuple(free)


def used_entries(ring: Ring, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Id and length in bytes of used entries ``first`` to ``last - 1``."""
    return tuple(_used_elem(ring, slot) for _, slot in slots(ring, first, last))


def buffer_of(  # noqa: PLR0913  the fields of a descriptor, and its rules
    where: str, address: int, length: int, flags: int, allowed: int, *, after: Buffer | None
) -> Buffer:
    """The buffer of a descriptor that comes ``after`` another one, if any does.

    Raises:
        RingError: it has other flags than ``allowed``, is readable after writable, or empty.
    """
    if flags & ~allowed:
        raise RingError(f"{where}: unknown flags {flags:#x}")
    if after is not None and after.writable and not flags & F_WRITE:
        raise RingError(f"{where}: readable after writable")
    if length == 0:
        raise RingError(f"{where}: zero length")
    return Buffer(address, length, bool(flags & F_WRITE))


def _table(where: str, content: bytes) -> Iterator[Buffer]:
    """The buffers of a table of indirect descriptors, linked from its first on.

    Raises:
        RingError: it breaks a rule.
    """
    count, rest = divmod(len(content), DESC.size)
    if rest:
        raise RingError(f"{where}: a table of {len(content)} bytes")
    index, flags, been = 0, F_NEXT, set[int]()
    buffer: Buffer | None = None
    while flags & F_NEXT:
        at = f"{where}, entry {index} of its table"
        if index >= count or index in been:
            raise RingError(f"{at}: beyond {count}, or once more")
        been.add(index)
        address, length, flags, link = DESC.unpack_from(content, index * DESC.size)
        buffer = buffer_of(at, address, length, flags, F_NEXT | F_WRITE, after=buffer)
        yield buffer
        index = link
    if len(been) != count:
        raise RingError(f"{where}: {len(been)} of {count} entries of its table are linked")


def _descriptor(ring: Ring, index: int) -> tuple[int, int, int, int]:
    content = ring.memory(ring.desc + index * DESC.size, DESC.size)
    address, length, flags, link = DESC.unpack(content)
    return address, length, flags, link


def _used_elem(ring: Ring, slot: int) -> tuple[int, int]:
    content = ring.memory(ring.used + RING_AT + slot * USED_ELEM.size, USED_ELEM.size)
    head, length = USED_ELEM.unpack(content)
    return head, length


def _u16(ring: Ring, address: int) -> int:
    (value,) = IDX.unpack(ring.memory(address, IDX.size))
    return int(value)
