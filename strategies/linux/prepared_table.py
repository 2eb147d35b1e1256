"""One table that is prepared for every request, as drivers did before the RFC.

The preparation is a variable of its own, independent of the layout:

======== ==================================================================================
memset   zeroes the whole table: 131 entries in the block driver, 4192 bytes; the RFC's base
init     ``sg_init_table``: the same, and an end mark in the table's last entry; mainline
used     ``sg_init_table`` of as many entries as the request has
======== ==================================================================================

each with either of the kernel's two ways of zeroing. Three forms are complete states of 2007,
including blk_rq_map_sg, zeroed by ``rep stosq``:

``rfc-base``  the tree on which the RFC is based: the memset, then each new entry is zeroed
``mainline``  of 5 November and, for blk, v2.6.24: ``sg_init_table``, ``sg_next``, end marks
``v2.6.24``   net since 7 November: ``sg_init_table`` of 19 entries, end mark after the packet

(complete except for ``sg_init_one``, which also zeroed the 32 bytes of a net header's entry).
They are compared with form ``rfc`` of sg_ring: the patch's rings, mapped as its base mapped, with
each new entry of block data zeroed, and header and status set by ``sg_init_one``.

The size of the whole table is an axis of the experiment: 131 or 19 entries.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from strategies import Kernel, Strategy
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    SG_BYTES,
    assign_zeroed,
    entries_at_most,
    group_mapper,
    next_entry,
    rooms,
    summed,
)
from strategies.linux.scatterlist import follow, leaving, sg_assign_page, sg_mark_end, stepper
from strategies.linux.table import map_group, mapper
from strategies.linux.views import U64, group_at
from strategies.linux.virtqueue import ONE, ZERO
from strategies.linux.zeroing import by_mov, by_stos

EXPERIMENT = "table-init"
BLK, NET = 131, 19  # entries: virtio_blk's sg[3+MAX_PHYS_SEGMENTS], virtio_net's 1+MAX_SKB_FRAGS
PHASES = ("map", "cycle")  # add_buf is that of the unprepared table
WORDS_SHIFT = U64(2)  # an entry has four words of 8 bytes
ZEROING = {"stosq": by_stos, "movq": by_mov}

at_most = summed(entries_at_most)


def strategies(name: str, add_buf: Kernel) -> Iterator[Strategy]:
    """The forms of a layout of one table with this ``add_buf``."""
    chaining = group_mapper(leaving(inline(stepper(follow))), sg_assign_page)
    for way, zero in ZEROING.items():
        yield _form(name, add_buf, f"memset-{way}", BLK, _mapper(whole(BLK, zero), map_group))
        yield _form(name, add_buf, f"used-{way}", BLK, _mapper(used(zero), map_group))
        for entries in (BLK, NET):
            init = marked(whole(entries, zero), entries)
            yield _form(name, add_buf, f"init-{way}", entries, _mapper(init, map_group))
    before = data_apart(group_mapper(next_entry, assign_zeroed), map_group)
    yield _form(name, add_buf, "rfc-base", BLK, _mapper(whole(BLK, by_stos), before))
    init, keeping = marked(whole(BLK, by_stos), BLK), group_mapper(next_entry, sg_assign_page)
    mainline = data_apart(marking(chaining), keeping)
    yield _form(name, add_buf, "mainline", BLK, _mapper(init, mainline))
    init = marked(whole(NET, by_stos), NET)
    yield _form(name, add_buf, "v2.6.24", NET, _mapper(init, marking(keeping)))


def asked_here(strategy: Strategy, entries: int = BLK) -> Strategy:
    """The strategy limited to this experiment, at tables of ``entries`` entries."""
    axes = (("table", str(entries)),)
    return replace(strategy, phases=PHASES, only=EXPERIMENT, axes=axes)


def whole(entries: int, zero: Kernel) -> Kernel:
    """A function that zeroes a table of ``entries`` entries."""
    words = U64(entries) << WORDS_SHIFT

    @inline
    def prepare(table: Any, _request: Any) -> Any:
        zero(table, words)

    return prepare


def marked(prepare: Kernel, entries: int) -> Kernel:
    """A function that does ``prepare`` and marks the last of ``entries`` entries."""
    last = U64(entries - 1) * SG_BYTES

    @inline
    def init(table: Any, request: Any) -> Any:
        prepare(table, request)
        sg_mark_end(table + last)

    return init


def used(zero: Kernel) -> Kernel:
    """A function that initialises as many entries as a request has."""

    @inline
    def init(table: Any, request: Any) -> Any:
        entries = at_most(request)
        zero(table, entries << WORDS_SHIFT)
        sg_mark_end(table + (entries - ONE) * SG_BYTES)

    return init


def _form(name: str, add_buf: Kernel, form: str, entries: int, map_request: Kernel) -> Strategy:
    return asked_here(Strategy(name, _creator(entries), map_request, add_buf, form), entries)


def _creator(entries: int) -> Kernel:
    least = U64(entries) * SG_BYTES

    def create(list_memory: Any, request: Any) -> Any:
        """Prepare nothing yet; return the size of the table."""
        return max(least, rooms(request) * SG_BYTES)

    return create


def marking(map_any: Kernel) -> Kernel:
    """A ``map_group`` that marks the last entry, as blk_rq_map_sg or skb_to_sgvec do."""

    @inline
    def map_marked(group: Any, segment: Any, sg: Any) -> Any:
        entries, last, segment = map_any(group, segment, sg)
        sg_mark_end(last)
        return entries, last, segment

    return map_marked


def data_apart(map_data: Kernel, map_rest: Kernel) -> Kernel:
    """A ``map_group`` for which block data are mapped in a way of their own."""

    @inline
    def map_either(group: Any, segment: Any, sg: Any) -> Any:
        if group_at(group).merge != ZERO:
            return map_data(group, segment, sg)
        return map_rest(group, segment, sg)

    return map_either


def _mapper(prepare: Kernel, map_any: Kernel) -> Kernel:
    @inline
    def begin(list_memory: Any, request: Any) -> Any:
        prepare(list_memory, request)
        return list_memory

    return mapper(begin, map_any)
