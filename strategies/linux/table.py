"""``create`` and ``map`` of a flat list: one table for all groups, without preparation."""

from typing import Any

from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    assign_page,
    first_group,
    first_segment,
    group_mapper,
    next_entry,
)
from strategies.linux.views import U64, group_at, request_at, u64_at
from strategies.linux.virtqueue import ZERO

map_group = group_mapper(next_entry, assign_page)


def create(list_memory: Any, request: Any) -> Any:
    """Prepare nothing: an array needs no set-up."""
    group, entries = first_group(request), ZERO
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entries += U64(group_at(group).room)
        group += GROUP_BYTES
    return entries * SG_BYTES


table_bytes = inline(create)  # for whoever keeps more in list memory than such a table


def map_request(list_memory: Any, request: Any, words: Any) -> Any:
    """Map all groups into one table, in order, and count both directions."""
    sg, out, in_ = list_memory, ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entries, _, segment = map_group(group, segment, sg)
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
