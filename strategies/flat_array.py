"""flat_array: one table, stepped with ``sg++``, lengths handed in.

Models ``vring_add_buf`` of drivers/virtio/virtio_ring.c at v2.6.24, what virtio really ran before
and after the RFC, with virtio_blk's table of header, data and status.

    list memory   [ header | data 0 | data 1 | ... | status ]   32 bytes an entry
    add_buf       (vq, table, out, in, token)

Space is checked once, before anything is touched: a failed add costs the same at any length.
Left out: zeroing the table per request (4192 bytes in virtio_blk), which is a variable of its own.

What you should observe: the least work per descriptor of the three. The walk waits only for the
free list's ``next``.
"""

from typing import Any

from strategies import Strategy
from strategies.counted import counted_walk
from strategies.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    assign_page,
    first_group,
    first_segment,
    group_mapper,
    next_entry,
)
from strategies.views import U64, group_at, request_at, u64_at
from strategies.virtqueue import ZERO

map_group = group_mapper(next_entry, assign_page)


def create(list_memory: Any, request: Any) -> Any:
    """Prepare nothing: an array is ready as it is."""
    group, entries = first_group(request), ZERO
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entries += U64(group_at(group).room)
        group += GROUP_BYTES
    return entries * SG_BYTES


def map_request(list_memory: Any, request: Any, words: Any) -> Any:
    """Lay all groups into one table, one behind the other, and count both directions."""
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


STRATEGIES = (Strategy("flat_array", create, map_request, counted_walk(next_entry), baseline=True),)
