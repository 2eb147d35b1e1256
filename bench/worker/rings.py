"""Kinds of rings: how each lies in memory, starts over, is looked at and is read by the oracle.

Strategies name the ring they fill. The driver knows none of this: it finds a queue by its address,
and in every kind ``num``, ``num_free``, ``free_head``, ``num_added`` and ``notify`` lie where
2.6.24 has them. A scene lays out a queue of each kind that its variants fill.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.errors import BenchError
from bench.ring import oracle, packed_ring
from bench.ring.split_ring import COUNTERS
from bench.worker.memory import Arena
from strategies.linux.structs import (
    PAGE_OFFSET,
    USED_F_NO_NOTIFY,
    VIRTQUEUE,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
    power_of_two,
    vring_bytes,
)
from strategies.linux.todays.structs import (
    AVAIL_F_NO_INTERRUPT,
    DESC_EXTRA,
    DESC_F_AVAIL,
    EVENT_DESC,
    EVENT_DISABLE,
    NO_BATCH,
    PACKED,
    PACKED_DESC,
    PACKED_EVENT,
    PACKED_IN_ORDER,
    PACKED_INDIRECT,
    PLAIN_RING,
    SPLIT,
    SPLIT_IN_ORDER,
    SPLIT_INDIRECT,
    TABLES,
    TODAYS_QUEUE,
    WRAP_BIT,
    Parts,
    line,
    parts_of_packed,
    parts_of_split,
    parts_of_tables,
)
from workloads import Request

SMEAR = 0xFF  # in every byte that a kernel is to write
SMEARS = {"addr": 2**64 - 1, "len": 2**32 - 1, "flags": 2**16 - 1, "id": 2**16 - 1}
BYTES = np.dtype(np.uint8)
DEVICE = "device"  # key of the code that a queue of 2.6.24 notifies


class AtRestError(Exception):
    """A ring that nothing is in flight in does not look it."""


@dataclass(frozen=True)
class Queue:
    """A queue of one kind in a scene's memory, and its ring."""

    kind: "Kind"
    arena: Arena
    vq: int  # address
    ring: int  # address
    slots: int
    free: NDArray[np.int64]  # descriptors in the order in which an empty ring gives them out
    serves: bool  # whether the device answers a kick

    def reset(self, device: int | None = None) -> None:
        """Make queue and ring as they are when made; None: with the device that they had."""
        at = self.arena.view(self.vq, VIRTQUEUE)
        notify = int(at["notify"][0]) if device is None else device
        queue, ring = self.kind.sizes(self.slots)
        self.arena.view(self.vq, BYTES, queue)[:] = 0
        self.arena.view(self.ring, BYTES, ring)[:] = 0
        at[["num", "num_free", "free_head"]] = (self.slots, self.slots, self.free[0])
        at["notify"] = notify
        self.kind.reset(self)

    def prepare(self) -> None:
        """Have the ring show nothing of what was there before."""
        self.reset()
        self.kind.smear(self)


def laid_out(queue: Queue, parts: Parts) -> NDArray[np.void]:
    """Say where the parts of a queue of today are, and link its private copies; return it."""
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


def smear_all_but_links(queue: Queue, avail: int) -> None:
    """Write into descriptors, but for their links, and avail ring what no kernel does."""
    table = queue.arena.view(queue.ring, VRING_DESC, queue.slots)
    for name in ("addr", "len", "flags"):
        table[name] = SMEARS[name]
    queue.arena.view(avail, BYTES, 2 * queue.slots)[:] = SMEAR


