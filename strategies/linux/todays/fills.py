"""The other lists that rings of today are filled from: counted, chained, arrays, rings, none.

==================== =============================================================================
``counted``          the lists of ``linux.todays.lists``, and how many entries they have in all
``first-2``          block data in a first table of two slots, one a link, then in tables of 128
``first-128``        block data in tables of 128 slots throughout
``array``            one table of scatterlist entries for all groups, stepped with ``sg++``, counted
``array-16``         one table of entries of 16 bytes, address and length, likewise
``sg-ring``          an array a group, which knows its length; a ring out and a ring in
``sg-ring-16``       the same, of entries of 16 bytes
``rollback``         the lists of ``linux.todays.lists``, never counted: undone if too long
``sg-ring-rollback`` rings of arrays, likewise: the patch of November 2007 on a ring of today
``bio-vec``          no list: the request's own segments, merged while they are described
==================== =============================================================================

A table of k slots holds k entries if it is the last, else k - 1 and a link. As
``sg_alloc_table_chained`` does, ``map`` makes tables for as many entries as the data has segments,
zeroed, before it fills them; which are the last is known then.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from strategies import Kernel, Strategy
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    entries_at_most,
    first_group,
    first_segment,
    group_mapper,
    hand_over,
    room_of,
    rooms,
    summed,
)
from strategies.linux.rings import creator, mapper
from strategies.linux.scatterlist import leaving, sg_assign_page, sg_chain, sg_mark_end
from strategies.linux.table import create as create_table
from strategies.linux.table import map_group
from strategies.linux.table import map_request as map_table
from strategies.linux.todays.bio_vecs import runs
from strategies.linux.todays.lists import LISTS
from strategies.linux.todays.ring import (
    HALF,
    PHYS_VECS,
    SCATTERLISTS,
    RingParts,
    add_array,
    add_counted,
    phys_vec,
    sg_next,
)
from strategies.linux.todays.structs import PHYS_VEC
from strategies.linux.todays.walks import add_bio_vecs, add_rings, undone_lists, undone_rings
from strategies.linux.views import U32, U64, group_at, request_at, u64_at
from strategies.linux.virtqueue import ONE, PFN_SHIFT, ZERO, page_to_pfn
from strategies.linux.zeroing import by_stos

FIRST = (2, 128)  # slots of a first table: two inline ones of virtio-blk, or as all others
MOST = 128  # slots of a table out of a pool
VEC_BYTES = U64(PHYS_VEC.itemsize)
WORDS_SHIFT = U64(2)  # an entry has four words of 8 bytes

map_chain = group_mapper(leaving(sg_next), sg_assign_page)


def map_counted(list_memory: Any, request: Any, words: Any) -> Any:
    """Make the lists, and count their entries."""
    sg, out, in_, total = list_memory + LISTS, ZERO, ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        u64_at(list_memory + (out + in_) * U64(8)).value = sg
        entries, last, segment = map_group(group, segment, sg)
        sg_mark_end(last)
        total += entries
        sg += room_of(group) * SG_BYTES
        if group_at(group).direction == OUT:
            out += ONE
        else:
            in_ += ONE
        group += GROUP_BYTES
    hand_over(words, list_memory, total, (out & HALF) | (in_ << U64(32)))
    return 0


@inline
def slots_of_chain(slots: Any, entries: Any) -> Any:
    """How many slots a chain for so many entries takes, the first table having ``slots``."""
    taken = ZERO
    while entries > slots:
        taken += slots
        entries -= slots - ONE
        slots = U64(MOST)
    return taken + entries


def chained(first: int) -> tuple[Kernel, Kernel]:
    """``create`` and ``map`` of lists whose block data is a chain; others are one table."""
    slots_of_first = U64(first)

    @inline
    def slots_of(group: Any) -> Any:
        room = room_of(group)
        return slots_of_chain(slots_of_first, room) if group_at(group).merge != ZERO else room

    most_slots = summed(slots_of)

    def create(list_memory: Any, request: Any) -> Any:
        """Prepare nothing: tables are made for each request. Say how much room they may take."""
        return LISTS + most_slots(request) * SG_BYTES

    @inline
    def make_tables(table: Any, entries: Any) -> Any:
        """Zero and link tables for so many entries; return where what follows may lie."""
        slots = slots_of_first
        by_stos(table, slots_of_chain(slots, entries) << WORDS_SHIFT)
        while entries > slots:
            following = table + slots * SG_BYTES
            sg_chain(following - SG_BYTES, following)
            table = following
            entries -= slots - ONE
            slots = U64(MOST)
        return table + entries * SG_BYTES

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        """Make each group's tables and fill them, and count the lists of both directions."""
        sg, out, in_ = list_memory + LISTS, ZERO, ZERO
        group, segment = first_group(request), first_segment(request)
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            u64_at(list_memory + (out + in_) * U64(8)).value = sg
            if group_at(group).merge != ZERO:
                following = make_tables(sg, entries_at_most(group))
                _, last, segment = map_chain(group, segment, sg)
                sg = following
            else:
                _, last, segment = map_group(group, segment, sg)
                sg += room_of(group) * SG_BYTES
            sg_mark_end(last)
            if group_at(group).direction == OUT:
                out += ONE
            else:
                in_ += ONE
            group += GROUP_BYTES
        hand_over(words, list_memory, out, in_)
        return 0

    return create, map_request


