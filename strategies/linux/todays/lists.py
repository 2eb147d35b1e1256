"""Scatterlists as drivers hand them over today: a list a group, and an array of pointers to them.

    list memory   [ list 0 | list 1 | ... ] [ header* ] [ data 0 | ... | data n-1* ] [ status* ]
    add_buf       (vq, array of lists, out lists, in lists, token)

Each list's last entry has the end mark (*), and ``sg_next`` stops there. No table is zeroed: an
entry's ``page_link`` is stored whole, so that no mark of an earlier request is left.
"""

from typing import Any

from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    first_group,
    first_segment,
    hand_over,
    room_of,
    rooms,
)
from strategies.linux.scatterlist import sg_mark_end
from strategies.linux.table import map_group
from strategies.linux.views import U64, group_at, request_at, u64_at
from strategies.linux.virtqueue import ONE, ZERO

LISTS = U64(64)  # bytes before the tables: as many pointers as a request has groups, up to eight


def create(list_memory: Any, request: Any) -> Any:
    """Prepare nothing: an entry is written whole."""
    return LISTS + rooms(request) * SG_BYTES


def map_request(list_memory: Any, request: Any, words: Any) -> Any:
    """Lay each group into its table, mark its end, and count the lists of both directions."""
    sg, out, in_ = list_memory + LISTS, ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        u64_at(list_memory + (out + in_) * U64(8)).value = sg
        _, last, segment = map_group(group, segment, sg)
        sg_mark_end(last)
        sg += room_of(group) * SG_BYTES
        if group_at(group).direction == OUT:
            out += ONE
        else:
            in_ += ONE
        group += GROUP_BYTES
    hand_over(words, list_memory, out, in_)
    return 0
