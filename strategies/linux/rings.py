"""Rings of arrays: their list heads, and lists of many small arrays.

The bodies of ``sg_ring_init`` and of the kernel's list functions follow the patch of November 2007
and include/linux/list.h.
"""

from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    assign_page,
    first_group,
    first_segment,
    hand_over,
    piece_mapper,
    room_of,
    summed,
)
from strategies.linux.structs import SG_RING
from strategies.linux.views import U32, U64, group_at, request_at, sg_ring
from strategies.linux.virtqueue import ONE, ZERO

RING_BYTES = U64(SG_RING.itemsize)


@inline
def sg_ring_init(ring: Any, room: Any) -> Any:
    """Make ``ring`` a ring of one array with room for ``room`` entries."""
    sg_ring(ring).next = ring
    sg_ring(ring).prev = ring
    sg_ring(ring).max = U32(room)


@inline
def list_add_tail(new: Any, head: Any) -> Any:
    """Insert ``new`` at the end of the ring that begins at ``head``."""
    before = sg_ring(head).prev
    sg_ring(head).prev = new
    sg_ring(new).next = head
    sg_ring(new).prev = before
    sg_ring(before).next = new


@inline
def list_add(new: Any, after: Any) -> Any:
    """Insert ``new`` after ``after``."""
    following = sg_ring(after).next
    sg_ring(following).prev = new
    sg_ring(new).next = following
    sg_ring(new).prev = after
    sg_ring(after).next = new


@inline
def joined(ring: Any, side: Any) -> Any:
    """Append ``ring`` to the ring of its direction; return that ring's first array."""
    if side == ZERO:
        return ring
    list_add_tail(ring, side)
    return side


def creator(entry_bytes: Any = SG_BYTES) -> Kernel:
    """The ``create`` of lists with an array per group, whose entries have so many bytes."""

    @inline
    def size_of(group: Any) -> Any:
        return RING_BYTES + room_of(group) * entry_bytes

    return preparing_nothing(size_of)


def preparing_nothing(size_of: Kernel) -> Kernel:
    """The ``create`` of lists that every request initialises: a group takes ``size_of(group)``."""
    total = summed(size_of)

    def create(list_memory: Any, request: Any) -> Any:
        return total(request)

    return create


def mapper(map_any: Kernel, entry_bytes: Any = SG_BYTES) -> Kernel:
    """The ``map`` that fills one array per group and joins the arrays of each direction."""

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        ring, out, in_ = list_memory, ZERO, ZERO
        group, segment = first_group(request), first_segment(request)
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            room = room_of(group)
            sg_ring_init(ring, room)
            entries, _, segment = map_any(group, segment, ring + RING_BYTES)
            sg_ring(ring).num = U32(entries)
            if group_at(group).direction == OUT:
                out = joined(ring, out)
            else:
                in_ = joined(ring, in_)
            ring += RING_BYTES + room * entry_bytes
            group += GROUP_BYTES
        hand_over(words, out, in_, ZERO)
        return 0

    return map_request


def in_pieces(most: int) -> tuple[Kernel, Kernel]:
    """``create`` and ``map`` with arrays of at most ``most`` entries, as many as a group needs.

    A group with less room has one array of its own size.
    """
    whole = U64(most)

    @inline
    def piece_of(group: Any) -> Any:
        return min(room_of(group), whole)

    @inline
    def size_of(group: Any) -> Any:
        piece = piece_of(group)
        return (room_of(group) + piece - ONE) // piece * (RING_BYTES + piece * SG_BYTES)

    @inline
    def step(sg: Any, ring: Any) -> Any:
        """Go to the next entry; if the array is full, to the first one of a new array."""
        following = sg + SG_BYTES
        if following == ring + RING_BYTES + U64(sg_ring(ring).max) * SG_BYTES:
            sg_ring(ring).num = sg_ring(ring).max
            sg_ring_init(following, sg_ring(ring).max)
            list_add(following, ring)
            return following + RING_BYTES, following
        return following, ring

    map_pieces = piece_mapper(step, assign_page)

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        """Join one array per group to those of its direction, and more as it fills up."""
        ring, out, in_ = list_memory, ZERO, ZERO
        group, segment = first_group(request), first_segment(request)
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            sg_ring_init(ring, piece_of(group))
            if group_at(group).direction == OUT:
                out = joined(ring, out)
            else:
                in_ = joined(ring, in_)
            _, sg, segment, ring = map_pieces(group, segment, ring + RING_BYTES, ring)
            sg_ring(ring).num = U32((sg - ring - RING_BYTES) // SG_BYTES + ONE)
            ring += RING_BYTES + U64(sg_ring(ring).max) * SG_BYTES
            group += GROUP_BYTES
        hand_over(words, out, in_, ZERO)
        return 0

    return preparing_nothing(size_of), map_request