class Kind:
    """Today's split ring: state and copies next to the queue, event idx, its own device."""

    name = SPLIT
    device = f"{DEVICE}@{SPLIT}"  # key of the code that it notifies
    counts_descriptors = False  # in num_added; else requests
    has_tables = False  # of indirect descriptors, whose number follows from a layout's policy

    def allows(self, slots: int) -> bool:
        """Return whether a ring may have so many slots: indices are masked."""
        return power_of_two(slots)

    def sizes(self, slots: int) -> tuple[int, int]:
        """Return the bytes of a queue and of its ring."""
        parts = parts_of_split(slots)
        return parts.queue, parts.ring

    def reset(self, queue: Queue) -> None:
        """Fill in what is not zero. Callbacks are off, as while a driver takes completions."""
        parts = parts_of_split(queue.slots)
        found = laid_out(queue, parts)
        found["avail_flags_shadow"], found["event"] = AVAIL_F_NO_INTERRUPT, queue.serves
        if not queue.serves:
            queue.arena.view(queue.ring + parts.used, VRING_USED)["flags"] = USED_F_NO_NOTIFY

    def smear(self, queue: Queue) -> None:
        """Write into descriptors and avail ring what no kernel does."""
        parts = parts_of_split(queue.slots)
        queue.arena.view(queue.ring, BYTES, parts.avail)[:] = SMEAR
        queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)[:] = SMEAR

    def picture(self, queue: Queue, taken: int) -> bytes:
        """Return what was written by a request of so many descriptors, added alone."""
        table = queue.arena.view(queue.ring, VRING_DESC, queue.slots)
        avail = queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)
        return table[queue.free[:taken]].tobytes() + avail.tobytes()

    def read(self, queue: Queue, request: Request) -> None:
        """Hold the ring to one request that was added alone.

        Raises:
            RingError: it does not say what was asked.
        """
        oracle.check_published(self.seen(queue), 0, 1, [request])

    def seen(self, queue: Queue) -> oracle.Ring:
        """Return where the oracle looks."""
        parts = parts_of_split(queue.slots)
        at = (queue.ring, queue.ring + parts.avail, queue.ring + parts.used)
        return oracle.Ring(queue.arena.read, queue.slots, *at)

    def marks(self, queue: Queue) -> bytes:
        """Return what a refused request must leave as it is."""
        parts = parts_of_split(queue.slots)
        extra = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
        shown = queue.arena.view(queue.ring + parts.avail, BYTES, parts.used - parts.avail)
        return extra.tobytes() + shown.tobytes()

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Hold a ring in which nothing is in flight to the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """
        found = queue.arena.view(queue.vq, TODAYS_QUEUE)[0]
        if found["num_free"] != queue.slots or found["broken"]:
            raise AtRestError("descriptors were lost")
        avail = queue.arena.view(int(found["avail"]), VRING_AVAIL)[0]
        used = queue.arena.view(int(found["used"]), VRING_USED)[0]
        shown = {int(found["avail_idx_shadow"]), int(avail["idx"])}
        if shown | {int(used["idx"]), int(found["last_used_idx"])} != {requests % COUNTERS}:
            raise AtRestError("avail and used ring do not agree with the requests made")

    def _avail(self, queue: Queue) -> int:
        return queue.ring + parts_of_split(queue.slots).avail + VRING_AVAIL.itemsize


class PackedKind(Kind):
    """The packed ring of today: descriptors in order, ids from a list of their own."""

    name = PACKED
    device = f"{DEVICE}@{PACKED}"
    counts_descriptors = True

    def allows(self, slots: int) -> bool:
        """Return whether a ring may have so many slots: any number up to the largest."""
        return 1 <= slots <= packed_ring.NUM_MAX

    def sizes(self, slots: int) -> tuple[int, int]:
        """Return the bytes of a queue and of its ring.

        Raises:
            BenchError: if the specification allows no ring of so many descriptors.
        """
        if not self.allows(slots):
            raise BenchError(
                f"a packed ring of {slots} descriptors: there may be 1 to {packed_ring.NUM_MAX}"
            )
        parts = parts_of_packed(slots)
        return parts.queue, parts.ring

    def reset(self, queue: Queue) -> None:
        """Fill in what is not zero. Callbacks are off, as while a driver takes completions."""
        parts = parts_of_packed(queue.slots)
        found = laid_out(queue, parts)
        found[["avail_wrap_counter", "device_wrap", "avail_used_flags"]] = (1, 1, DESC_F_AVAIL)
        found["last_used_idx"], found["event_flags_shadow"] = 1 << WRAP_BIT, EVENT_DISABLE
        asks = queue.arena.view(queue.ring + parts.used, PACKED_EVENT)
        asks["off_wrap"] = 1 << WRAP_BIT
        asks["flags"] = EVENT_DESC if queue.serves else EVENT_DISABLE

    def smear(self, queue: Queue) -> None:
        """Write into descriptors, but for their flags, what no kernel does."""
        table = queue.arena.view(queue.ring, PACKED_DESC, queue.slots)
        for name in ("addr", "len", "id"):
            table[name] = SMEARS[name]

    def picture(self, queue: Queue, taken: int) -> bytes:
        """Return what was written by a request of so many descriptors, added alone."""
        return bytes(queue.arena.view(queue.ring, PACKED_DESC, queue.slots)[:taken].tobytes())

    def read(self, queue: Queue, request: Request) -> None:
        """Hold the ring to one request that was added alone.

        Raises:
            RingError: it does not say what was asked.
        """
        packed_ring.check_available(self.slots_of(queue), packed_ring.START, [request])

    def slots_of(self, queue: Queue) -> packed_ring.PackedRing:
        """Return where the oracle looks."""
        return packed_ring.PackedRing(queue.arena.read, queue.slots, queue.ring)

    def marks(self, queue: Queue) -> bytes:
        """Return what a refused request must leave as it is."""
        parts = parts_of_packed(queue.slots)
        ids = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
        return bytes(ids.tobytes()) + queue.arena.read(queue.ring, parts.ring)

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Hold a ring in which nothing is in flight to where driver and device are.

        Raises:
            AtRestError: descriptors were lost, or a place is not what it must be.
        """
        del requests  # places are counted in descriptors, which go round
        found = queue.arena.view(queue.vq, TODAYS_QUEUE)[0]
        if found["num_free"] != queue.slots or found["broken"]:
            raise AtRestError("descriptors were lost")
        places = {
            int(found["next_avail_idx"]) | int(found["avail_wrap_counter"]) << WRAP_BIT,
            int(found["device_idx"]) | int(found["device_wrap"]) << WRAP_BIT,
            int(found["last_used_idx"]),
        }
        if len(places) > 1:
            raise AtRestError("driver and device are at different places of the ring")


