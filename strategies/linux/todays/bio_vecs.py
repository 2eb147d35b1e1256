"""Segments as the block layer iterates them: runs of them that merge, one at a time, in no list.

What ``blk_rq_dma_map_iter_start`` and ``_next`` yield since 2025, without the DMA API: an address
and a length (``struct phys_vec``). A request's segments stand for its ``bio_vec``, as everywhere.
"""

from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    DIRECT_MAP,
    MAX_SEGMENT_SIZE,
    SEGMENT_BOUNDARY,
    SEGMENT_BYTES,
)
from strategies.linux.views import U64, group_at, segment_at
from strategies.linux.virtqueue import ONE, PFN_SHIFT, ZERO, page_to_pfn


@inline
def address_of(segment: Any) -> Any:
    """The physical address of a segment in a page."""
    return (page_to_pfn(segment_at(segment).page) << PFN_SHIFT) + U64(segment_at(segment).offset)


@inline
def merges(address: Any, length: Any, here: Any, more: Any) -> Any:
    """Whether ``more`` bytes at ``here`` continue ``length`` bytes at ``address``."""
    if length + more > MAX_SEGMENT_SIZE:
        return False
    if address + length != here:
        return False
    return (address | SEGMENT_BOUNDARY) == (here + more - ONE | SEGMENT_BOUNDARY)


def runs(emit: Kernel) -> Kernel:
    """The walk over a group's segments that hands each run of them to ``emit``.

    ``walk(q, context, group, segment, state) -> (next group's segment, state)``, and
    ``emit(q, context, state, address, length) -> state``; a run that has begun ends with the group.
    """

    @inline
    def walk(q: Any, context: Any, group: Any, segment: Any, state: Any) -> Any:
        end = segment + U64(group_at(group).virtuals) * SEGMENT_BYTES
        while segment < end:
            address = segment_at(segment).page - DIRECT_MAP
            state = emit(q, context, state, address, U64(segment_at(segment).length))
            segment += SEGMENT_BYTES
        merge = group_at(group).merge
        end = segment + U64(group_at(group).pages) * SEGMENT_BYTES
        if segment < end:
            address, length = address_of(segment), U64(segment_at(segment).length)
            segment += SEGMENT_BYTES
            while segment < end:
                here, more = address_of(segment), U64(segment_at(segment).length)
                if merge != ZERO and merges(address, length, here, more):
                    length += more
                else:
                    state = emit(q, context, state, address, length)
                    address, length = here, more
                segment += SEGMENT_BYTES
            state = emit(q, context, state, address, length)
        return segment, state

    return walk
