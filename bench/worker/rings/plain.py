"""The split ring of 2.6.24."""

import numpy as np
from numpy.typing import NDArray

from bench.ring import oracle
from bench.ring.split_ring import COUNTERS
from bench.worker.rings.kind import (
    BYTES,
    AtRestError,
    Queue,
    RingKind,
    smear_all_but_links,
    written,
)
from strategies.linux.structs import (
    USED_F_NO_NOTIFY,
    VIRTQUEUE,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
    vring_bytes,
)
from strategies.linux.todays.structs import PLAIN_RING
from workloads import Request


class PlainKind(RingKind):
    """The split ring of 2.6.24, whose free list is in the descriptors."""

    name = PLAIN_RING

    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots: any number, as indices are divided."""
        return slots > 0

    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue and of its ring."""
        return VIRTQUEUE.itemsize + 8 * slots, vring_bytes(slots)[2]

    def reset(self, queue: Queue) -> None:
        """Link the free list and write the addresses of the parts, as vring_new_virtqueue does."""
        avail, used, _ = vring_bytes(queue.slots)
        links(queue)[queue.free[:-1]] = queue.free[1:]
        if not queue.serves:
            queue.arena.view(queue.ring + used, VRING_USED)["flags"] = USED_F_NO_NOTIFY
        found = queue.arena.view(queue.vq, VIRTQUEUE)
        found[["desc", "avail", "used"]] = (queue.ring, queue.ring + avail, queue.ring + used)

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to the avail ring and, except links, to descriptors."""
        smear_all_but_links(queue, self._avail(queue))

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return written(queue, queue.free[:taken], self._avail(queue))

    def read(self, queue: Queue, request: Request) -> None:
        """Hold the ring to one request that was added alone, and not kicked.

        Raises:
            RingError: it does not describe the request.
        """
        avail, used, _ = vring_bytes(queue.slots)
        ring = (queue.ring, queue.ring + avail, queue.ring + used)
        oracle.check_published(oracle.Ring(queue.arena.read, queue.slots, *ring), 0, 1, [request])

    def marks(self, queue: Queue) -> bytes:
        """The part of ring and queue that a refused request must not change."""
        shown = queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)
        return links(queue).tobytes() + shown.tobytes()

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Compare a ring with nothing in flight with the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """
        if idle_indices(queue) != {requests % COUNTERS}:
            raise AtRestError("avail and used ring do not agree with the requests made")

    def _avail(self, queue: Queue) -> int:
        return queue.ring + vring_bytes(queue.slots)[0] + VRING_AVAIL.itemsize


def links(queue: Queue) -> NDArray[np.uint16]:
    """Each descriptor's ``next`` in a plain ring."""
    found = queue.arena.view(queue.ring, VRING_DESC, queue.slots)["next"]
    return np.asarray(found, np.uint16)


def idle_indices(queue: Queue) -> set[int]:
    """The indices of avail, used and driver of a plain ring; they agree when it is idle.

    Raises:
        AtRestError: descriptors were lost.
    """
    found = queue.emptied(VIRTQUEUE)
    avail = queue.arena.view(int(found["avail"]), VRING_AVAIL)[0]
    used = queue.arena.view(int(found["used"]), VRING_USED)[0]
    return {int(avail["idx"]), int(used["idx"]), int(found["last_used_idx"])}