@inline
def next_vec(entry: Any) -> Any:
    """The entry of 16 bytes behind it."""
    return entry + VEC_BYTES


@inline
def assign_phys(entry: Any, page: Any) -> Any:
    """Set the address of an entry of 16 bytes to that of its page."""
    phys_vec(entry).paddr = page_to_pfn(page) << PFN_SHIFT


map_vecs = group_mapper(next_vec, assign_phys, phys_vec)


def create_vecs(list_memory: Any, request: Any) -> Any:
    """Prepare nothing: an array is ready as it is, in half the memory of a scatterlist."""
    return rooms(request) * SG_BYTES // U64(2)


def map_into_vecs(list_memory: Any, request: Any, words: Any) -> Any:
    """Lay all groups into one table, add offsets to addresses, and count both directions."""
    entry, out, in_ = list_memory, ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entries, _, segment = map_vecs(group, segment, entry)
        if group_at(group).direction == OUT:
            out += entries
        else:
            in_ += entries
        while entries > ZERO:
            phys_vec(entry).paddr += U64(phys_vec(entry).offset)
            entry = next_vec(entry)
            entries -= ONE
        group += GROUP_BYTES
    hand_over(words, list_memory, out, in_)
    return 0


@inline
def emit_vec(q: Any, context: Any, entry: Any, address: Any, length: Any) -> Any:
    """Store a run in an entry of 16 bytes."""
    phys_vec(entry).paddr = address
    phys_vec(entry).length = U32(length)
    return next_vec(entry)


@inline
def count_run(q: Any, context: Any, total: Any, address: Any, length: Any) -> Any:
    """Count a run."""
    return total + ONE


each_to_vec, each_counted = runs(emit_vec), runs(count_run)


@inline
def runs_to_vecs(group: Any, segment: Any, entry: Any) -> Any:
    """Lay a group's runs into an array, as ``group_mapper`` does; no entry is named the last."""
    segment, end = each_to_vec(ZERO, ZERO, group, segment, entry)
    return (end - entry) // VEC_BYTES, end, segment


def create_nothing(list_memory: Any, request: Any) -> Any:
    """Prepare nothing, in the least memory there is."""
    return LISTS


def count_runs(list_memory: Any, request: Any, words: Any) -> Any:
    """Count a request's runs, as the block layer has before a driver sees it; make no list."""
    total, out = ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        segment, total = each_counted(ZERO, ZERO, group, segment, total)
        if group_at(group).direction == OUT:
            out += ONE
        group += GROUP_BYTES
    hand_over(words, request, total, out)
    return 0


def forms(plain: Strategy, ring: RingParts) -> Iterator[Strategy]:
    """The forms of a ring's strategy that are filled from other lists."""
    plain = replace(plain, other_list=True)
    yield replace(plain, form="counted", map=map_counted, add_buf=add_counted(ring))
    for first in FIRST:
        create_chain, map_into_chain = chained(first)
        yield replace(plain, form=f"first-{first}", create=create_chain, map=map_into_chain)
    array, vecs = add_array(ring, SCATTERLISTS), add_array(ring, PHYS_VECS)
    yield replace(plain, form="array", create=create_table, map=map_table, add_buf=array)
    yield replace(plain, form="array-16", create=create_vecs, map=map_into_vecs, add_buf=vecs)
    yield replace(plain, form="rollback", add_buf=undone_lists(ring))
    rings = replace(plain, create=creator(), map=mapper(map_group))
    yield replace(rings, form="sg-ring", add_buf=add_rings(ring, SCATTERLISTS))
    yield replace(rings, form="sg-ring-rollback", add_buf=undone_rings(ring, SCATTERLISTS))
    yield replace(
        plain,
        form="sg-ring-16",
        create=creator(VEC_BYTES),
        map=mapper(runs_to_vecs, VEC_BYTES),
        add_buf=add_rings(ring, PHYS_VECS),
    )
    yield replace(
        plain,
        form="bio-vec",
        create=create_nothing,
        map=count_runs,
        add_buf=add_bio_vecs(ring),
    )
