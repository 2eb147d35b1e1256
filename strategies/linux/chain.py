"""``create`` and ``map`` of a chain: tables of N slots, the last slot a link to the next table.

A table holds N - 1 entries, except for the last of a list. Block data is mapped entry by entry
with ``sg_next``, as in blk_rq_map_sg. Whatever else fits into one table is written by index, as
drivers wrote headers and skb_to_sgvec a packet; that does not clear end marks of earlier requests,
so ``map`` remembers which entry has the mark.
"""

from collections.abc import Callable
from typing import Any

from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    first_group,
    first_segment,
    group_mapper,
    hand_over,
    next_entry,
)
from strategies.linux.scatterlist import (
    NOT_LAST,
    leaving,
    sg_assign_page,
    sg_chain,
    sg_mark_end,
)
from strategies.linux.views import U64, group_at, request_at, scatterlist, u64_at
from strategies.linux.virtqueue import ONE, ZERO

# At the start of list memory, before the tables:
WAS_AT, WAS = U64(0), U64(8)  # the slot that the last request's link overwrote, and its old content
END = U64(16)  # the entry that has the end mark
TABLE = U64(24)  # addresses of each group's first table, at most five
TABLES = U64(64)


def creator(slots_max: int) -> Callable[..., Any]:
    """The ``create`` that chains tables of ``slots_max`` slots."""
    most = U64(slots_max)

    def create(list_memory: Any, request: Any) -> Any:
        """Chain the tables of each group, and each group's last slot to the next group."""
        u64_at(list_memory + WAS_AT).value = ZERO
        group, table, number = first_group(request), list_memory + TABLES, ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            u64_at(list_memory + TABLE + number * U64(8)).value = table
            u64_at(list_memory + END).value = table
            last = group + GROUP_BYTES == end
            slots = U64(group_at(group).room) + (ZERO if last else ONE)
            while slots > most:
                following = table + most * SG_BYTES
                sg_chain(following - SG_BYTES, following)
                table = following
                slots -= most - ONE
            table += slots * SG_BYTES
            if not last:
                sg_chain(table - SG_BYTES, table)
            group += GROUP_BYTES
            number += ONE
        return table - list_memory

    return create


def mapper(sg_next: Callable[[Any], Any], slots_max: int) -> Callable[..., Any]:
    """The ``map`` that steps with ``sg_next``, or by index within one table."""
    most = U64(slots_max)
    map_by_next = group_mapper(leaving(sg_next), sg_assign_page)
    map_by_index = group_mapper(next_entry, sg_assign_page)

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        """Map each group into its tables, linked after the previous group's last entry."""
        was_at = u64_at(list_memory + WAS_AT).value
        if was_at != ZERO:
            scatterlist(was_at).page_link = u64_at(list_memory + WAS).value
            u64_at(list_memory + WAS_AT).value = ZERO
        group, segment, number = first_group(request), first_segment(request), ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        out, in_, sg = ZERO, ZERO, ZERO
        while group < end:
            table = u64_at(list_memory + TABLE + number * U64(8)).value
            number += ONE
            if group_at(group).merge != ZERO or U64(group_at(group).room) >= most:
                entries, sg, segment = map_by_next(group, segment, table)
            else:
                entries, sg, segment = map_by_index(group, segment, table)
            if group_at(group).direction == OUT:
                out += entries
            else:
                in_ += entries
            if group + GROUP_BYTES < end and entries < U64(group_at(group).room):
                link = sg + SG_BYTES
                u64_at(list_memory + WAS_AT).value = link
                u64_at(list_memory + WAS).value = scatterlist(link).page_link
                sg_chain(link, u64_at(list_memory + TABLE + number * U64(8)).value)
            group += GROUP_BYTES
        marked = u64_at(list_memory + END).value
        if marked != sg:
            scatterlist(marked).page_link &= NOT_LAST
            u64_at(list_memory + END).value = sg
        sg_mark_end(sg)
        hand_over(words, u64_at(list_memory + TABLE).value, out, in_)
        return 0

    return map_request
