"""floor_stream: writes descriptors in memory order, without a free list.

The cost of a ring that is filled in order, as the packed ring of 2018 is: it reads entries and
writes descriptors as flat_array does, but the next descriptor is the next in memory.

    list memory   as flat_array's
    add_buf       (vq, table, out, in, token)

What you should observe: the least time per descriptor; the rest of a layout's is the free list.
"""

from typing import Any

from strategies import Role, Strategy
from strategies.linux.mapping import next_entry
from strategies.linux.structs import ENOSPC
from strategies.linux.table import create, map_request
from strategies.linux.views import U32, U64, virtqueue
from strategies.linux.virtqueue import ONE, OUTGOING, WRITE, ZERO, fill_desc, publish


def add_buf(vq_address: Any, sg: Any, out: Any, in_: Any, token: Any) -> Any:
    """Fill ``out + in`` descriptors in memory order, beginning at ``free_head``."""
    vq = virtqueue(vq_address)
    if U64(vq.num_free) < out + in_:
        return ENOSPC
    vq.num_free -= U32(out + in_)
    head = U64(vq.free_head)
    i = head
    while out > ZERO:
        fill_desc(vq, i, sg, OUTGOING)
        sg = next_entry(sg)
        i += ONE
        out -= ONE
    while in_ > ZERO:
        fill_desc(vq, i, sg, WRITE)
        sg = next_entry(sg)
        i += ONE
        in_ -= ONE
    publish(vq_address, head, i - ONE, i, token)
    return 0


STRATEGIES = (
    Strategy("floor_stream", create, map_request, add_buf, role=Role.FLOOR, phases=("add",)),
)