class SplitInOrderKind(Kind):
    """The split ring of today in order: links are written once, batches told by one used entry."""

    name = SPLIT_IN_ORDER
    device = f"{DEVICE}@{SPLIT_IN_ORDER}"

    def reset(self, queue: Queue) -> None:
        """Link each descriptor to the one behind; a free list in another order there is not."""
        super().reset(queue)
        parts, behind = parts_of_split(queue.slots), np.arange(1, queue.slots + 1) % queue.slots
        queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"] = behind
        queue.arena.view(queue.ring, VRING_DESC, queue.slots)["next"] = behind
        found = queue.arena.view(queue.vq, TODAYS_QUEUE)
        found["batch_id"], found["free_head"] = NO_BATCH, 0

    def smear(self, queue: Queue) -> None:
        """Write into descriptors, but for their links, and avail ring what no kernel does."""
        smear_all_but_links(queue, self._avail(queue))

    def picture(self, queue: Queue, taken: int) -> bytes:
        """Return what was written by a request of so many descriptors, added alone."""
        table = queue.arena.view(queue.ring, VRING_DESC, queue.slots)
        avail = queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)
        return bytes(table[:taken].tobytes() + avail.tobytes())


class PackedInOrderKind(PackedKind):
    """The packed ring of today in order: known by slots, batches told by one used descriptor."""

    name = PACKED_IN_ORDER
    device = f"{DEVICE}@{PACKED_IN_ORDER}"

    def reset(self, queue: Queue) -> None:
        """Start over with no batch."""
        super().reset(queue)
        queue.arena.view(queue.vq, TODAYS_QUEUE)["batch_id"] = NO_BATCH


def with_tables(sizes: tuple[int, int], slots: int) -> tuple[int, int]:
    """Return the bytes of a queue with memory for tables, and of its ring."""
    queue, ring = sizes
    return line(queue) + parts_of_tables(slots)[-1], ring


def make_tables(queue: Queue, before: int) -> None:
    """Have none of the memory behind a queue's first bytes be in use."""
    at = queue.vq + line(before)
    classes, objects, slots, _ = parts_of_tables(queue.slots)
    queue.arena.view(queue.vq, TODAYS_QUEUE)["tables"] = at
    found = queue.arena.view(at, TABLES)
    found["next"] = found["objects"] = at + objects
    found["end"] = found["slots"] = at + slots
    found["classes"] = at + classes


class KindWithTables(Kind):
    """A ring whose queue has memory for tables at its end; which ring, a class behind it says."""

    has_tables = True

    def sizes(self, slots: int) -> tuple[int, int]:
        """Return the bytes of a queue with memory for tables, and of its ring."""
        return with_tables(super().sizes(slots), slots)

    def reset(self, queue: Queue) -> None:
        """Start over with no table in use."""
        super().reset(queue)
        make_tables(queue, super().sizes(queue.slots)[0])


