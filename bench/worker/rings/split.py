"""Today's split rings, whose descriptors' state and copies lie next to the queue."""

import numpy as np

from bench.worker.rings.any_split import AnySplitKind
from bench.worker.rings.kind import BYTES, SMEAR, Queue, laid_out
from strategies.linux.structs import VRING_DESC, power_of_two
from strategies.linux.todays.structs import (
    AVAIL_F_NO_INTERRUPT,
    DESC_EXTRA,
    NO_BATCH,
    SPLIT,
    SPLIT_IN_ORDER,
    TODAYS_QUEUE,
    parts_of_split,
)


class SplitKind(AnySplitKind):
    """Today's split ring: state and copies next to the queue, event idx, its own device."""

    name = SPLIT
    record = TODAYS_QUEUE
    counters = ("last_used_idx", "avail_idx_shadow")

    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots: a power of two, as indices are masked."""
        return power_of_two(slots)

    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue and of its ring."""
        parts = parts_of_split(slots)
        return parts.queue, parts.ring

    def parts(self, queue: Queue) -> tuple[int, int]:
        """The addresses of avail and used ring."""
        parts = parts_of_split(queue.slots)
        return queue.ring + parts.avail, queue.ring + parts.used

    def reset(self, queue: Queue) -> None:
        """Fill in what is not zero. Callbacks are off, as while completions are taken."""
        found = laid_out(queue, parts_of_split(queue.slots))
        found["avail_flags_shadow"], found["event"] = AVAIL_F_NO_INTERRUPT, queue.serves
        self.silence(queue)

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to descriptors and avail ring."""
        super().smear(queue)
        queue.arena.view(queue.ring, BYTES, parts_of_split(queue.slots).avail)[:] = SMEAR

    def marks(self, queue: Queue) -> bytes:
        """The part of ring and queue that a refused request must not change."""
        parts = parts_of_split(queue.slots)
        extra = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
        shown = queue.arena.view(queue.ring + parts.avail, BYTES, parts.used - parts.avail)
        return extra.tobytes() + shown.tobytes()


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
        AnySplitKind.smear(self, queue)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return self.written(queue, slice(taken))
