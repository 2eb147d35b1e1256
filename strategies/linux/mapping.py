"""blk_rq_map_sg and skb_to_sgvec, the common part of every layout's ``map``.

Layouts differ in how they step to the next entry and in what they keep of an entry's old
``page_link``; both are parameters. Everything else, including the merge test, is here. No table is
zeroed here. Source: block/ll_rw_blk.c and net/core/skbuff.c at v2.6.24.
"""

from collections.abc import Callable
from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.structs import (
    GROUP,
    PAGE_OFFSET,
    REQUEST,
    SCATTERLIST,
    SEGMENT,
    STRUCT_PAGE_BYTES,
)
from strategies.linux.views import U32, U64, group_at, request_at, scatterlist, segment_at, u64_at
from strategies.linux.virtqueue import MEM_MAP, ONE, PFN_SHIFT, ZERO, page_to_pfn

SG_BYTES, GROUP_BYTES, SEGMENT_BYTES = map(
    U64, (SCATTERLIST.itemsize, GROUP.itemsize, SEGMENT.itemsize)
)
REQUEST_BYTES = U64(REQUEST.itemsize)
DIRECT_MAP, STRUCT_PAGE = U64(PAGE_OFFSET), U64(STRUCT_PAGE_BYTES)
IN_PAGE = U64(4095)
MAX_SEGMENT_SIZE = U64(65536)
SEGMENT_BOUNDARY = U64(0xFFFF_FFFF)
OUT = U32(0)


@inline
def first_group(request: Any) -> Any:
    """The address of a request's first group."""
    return request + REQUEST_BYTES


@inline
def first_segment(request: Any) -> Any:
    """The address of a request's first segment, after all groups."""
    return request + REQUEST_BYTES + request_at(request).groups * GROUP_BYTES


@inline
def hand_over(words: Any, first: Any, second: Any, third: Any) -> Any:
    """Write the three words that ``add_buf`` takes."""
    u64_at(words).value = first
    u64_at(words + U64(8)).value = second
    u64_at(words + U64(16)).value = third


def summed(number_of: Kernel) -> Kernel:
    """``total(request)`` for kernels: ``number_of(group)``, added up over a request's groups."""

    @inline
    def total(request: Any) -> Any:
        group, number = first_group(request), ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            number += number_of(group)
            group += GROUP_BYTES
        return number

    return total


@inline
def room_of(group: Any) -> Any:
    """The entries that a group has room for."""
    return U64(group_at(group).room)


@inline
def entries_at_most(group: Any) -> Any:
    """The entries that a group can take: segments that merge take none."""
    return min(U64(group_at(group).virtuals) + U64(group_at(group).pages), room_of(group))


rooms = summed(room_of)  # of all groups


@inline
def virt_to_page(address: Any) -> Any:
    """The struct page of an address in the direct mapping; kernel text is not handled."""
    return MEM_MAP + ((address - DIRECT_MAP) >> PFN_SHIFT) * STRUCT_PAGE


@inline
def same_run(segment: Any, previous: Any, length: Any) -> Any:
    """Whether blk_rq_map_sg merges ``segment`` into the entry that ends with ``previous``."""
    before = segment_at(previous)
    this = segment_at(segment)
    if length + U64(this.length) > MAX_SEGMENT_SIZE:
        return False
    start = (page_to_pfn(before.page) << PFN_SHIFT) + U64(before.offset)
    here = (page_to_pfn(this.page) << PFN_SHIFT) + U64(this.offset)
    if start + U64(before.length) != here:
        return False
    return (start | SEGMENT_BOUNDARY) == (here + U64(this.length) - ONE | SEGMENT_BOUNDARY)


def group_mapper(
    step: Callable[[Any], Any],
    set_page: Callable[[Any, Any], Any],
    entry: Callable[[Any], Any] = scatterlist,
) -> Any:
    """``map_group(group, segment, sg) -> (entries, last entry, next segment)`` for kernels.

    ``step(sg)`` is the next entry; ``set_page(sg, page)`` writes an entry's page; ``entry`` views
    it as a record with ``offset`` and ``length``, which need not be a scatterlist.
    """

    @inline
    def go_on(sg: Any, place: Any) -> Any:
        return step(sg), place

    map_pieces = piece_mapper(go_on, set_page, entry)

    @inline
    def map_group(group: Any, segment: Any, sg: Any) -> Any:
        entries, last, segment, _ = map_pieces(group, segment, sg, ZERO)
        return entries, last, segment

    return map_group


def piece_mapper(
    step: Callable[..., Any],
    set_page: Callable[[Any, Any], Any],
    entry: Callable[[Any], Any] = scatterlist,
) -> Any:
    """``map_pieces(group, segment, sg, place) -> (entries, last, next segment, place)``.

    Like ``group_mapper``, for lists whose steps need more state than the entry:
    ``step(sg, place) -> (sg, place)``.
    """

    @inline
    def map_pieces(group: Any, segment: Any, sg: Any, place: Any) -> Any:
        entries = ZERO
        last = sg
        end = segment + U64(group_at(group).virtuals) * SEGMENT_BYTES
        while segment < end:  # sg_set_buf
            if entries != ZERO:
                sg, place = step(sg, place)
            address = segment_at(segment).page
            set_page(sg, virt_to_page(address))
            entry(sg).offset = U32(address & IN_PAGE)
            entry(sg).length = segment_at(segment).length
            entries += ONE
            last = sg
            segment += SEGMENT_BYTES
        merge = group_at(group).merge
        start = segment
        end = segment + U64(group_at(group).pages) * SEGMENT_BYTES
        while segment < end:
            if (
                merge != ZERO
                and segment != start
                and same_run(segment, segment - SEGMENT_BYTES, U64(entry(sg).length))
            ):
                entry(sg).length += segment_at(segment).length
            else:
                if entries != ZERO:
                    sg, place = step(sg, place)
                set_page(sg, segment_at(segment).page)
                entry(sg).offset = segment_at(segment).offset
                entry(sg).length = segment_at(segment).length
                entries += ONE
                last = sg
            segment += SEGMENT_BYTES
        return entries, last, segment, place

    return map_pieces


@inline
def next_entry(sg: Any) -> Any:
    """``sg + 1``: the next entry of an array."""
    return sg + SG_BYTES


@inline
def assign_page(sg: Any, page: Any) -> Any:
    """Set the page of an entry whose low bits have no meaning in its layout."""
    scatterlist(sg).page_link = page


@inline
def assign_zeroed(sg: Any, page: Any) -> Any:
    """Zero an entry, as 2.6.23's blk_rq_map_sg did with each new one, and set its page."""
    scatterlist(sg).page_link = ZERO
    u64_at(sg + U64(8)).value = ZERO
    u64_at(sg + U64(16)).value = ZERO
    u64_at(sg + U64(24)).value = ZERO
    scatterlist(sg).page_link = page
