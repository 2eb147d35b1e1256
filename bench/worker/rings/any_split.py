"""What split rings have in common, those of 2.6.24 and of today."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bench.ring import oracle
from bench.ring.split_ring import COUNTERS
from bench.worker.rings.kind import BYTES, SMEAR, SMEARS, AtRestError, Queue, RingKind
from strategies.linux.structs import USED_F_NO_NOTIFY, VRING_AVAIL, VRING_DESC, VRING_USED
from workloads import Request


class AnySplitKind(RingKind):
    """Descriptors, an avail ring and a used ring."""

    record: ClassVar[np.dtype[Any]]  # of the queue
    counters: ClassVar[tuple[str, ...]] = ("last_used_idx",)  # in the queue: of requests

    @abstractmethod
    def parts(self, queue: Queue) -> tuple[int, int]:
        """The addresses of avail and used ring."""

    def silence(self, queue: Queue) -> None:
        """Ask for no kicks where the device does not answer any."""
        if not queue.serves:
            queue.arena.view(self.parts(queue)[1], VRING_USED)["flags"] = USED_F_NO_NOTIFY

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to the avail ring and, except links, to descriptors."""
        table = queue.arena.view(queue.ring, VRING_DESC, queue.slots)
        for name in ("addr", "len", "flags"):
            table[name] = SMEARS[name]
        self.heads(queue)[:] = SMEAR

    def heads(self, queue: Queue) -> NDArray[np.uint8]:
        """The slots of the avail ring, as bytes."""
        first = self.parts(queue)[0] + VRING_AVAIL.itemsize
        return queue.arena.view(first, BYTES, 2 * queue.slots)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return self.written(queue, queue.free[:taken])

    def written(self, queue: Queue, descriptors: "slice | NDArray[np.int64]") -> bytes:
        """Some descriptors, and the slots of the avail ring."""
        table = queue.arena.view(queue.ring, VRING_DESC, queue.slots)
        return bytes(table[descriptors].tobytes() + self.heads(queue).tobytes())

    def seen(self, queue: Queue) -> oracle.Ring:
        """The ring as the oracle reads it."""
        return oracle.Ring(queue.arena.read, queue.slots, queue.ring, *self.parts(queue))

    def read(self, queue: Queue, request: Request) -> None:
        """Compare the ring with the one request that was added, and not kicked.

        Raises:
            RingError: it does not describe the request.
        """
        oracle.check_published(self.seen(queue), 0, 1, [request])

    def indices(self, queue: Queue) -> set[int]:
        """The indices of avail ring, used ring and driver, which agree with nothing in flight.

        Raises:
            AtRestError: descriptors were lost.
        """
        found = queue.emptied(self.record)
        avail = queue.arena.view(int(found["avail"]), VRING_AVAIL)[0]
        used = queue.arena.view(int(found["used"]), VRING_USED)[0]
        return {int(avail["idx"]), int(used["idx"]), *(int(found[name]) for name in self.counters)}

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Compare a ring with nothing in flight with the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """
        if self.indices(queue) != {requests % COUNTERS}:
            raise AtRestError("avail and used ring do not agree with the requests made")
