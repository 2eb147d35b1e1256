"""floor_walk: walks the free list as far as a request needs, and writes no descriptor.

Each step waits for the load of the previous ``next``, about five cycles from L1. No layout that
takes descriptors from a linked free list can avoid it.

    list memory   as flat_array's, for its counts
    add_buf       (vq, unused, out, in, token)

What you should observe: a straight line below every layout, and not far below in long requests.
"""

from typing import Any

from strategies import Role, Strategy
from strategies.linux.structs import ENOSPC
from strategies.linux.table import create, map_request
from strategies.linux.views import U32, U64, barrier, virtqueue, vring_desc
from strategies.linux.virtqueue import ONE, ZERO, desc_at


def add_buf(vq_address: Any, sg: Any, out: Any, in_: Any, token: Any) -> Any:
    """Take ``out + in`` descriptors off the free list."""
    vq = virtqueue(vq_address)
    left = out + in_
    if U64(vq.num_free) < left:
        return ENOSPC
    i = U64(vq.free_head)
    while left > ZERO:
        barrier()  # else LLVM would unroll it eight times, which it does in no layout's walk
        i = U64(vring_desc(desc_at(vq, i)).next)
        left -= ONE
    vq.num_free -= U32(out + in_)
    vq.free_head = U32(i)
    vq.num_added += U32(1)
    return 0


STRATEGIES = (
    Strategy("floor_walk", create, map_request, add_buf, role=Role.FLOOR, phases=("add",)),
)
