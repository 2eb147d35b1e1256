"""sg_ring: rings of arrays with their lengths, one ring out and one in.

Models the patch "[RFC PATCH 2/2] sg_ring instead of scatterlist chaining in virtio" (Rusty
Russell, 5 November 2007), with virtio_blk's three rings of header, data and status.

    list memory   { next prev num max | header } { next ... | data 0 ... } { next ... | status }
    add_buf       (vq, out ring or 0, in ring or 0, unused, token)

Every call builds an empty ring on the stack, which stands in for a missing direction. Space is
tested, and ``num_free`` stored, for every descriptor; an array's ``num`` is read at every entry.
On a full ring ``num_free`` is restored, but descriptors already written stay written, so a failed
add costs as much as fitted. The bodies of ``sg_ring_next`` and ``sg_init_single`` were not
published in full; they follow from their uses (one wraps around; the other sets list, max, num and
entry 0).

What you should observe: a constant cost of the empty ring and the list heads, most visible in short
requests, and a few percent per descriptor; more where the compiler makes ``add_desc`` a call.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from strategies import Strategy
from strategies.compile.codegen import inline, outofline
from strategies.linux.mapping import (
    SG_BYTES,
    assign_page,
    assign_zeroed,
    group_mapper,
    next_entry,
)
from strategies.linux.prepared_table import asked_here
from strategies.linux.rings import RING_BYTES, creator, in_pieces, mapper, sg_ring_init
from strategies.linux.small_tables import AXIS, EXPERIMENT, SIZES
from strategies.linux.structs import BUG, ENOSPC, SG_RING
from strategies.linux.views import (
    U16,
    U32,
    U64,
    group_at,
    on_stack,
    sg_ring,
    unlikely,
    virtqueue,
    vring_desc,
)
from strategies.linux.virtqueue import (
    OUTGOING,
    WRITE,
    ZERO,
    desc_at,
    fill_desc,
    publish,
    publish_by_mask,
)

I32 = np.int32
FULL = I32(ENOSPC)  # the patch's int i: negative if the ring was full

empty_ring = on_stack(SG_RING)
map_group = group_mapper(next_entry, assign_page)
map_zeroed = group_mapper(next_entry, assign_zeroed)


@inline
def map_as_rfc(group: Any, segment: Any, sg: Any) -> Any:
    """Map as the patch's base did: zero each entry of block data, and the one sg_init_one sets.

    That is the first entry of an array with a header or a status.
    """
    if group_at(group).merge != ZERO:
        return map_zeroed(group, segment, sg)
    assign_zeroed(sg, ZERO)
    return map_group(group, segment, sg)


def add_desc(vq_address: Any, i: Any, sg: Any, flags: Any) -> Any:
    """Fill descriptor ``i``; return the next free one, or FULL."""
    vq = virtqueue(vq_address)
    if vq.num_free == U32(0):
        return FULL
    fill_desc(vq, U64(i), sg, U16(flags))
    vq.num_free -= U32(1)
    return I32(vring_desc(desc_at(vq, U64(i))).next)


def ring_layer(add_one: Callable[..., Any]) -> Callable[..., Any]:
    """A ``lay_out`` that passes every entry of a ring to ``add_one``, array by array."""

    @inline
    def lay_out(vq_address: Any, i: Any, previous: Any, start: Any, flags: Any) -> Any:
        ring = start
        while True:
            j = U32(0)
            while j < sg_ring(ring).num:
                previous = U32(i)
                i = add_one(vq_address, previous, ring + RING_BYTES + U64(j) * SG_BYTES, flags)
                if unlikely(U64(i < I32(0))):
                    return i, previous
                j = U32(j + U32(1))
            ring = sg_ring(ring).next
            if ring == start:
                return i, previous

    return lay_out


def ring_walk(
    add_one: Callable[..., Any], publish: Callable[..., Any] = publish
) -> Callable[..., Any]:
    """The ``add_buf`` that publishes the out ring, then the in ring."""
    lay_out = ring_layer(add_one)

    def add_buf(vq_address: Any, out: Any, in_: Any, _unused: Any, token: Any) -> Any:
        vq = virtqueue(vq_address)
        if unlikely(U64(token == ZERO)):
            return BUG
        empty = empty_ring()
        sg_ring_init(empty, ZERO)
        sg_ring(empty).num = U32(0)
        if out == ZERO:
            out = empty
        if in_ == ZERO:
            in_ = empty
        if unlikely(U64(sg_ring(in_).num == U32(0) and sg_ring(out).num == U32(0))):
            return BUG
        head = vq.free_head
        free = vq.num_free
        i, previous = lay_out(vq_address, I32(head), head, out, OUTGOING)
        if i >= I32(0):
            i, previous = lay_out(vq_address, i, previous, in_, WRITE)
        if i < I32(0):
            vq.num_free = free
            return np.int64(i)
        publish(vq_address, U64(head), U64(previous), U64(U32(i)), token)
        return 0

    return add_buf


def add_desc_in_words(vq_address: Any, i: Any, sg: Any, flags: Any) -> Any:
    """``add_desc`` with arguments and result of 64 bits."""
    return U64(U32(add_desc_inlined(vq_address, U32(i), sg, flags)))


@inline
def add_desc_by_call(vq_address: Any, i: Any, sg: Any, flags: Any) -> Any:
    """Call ``add_desc``, a static function with two callers."""
    return I32(add_desc_called((vq_address, U64(i), sg, U64(flags))))


add_desc_inlined = inline(add_desc)
add_desc_called = outofline(add_desc_in_words, 4)
add_buf = ring_walk(add_desc_inlined)
add_by_mask = ring_walk(add_desc_inlined, publish_by_mask)
create, map_request = creator(), mapper(map_group)

STRATEGIES = (
    Strategy("sg_ring", create, map_request, add_buf),
    asked_here(Strategy("sg_ring", create, mapper(map_as_rfc), add_buf, form="rfc")),
    Strategy("sg_ring", create, map_request, ring_walk(add_desc_by_call), form="outofline"),
    Strategy("sg_ring", create, map_request, add_by_mask, form="mask", only="ring-size"),
    *(
        Strategy("sg_ring", *in_pieces(size), add_buf, only=EXPERIMENT, axes=((AXIS, str(size)),))
        for size in SIZES
    ),
)
