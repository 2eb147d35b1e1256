"""``add_buf(vq, sg, out, in, token)`` over counted entries, with the step as a parameter.

Models ``vring_add_buf`` of drivers/virtio/virtio_ring.c at v2.6.24, with ``sg++`` made a parameter.
Space is checked once, before anything is written: a failed add costs the same at any length.
"""

from typing import Any

from strategies import Kernel
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.views import U32, U64, unlikely, virtqueue, vring_desc
from strategies.linux.virtqueue import ONE, OUTGOING, WRITE, ZERO, desc_at, fill_desc, publish


def counted_walk(step: Kernel, publish: Kernel = publish) -> Kernel:
    """The ``add_buf`` that walks ``out + in`` entries, stepping with ``step(sg)``."""

    def add_buf(vq_address: Any, sg: Any, out: Any, in_: Any, token: Any) -> Any:
        vq = virtqueue(vq_address)
        if unlikely(U64(token == ZERO)):  # BUG_ON is unlikely() too
            return BUG
        if unlikely(U64(out + in_ > U64(vq.num))):
            return BUG
        if unlikely(U64(out + in_ == ZERO)):
            return BUG
        if U64(vq.num_free) < out + in_:
            return ENOSPC
        vq.num_free -= U32(out + in_)
        head = U64(vq.free_head)
        i = previous = head
        while out > ZERO:
            fill_desc(vq, i, sg, OUTGOING)
            previous = i
            sg = step(sg)
            i = U64(vring_desc(desc_at(vq, i)).next)
            out -= ONE
        while in_ > ZERO:
            fill_desc(vq, i, sg, WRITE)
            previous = i
            sg = step(sg)
            i = U64(vring_desc(desc_at(vq, i)).next)
            in_ -= ONE
        publish(vq_address, head, previous, i, token)
        return 0

    return add_buf
