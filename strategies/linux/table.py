"""``create`` and ``map`` of a flat list: one table for all groups."""

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
    group_mapper,
    hand_over,
    next_entry,
    rooms,
)
from strategies.linux.views import group_at, request_at
from strategies.linux.virtqueue import ZERO

map_group = group_mapper(next_entry, assign_page)


def create(list_memory: Any, request: Any) -> Any:
    """Prepare nothing: an array needs no set-up."""
    return rooms(request) * SG_BYTES


@inline
def at_start(list_memory: Any, request: Any) -> Any:
    """Begin where list memory does, without preparation."""
    return list_memory


def mapper(begin: Kernel, map_any: Kernel, entry_bytes: Any = SG_BYTES) -> Kernel:
    """The ``map`` of all groups into one table, in order, which counts both directions.

    ``begin(list_memory, request)`` prepares the table and says where it lies; ``map_any`` is as
    ``group_mapper`` makes it; entries lie ``entry_bytes`` apart.
    """

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        table = begin(list_memory, request)
        sg, out, in_ = table, ZERO, ZERO
        group, segment = first_group(request), first_segment(request)
        end = group + request_at(request).groups * GROUP_BYTES
        while group < end:
            entries, _, segment = map_any(group, segment, sg)
            sg += entries * entry_bytes
            if group_at(group).direction == OUT:
                out += entries
            else:
                in_ += entries
            group += GROUP_BYTES
        hand_over(words, table, out, in_)
        return 0

    return map_request


map_request = mapper(at_start, map_group)