class SplitIndirectKind(KindWithTables):
    """The split ring of today with tables of descriptors."""

    name = SPLIT_INDIRECT
    device = f"{DEVICE}@{SPLIT_INDIRECT}"

    def seen(self, queue: Queue) -> oracle.Ring:
        """Return where the oracle looks, through tables."""
        return replace(super().seen(queue), tables=PAGE_OFFSET)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """Return what the oracle finds of a request added alone, in ring or table."""
        del taken
        return repr(oracle.published(self.seen(queue), 0, 1)).encode()


class PackedIndirectKind(KindWithTables, PackedKind):
    """The packed ring of today with tables of descriptors."""

    name = PACKED_INDIRECT
    device = f"{DEVICE}@{PACKED_INDIRECT}"

    def slots_of(self, queue: Queue) -> packed_ring.PackedRing:
        """Return where the oracle looks, through tables."""
        return replace(super().slots_of(queue), tables=PAGE_OFFSET)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """Return what the oracle finds of a buffer added alone, in ring or table."""
        del taken
        buffer = packed_ring.available(self.slots_of(queue), packed_ring.START)
        return repr(buffer and buffer.segments).encode()


class PlainKind(Kind):
    """The split ring of 2.6.24, whose free list is in the descriptors."""

    name = PLAIN_RING
    device = DEVICE

    def allows(self, slots: int) -> bool:
        """Return whether a ring may have so many slots: its indices are divided."""
        return slots > 0

    def sizes(self, slots: int) -> tuple[int, int]:
        """Return the bytes of a queue and of its ring."""
        return VIRTQUEUE.itemsize + 8 * slots, vring_bytes(slots)[2]

    def reset(self, queue: Queue) -> None:
        """Link the free list and say where the parts are, as vring_new_virtqueue does."""
        avail, used, _ = vring_bytes(queue.slots)
        links(queue)[queue.free[:-1]] = queue.free[1:]
        if not queue.serves:
            queue.arena.view(queue.ring + used, VRING_USED)["flags"] = USED_F_NO_NOTIFY
        found = queue.arena.view(queue.vq, VIRTQUEUE)
        found[["desc", "avail", "used"]] = (queue.ring, queue.ring + avail, queue.ring + used)

    def smear(self, queue: Queue) -> None:
        """Write into descriptors, but for their links, and avail ring what no kernel does."""
        smear_all_but_links(queue, self._avail(queue))

    def read(self, queue: Queue, request: Request) -> None:
        """Hold the ring to one request that was added alone, and not kicked.

        Raises:
            RingError: it does not say what was asked.
        """
        avail, used, _ = vring_bytes(queue.slots)
        ring = (queue.ring, queue.ring + avail, queue.ring + used)
        oracle.check_published(oracle.Ring(queue.arena.read, queue.slots, *ring), 0, 1, [request])

    def marks(self, queue: Queue) -> bytes:
        """Return what a refused request must leave as it is."""
        shown = queue.arena.view(self._avail(queue), BYTES, 2 * queue.slots)
        return links(queue).tobytes() + shown.tobytes()

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Hold a ring in which nothing is in flight to the requests that went through it.

        Raises:
            AtRestError: descriptors were lost, or an index is not what it must be.
        """
        if idle_indices(queue) != {requests % COUNTERS}:
            raise AtRestError("avail and used ring do not agree with the requests made")

    def _avail(self, queue: Queue) -> int:
        return queue.ring + vring_bytes(queue.slots)[0] + VRING_AVAIL.itemsize


def links(queue: Queue) -> NDArray[np.uint16]:
    """Return what each descriptor's ``next`` is, in a plain ring."""
    found = queue.arena.view(queue.ring, VRING_DESC, queue.slots)["next"]
    return np.asarray(found, np.uint16)


def idle_indices(queue: Queue) -> set[int]:
    """Return avail's, used's and the driver's index of a plain ring; they agree when it is idle.

    Raises:
        AtRestError: descriptors were lost.
    """
    found = queue.arena.view(queue.vq, VIRTQUEUE)[0]
    if found["num_free"] != queue.slots or found["broken"]:
        raise AtRestError("descriptors were lost")
    avail = queue.arena.view(int(found["avail"]), VRING_AVAIL)[0]
    used = queue.arena.view(int(found["used"]), VRING_USED)[0]
    return {int(avail["idx"]), int(used["idx"]), int(found["last_used_idx"])}


PLAIN = PlainKind()
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *(PLAIN, Kind(), PackedKind(), SplitInOrderKind(), PackedInOrderKind()),
        *(SplitIndirectKind(), PackedIndirectKind()),
    )
}
