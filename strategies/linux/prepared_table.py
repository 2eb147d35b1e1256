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

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from strategies import Strategy
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    assign_page,
    assign_zeroed,
    first_group,
    first_segment,
    group_mapper,
    next_entry,
)
from strategies.linux.scatterlist import follow, leaving, sg_assign_page, sg_mark_end, stepper
from strategies.linux.table import create as create_table
from strategies.linux.views import U64, group_at, request_at, u64_at
from strategies.linux.virtqueue import ONE, ZERO
from strategies.linux.zeroing import by_mov, by_stos

EXPERIMENT = "table-init"
BLK, NET = 131, 19  # entries: virtio_blk's sg[3+MAX_PHYS_SEGMENTS], virtio_net's 1+MAX_SKB_FRAGS
PHASES = ("map", "cycle")  # add_buf is that of the unprepared table
WORDS_SHIFT = U64(2)  # an entry has four words of 8 bytes
ZEROING = {"stosq": by_stos, "movq": by_mov}
Kernel = Callable[..., Any]


def strategies(name: str, add_buf: Kernel) -> Iterator[Strategy]:
    """The forms of a layout of one table with this ``add_buf``."""
    plain = group_mapper(next_entry, assign_page)
    chaining = group_mapper(leaving(inline(stepper(follow))), sg_assign_page)
    for way, zero in ZEROING.items():
        yield _form(name, add_buf, f"memset-{way}", BLK, _mapper(whole(BLK, zero), plain))
        yield _form(name, add_buf, f"used-{way}", BLK, _mapper(used(zero), plain))
        for entries in (BLK, NET):
            init = marked(whole(entries, zero), entries)
            yield _form(name, add_buf, f"init-{way}", entries, _mapper(init, plain))
    before = _mapper(whole(BLK, by_stos), plain, group_mapper(next_entry, assign_zeroed))
    yield _form(name, add_buf, "rfc-base", BLK, before)
    init = marked(whole(BLK, by_stos), BLK)
    keeping = group_mapper(next_entry, sg_assign_page)
    yield _form(name, add_buf, "mainline", BLK, _mapper(init, keeping, chaining, mark=True))
    init = marked(whole(NET, by_stos), NET)
    yield _form(name, add_buf, "v2.6.24", NET, _mapper(init, keeping, mark=True))


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
        group, entries = first_group(request), ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            segments = U64(group_at(group).virtuals) + U64(group_at(group).pages)
            entries += min(segments, U64(group_at(group).room))  # merged segments take none
            group += GROUP_BYTES
        zero(table, entries << WORDS_SHIFT)
        sg_mark_end(table + (entries - ONE) * SG_BYTES)

    return init


def _form(name: str, add_buf: Kernel, form: str, entries: int, map_request: Kernel) -> Strategy:
    return asked_here(Strategy(name, _creator(entries), map_request, add_buf, form), entries)


def _creator(entries: int) -> Kernel:
    least = U64(entries) * SG_BYTES

    def create(list_memory: Any, request: Any) -> Any:
        """Prepare nothing yet; return the size of the table."""
        size = U64(create_table_inline(list_memory, request))
        return max(least, size)

    return create


create_table_inline = inline(create_table)


def _mapper(
    prepare: Kernel, map_group: Kernel, map_data: Kernel | None = None, *, mark: bool = False
) -> Kernel:
    """The ``map`` that prepares the table, maps all groups into it and counts both directions.

    ``map_data`` is blk_rq_map_sg, if it differs from ``map_group``. ``mark``: blk_rq_map_sg marks
    the last entry of a block request's data, or skb_to_sgvec that of a packet.
    """
    data = map_data or map_group
    apart = map_data is not None

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        prepare(list_memory, request)
        sg, out, in_ = list_memory, ZERO, ZERO
        group, segment = first_group(request), first_segment(request)
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            if apart and group_at(group).merge != ZERO:
                entries, last, segment = data(group, segment, sg)
                if mark:
                    sg_mark_end(last)
            else:
                entries, last, segment = map_group(group, segment, sg)
                if mark and not apart:
                    sg_mark_end(last)
            sg += entries * SG_BYTES
            if group_at(group).direction == OUT:
                out += entries
            else:
                in_ += entries
            group += GROUP_BYTES
        u64_at(words).value = list_memory
        u64_at(words + U64(8)).value = out
        u64_at(words + U64(16)).value = in_
        return 0

    return map_request
