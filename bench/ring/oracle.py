"""The oracle: checks that ring memory describes the request; every kernel must pass.

It is written in plain Python from the virtio specification and the merging rules of
``blk_rq_map_sg`` of Linux 2.6.24, independently of the strategies. A check returns nothing or
raises ``RingError``.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import zip_longest

from bench.ring.split_ring import (
    COUNTERS,
    DESC,
    IDX,
    RING_AT,
    Buffer,
    Chain,
    Memory,
    Ring,
    RingError,
    avail_idx,
    chain,
    chains,
    free_list,
    in_flight,
    published,
    slots,
    used_entries,
    used_idx,
)
from workloads import PAGE_SIZE, Direction, Group, Request

__all__ = [  # users of the oracle import nothing else
    "Buffer",
    "Memory",
    "Ring",
    "RingError",
    "asked",
    "avail_idx",
    "check_counters",
    "check_free_list",
    "check_layout",
    "check_published",
    "check_used",
    "free_list",
    "in_flight",
    "published",
    "used_entries",
    "used_idx",
]

NUM_MAX = 1 << 15  # the specification's largest queue
MAX_SEGMENT_SIZE = 65536  # bytes, include/linux/blkdev.h
SEG_BOUNDARY_MASK = 0xFFFF_FFFF  # blk_queue_make_request's default: no entry crosses 4 GiB


def asked(request: Request) -> tuple[Buffer, ...]:
    """The buffers that ``request`` must be in the ring, with any layout."""
    return tuple(buffer for group in request.groups for buffer in _entries(group))


def check_layout(ring: Ring) -> None:
    """Raise unless the three parts lie where ``vring_init`` of Linux 2.6.24 puts them."""
    if not 1 <= ring.num <= NUM_MAX or ring.num & (ring.num - 1):
        raise RingError(f"num {ring.num} is not a power of 2 up to {NUM_MAX}")
    if ring.desc % PAGE_SIZE:
        raise RingError(f"desc {ring.desc:#x} is not at the start of a page")
    avail = ring.desc + ring.num * DESC.size
    if ring.avail != avail:
        raise RingError(f"avail: asked {avail:#x}, found {ring.avail:#x}")
    end = avail + RING_AT + ring.num * IDX.size
    used = -(-end // PAGE_SIZE) * PAGE_SIZE
    if ring.used != used:
        raise RingError(f"used: asked {used:#x}, found {ring.used:#x}")


def check_counters(ring: Ring, avail: int, used: int) -> None:
    """Raise unless ``avail`` entries were published and ``used`` completed, modulo 65536."""
    for name, want, got in (("avail", avail, avail_idx(ring)), ("used", used, used_idx(ring))):
        if want % COUNTERS != got:
            raise RingError(f"{name} idx: asked {want % COUNTERS}, found {got}")


def check_published(ring: Ring, first: int, last: int, requests: Sequence[Request]) -> None:
    """Raise unless avail entries ``first`` to ``last - 1`` are ``requests``, in order."""
    seen = chains(ring, first, last)
    if len(seen) != len(requests):
        raise RingError(f"avail ring: asked {len(requests)} requests, found {len(seen)}")
    for number, (request, (head, links)) in enumerate(zip(requests, seen, strict=True)):
        difference = _difference(asked(request), links)
        if difference:
            raise RingError(f"request {number}, head {head}, {difference}")


def check_free_list(ring: Ring, free_head: int, num_free: int, in_use: AbstractSet[int]) -> None:
    """Raise unless each descriptor is either on the free list, once, or ``in_use``."""
    free = free_list(ring, free_head, num_free)
    for step, index in enumerate(free):
        if index in in_use:
            raise RingError(f"free list, step {step}: descriptor {index} is in use")
    lost = sorted(set(range(ring.num)) - in_use - set(free))
    if lost:
        raise RingError(
            f"free list: {len(lost)} neither free nor in use, the first is descriptor {lost[0]}"
        )


def check_used(ring: Ring, first: int, last: int, heads: Iterable[int]) -> None:
    """Raise unless each used entry completes one of ``heads``, once and within its room.

    The chains are read again, so none of their descriptors may have been reallocated since.
    """
    waiting = set(heads)
    entries = zip(slots(ring, first, last), used_entries(ring, first, last), strict=True)
    for (number, slot), (head, length) in entries:
        where = f"used entry {number}, slot {slot}"
        if head not in waiting:
            raise RingError(f"{where}: id {head} is not the head of a chain in flight")
        waiting.remove(head)
        room = sum(buffer.length for _, buffer in chain(ring, head) if buffer.writable)
        if length > room:
            raise RingError(f"{where}: id {head} has {length} bytes written in a room of {room}")


def _entries(group: Group) -> list[Buffer]:
    """The segments of ``group``, merged as by the driver."""
    entries: list[Buffer] = []
    for segment in group.segments:
        address = segment.page * PAGE_SIZE + segment.offset
        entry = Buffer(address, segment.length, group.direction is Direction.IN)
        if group.merge and entries and _mergeable(entries[-1], entry):
            before = entries.pop()
            entry = Buffer(before.address, before.length + entry.length, entry.writable)
        entries.append(entry)
    return entries


def _mergeable(entry: Buffer, new: Buffer) -> bool:
    last_byte = new.address + new.length - 1
    return (
        entry.length + new.length <= MAX_SEGMENT_SIZE
        and entry.address + entry.length == new.address
        and entry.address | SEG_BOUNDARY_MASK == last_byte | SEG_BOUNDARY_MASK
    )


def _difference(wanted: tuple[Buffer, ...], links: Chain) -> str:
    """The first difference between ``links`` and ``wanted``; empty if there is none."""
    index = None
    for want, link in zip_longest(wanted, links):
        if link is None:
            return f"after descriptor {index}: asked {want}, found none"
        index, got = link
        if want != got:
            return f"descriptor {index}: asked {want or 'none'}, found {got}"
    return ""
