"""Today's split rings, whose descriptors' state and copies lie next to the queue."""

import numpy as np

from bench.ring import oracle
from bench.ring.split_ring import COUNTERS
from bench.worker.rings.kind import (
    BYTES,
    SMEAR,
    AtRestError,
    Queue,
    RingKind,
    laid_out,
    smear_all_but_links,
    written,
)
from strategies.linux.structs import (
    USED_F_NO_NOTIFY,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
    power_of_two,
)
from strategies.linux.todays.structs import (
    AVAIL_F_NO_INTERRUPT,
    DESC_EXTRA,
    NO_BATCH,
    SPLIT,
    SPLIT_IN_ORDER,
    TODAYS_QUEUE,
    parts_of_split,
)
from workloads import Request


class SplitKind(RingKind):
    """Today's split ring: state and copies next to the queue, event idx, its own device."""

    name = SPLIT

    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots: a power of two, as indices are masked."""
        return power_of_two(slots)

    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue and of its ring."""
        parts = parts_of_split(slots)
        return parts.queue, parts.ring

    def reset(self, queue: Queue) -> None:
        """Fill in what is not zero. Callbacks are off, as while completions are taken."""
        parts = parts_of_split(queue.slots)
        found = laid_out(queue, parts)
        found["avail_flags_shadow"], found["event"] = AVAIL_F_NO_INTERRUPT, queue.serves
        if not queue.serves:
            queue.arena.view(queue.ring + parts.used, VRING_USED)["flags"] = USED_F_NO_NOTIFY

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to descriptors and avail ring."""
        parts = parts_of_split(queue.slots)
        queue.arena.view(queue.ring, BYTES, parts.avail)[:] = SMEAR
        queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)[:] = SMEAR

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return written(queue, queue.free[:taken], self._avail(queue))

    def read(self, queue: Queue, request: Request) -> None:
        """Compare the ring with the one request that was added.

        Raises:
            RingError: it does not describe the request.
        """
        oracle.check_published(self.seen(queue), 0, 1, [request])

    def seen(self, queue: Queue) -> oracle.Ring:
        """The ring as the oracle reads it."""
        parts = parts_of_split(queue.slots)
        at = (queue.ring, queue.ring + parts.avail, queue.ring + parts.used)
        return oracle.Ring(queue.arena.read, queue.slots, *at)

    def marks(self, queue: Queue) -> bytes:
        """The part of ring and queue that a refused request must not change."""
        parts = parts_of_split(queue.slots)
        extra = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
        shown = queue.arena.view(queue.ring + parts.avail, BYTES, parts.used - parts.avail)
        return extra.tobytes() + shown.tobytes()

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Compare a ring with nothing in flight with the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """
        found = queue.emptied(TODAYS_QUEUE)
        avail = queue.arena.view(int(found["avail"]), VRING_AVAIL)[0]
        used = queue.arena.view(int(found["used"]), VRING_USED)[0]
        shown = {int(found["avail_idx_shadow"]), int(avail["idx"])}
        if shown | {int(used["idx"]), int(found["last_used_idx"])} != {requests % COUNTERS}:
            raise AtRestError("avail and used ring do not agree with the requests made")

    def _avail(self, queue: Queue) -> int:
        return queue.ring + parts_of_split(queue.slots).avail + VRING_AVAIL.itemsize


class SplitInOrderKind(SplitKind):
    """The split ring of today in order: links are written once, one used entry is for a batch."""

    name = SPLIT_IN_ORDER

    def reset(self, queue: Queue) -> None:
        """Link each descriptor to the next one: there is no free list in another order."""
        super().reset(queue)
        parts, behind = parts_of_split(queue.slots), np.arange(1, queue.slots + 1) % queue.slots
        queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"] = behind
        queue.arena.view(queue.ring, VRING_DESC, queue.slots)["next"] = behind
        found = queue.arena.view(queue.vq, TODAYS_QUEUE)
        found["batch_id"], found["free_head"] = NO_BATCH, 0

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to the avail ring and, except links, to descriptors."""
        smear_all_but_links(queue, self._avail(queue))

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return written(queue, slice(taken), self._avail(queue))
