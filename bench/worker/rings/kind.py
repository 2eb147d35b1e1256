"""A kind of ring, and a queue of one kind."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bench.worker.memory import Arena
from strategies.linux.structs import VIRTQUEUE
from strategies.linux.todays.structs import (
    DESC_EXTRA,
    PLAIN_RING,
    TABLES,
    TODAYS_QUEUE,
    Parts,
    line,
    parts_of_tables,
)
from workloads import Request

SMEAR = 0xFF  # in every byte that a kernel is to write
SMEARS = {"addr": 2**64 - 1, "len": 2**32 - 1, "flags": 2**16 - 1, "id": 2**16 - 1}
BYTES = np.dtype(np.uint8)


class AtRestError(Exception):
    """A ring with nothing in flight is not as such a ring must be."""


class RingKind(ABC):
    """A kind of ring: one object for all queues of it."""

    name: ClassVar[str]
    counts_descriptors: ClassVar[bool] = False  # in num_added; else requests
    has_tables: ClassVar[bool] = False  # of indirect descriptors; a layout decides when it uses one

    @property
    def device(self) -> str:
        """The key of the code that a queue notifies."""
        return "device" if self.name == PLAIN_RING else f"device@{self.name}"

    @abstractmethod
    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots."""

    def sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue, including any tables at its end, and of its ring."""
        queue, ring = self.bare_sizes(slots)
        return line(queue) + parts_of_tables(slots)[-1] if self.has_tables else queue, ring

    @abstractmethod
    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue without tables, and of its ring."""

    @abstractmethod
    def reset(self, queue: "Queue") -> None:
        """Fill in what is not zero in a new queue."""

    @abstractmethod
    def smear(self, queue: "Queue") -> None:
        """Write what no kernel does to every place that one is to write."""

    @abstractmethod
    def picture(self, queue: "Queue", taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""

    @abstractmethod
    def read(self, queue: "Queue", request: Request) -> None:
        """Compare the ring with the one request that was added, and not kicked.

        Raises:
            RingError: it does not describe the request.
        """

    @abstractmethod
    def marks(self, queue: "Queue") -> bytes:
        """The part of ring and queue that a refused request must not change."""

    @abstractmethod
    def at_rest(self, queue: "Queue", requests: int) -> None:
        """Compare a ring with nothing in flight with the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """


@dataclass(frozen=True)
class Queue:
    """A queue of one kind in a scene's memory, and its ring."""

    kind: RingKind
    arena: Arena
    vq: int  # address
    ring: int  # address
    slots: int
    free: NDArray[np.int64]  # descriptors in the order in which an empty ring gives them out
    serves: bool  # whether the device answers a kick

    def reset(self, device: int | None = None) -> None:
        """Make queue and ring new again; None: with the same device."""
        at = self.arena.view(self.vq, VIRTQUEUE)
        notify = int(at["notify"][0]) if device is None else device
        queue, ring = self.kind.sizes(self.slots)
        self.arena.view(self.vq, BYTES, queue)[:] = 0
        self.arena.view(self.ring, BYTES, ring)[:] = 0
        at[["num", "num_free", "free_head"]] = (self.slots, self.slots, self.free[0])
        at["notify"] = notify
        self.kind.reset(self)
        if self.kind.has_tables:
            self._reset_tables()

    def _reset_tables(self) -> None:
        """Mark every table as free."""
        at = self.vq + line(self.kind.bare_sizes(self.slots)[0])
        classes, objects, slots, _ = parts_of_tables(self.slots)
        self.arena.view(self.vq, TODAYS_QUEUE)["tables"] = at
        found = self.arena.view(at, TABLES)
        found["next"] = found["objects"] = at + objects
        found["end"] = found["slots"] = at + slots
        found["classes"] = at + classes

    def emptied(self, record: np.dtype[Any]) -> Any:
        """The queue's fields, with nothing in flight.

        Raises:
            AtRestError: descriptors were lost.
        """
        found = self.arena.view(self.vq, record)[0]
        if found["num_free"] != self.slots or found["broken"]:
            raise AtRestError("descriptors were lost")
        return found

    def prepare(self) -> None:
        """Remove all traces of earlier requests from the ring."""
        self.reset()
        self.kind.smear(self)


def laid_out(queue: Queue, parts: Parts) -> NDArray[np.void]:
    """Write the addresses of the parts of a queue of today, and link its private copies."""
    found = queue.arena.view(queue.vq, TODAYS_QUEUE)
    found[["desc", "avail", "used"]] = (
        queue.ring,
        queue.ring + parts.avail,
        queue.ring + parts.used,
    )
    found[["desc_state", "desc_extra"]] = (queue.vq + parts.state, queue.vq + parts.extra)
    links = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
    links[queue.free[:-1]] = queue.free[1:]
    return found
