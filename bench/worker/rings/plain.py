"""The split ring of 2.6.24."""

import numpy as np
from numpy.typing import NDArray

from bench.worker.rings.any_split import AnySplitKind
from bench.worker.rings.kind import Queue
from strategies.linux.structs import VIRTQUEUE, VRING_DESC, vring_bytes
from strategies.linux.todays.structs import PLAIN_RING


class PlainKind(AnySplitKind):
    """The split ring of 2.6.24, whose free list is in the descriptors."""

    name = PLAIN_RING
    record = VIRTQUEUE

    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots: any number, as indices are divided."""
        return slots > 0

    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue and of its ring."""
        return VIRTQUEUE.itemsize + 8 * slots, vring_bytes(slots)[2]

    def parts(self, queue: Queue) -> tuple[int, int]:
        """The addresses of avail and used ring."""
        avail, used, _ = vring_bytes(queue.slots)
        return queue.ring + avail, queue.ring + used

    def reset(self, queue: Queue) -> None:
        """Link the free list and write the addresses of the parts, as vring_new_virtqueue does."""
        links(queue)[queue.free[:-1]] = queue.free[1:]
        found = queue.arena.view(queue.vq, VIRTQUEUE)
        found[["desc", "avail", "used"]] = (queue.ring, *self.parts(queue))
        self.silence(queue)

    def marks(self, queue: Queue) -> bytes:
        """The part of ring and queue that a refused request must not change."""
        return links(queue).tobytes() + self.heads(queue).tobytes()


def links(queue: Queue) -> NDArray[np.uint16]:
    """Each descriptor's ``next`` in a plain ring."""
    found = queue.arena.view(queue.ring, VRING_DESC, queue.slots)["next"]
    return np.asarray(found, np.uint16)
