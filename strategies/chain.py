"""Tables of a few slots each, linked by their last ones: ``create`` and ``map`` of a chain.

A slot may be lost to a link, so tables of N slots hold N - 1 entries, but the last of a list.
"""

from collections.abc import Callable
from typing import Any

from strategies.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    first_group,
    first_segment,
    group_mapper,
)
from strategies.scatterlist import CHAIN, leaving, sg_assign_page, sg_mark_end
from strategies.views import U64, group_at, request_at, scatterlist, u64_at
from strategies.virtqueue import ONE, ZERO

# At the start of list memory, before the tables:
WAS_AT, WAS = U64(0), U64(8)  # the slot that the last request's link took, and what stood there
TABLE = U64(16)  # address of each group's first table
TABLES = U64(64)


def creator(slots_max: int) -> Callable[..., Any]:
    """Return the ``create`` that chains tables of so many slots."""
    most = U64(slots_max)

    def create(list_memory: Any, request: Any) -> Any:
        """Chain all tables: those of a group, and each group's last slot to the next group."""
        u64_at(list_memory + WAS_AT).value = ZERO
        group, table, number = first_group(request), list_memory + TABLES, ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            u64_at(list_memory + TABLE + number * U64(8)).value = table
            last = group + GROUP_BYTES == end
            slots = U64(group_at(group).room) + (ZERO if last else ONE)
            while slots > most:
                following = table + most * SG_BYTES
                scatterlist(following - SG_BYTES).page_link = following | CHAIN
                table = following
                slots -= most - ONE
            table += slots * SG_BYTES
            if not last:
                scatterlist(table - SG_BYTES).page_link = table | CHAIN
            group += GROUP_BYTES
            number += ONE
        return table - list_memory

    return create


def mapper(sg_next: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the ``map`` that goes from entry to entry with ``sg_next``."""
    map_group = group_mapper(leaving(sg_next), sg_assign_page)

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        """Map each group into its tables, linked behind the last entry of the one before."""
        was_at = u64_at(list_memory + WAS_AT).value
        if was_at != ZERO:
            scatterlist(was_at).page_link = u64_at(list_memory + WAS).value
            u64_at(list_memory + WAS_AT).value = ZERO
        group, segment, number = first_group(request), first_segment(request), ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        out, in_, sg = ZERO, ZERO, ZERO
        while group < end:
            table = u64_at(list_memory + TABLE + number * U64(8)).value
            entries, sg, segment = map_group(group, segment, table)
            if group_at(group).direction == OUT:
                out += entries
            else:
                in_ += entries
            following = u64_at(list_memory + TABLE + (number + ONE) * U64(8)).value
            if group + GROUP_BYTES < end and entries < U64(group_at(group).room):
                link = sg + SG_BYTES
                u64_at(list_memory + WAS_AT).value = link
                u64_at(list_memory + WAS).value = scatterlist(link).page_link
                scatterlist(link).page_link = following | CHAIN
            group += GROUP_BYTES
            number += ONE
        sg_mark_end(sg)
        u64_at(words).value = u64_at(list_memory + TABLE).value
        u64_at(words + U64(8)).value = out
        u64_at(words + U64(16)).value = in_
        return 0

    return map_request
