"""Today's packed rings: descriptors in order, ids from a list of their own."""

from bench.errors import BenchError
from bench.ring import packed_ring
from bench.worker.rings.kind import SMEARS, AtRestError, Queue, RingKind, laid_out
from strategies.linux.todays.structs import (
    DESC_EXTRA,
    DESC_F_AVAIL,
    EVENT_DESC,
    EVENT_DISABLE,
    NO_BATCH,
    PACKED,
    PACKED_DESC,
    PACKED_EVENT,
    PACKED_IN_ORDER,
    TODAYS_QUEUE,
    WRAP_BIT,
    parts_of_packed,
)
from workloads import Request


class PackedKind(RingKind):
    """The packed ring of today: descriptors in order, ids from a list of their own."""

    name = PACKED
    counts_descriptors = True

    def allows(self, slots: int) -> bool:
        """Whether a ring may have this many slots: any number up to the largest."""
        return 1 <= slots <= packed_ring.NUM_MAX

    def bare_sizes(self, slots: int) -> tuple[int, int]:
        """The bytes of a queue and of its ring.

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
        """Fill in what is not zero. Callbacks are off, as while completions are taken."""
        parts = parts_of_packed(queue.slots)
        found = laid_out(queue, parts)
        found[["avail_wrap_counter", "device_wrap", "avail_used_flags"]] = (1, 1, DESC_F_AVAIL)
        found["last_used_idx"], found["event_flags_shadow"] = 1 << WRAP_BIT, EVENT_DISABLE
        asks = queue.arena.view(queue.ring + parts.used, PACKED_EVENT)
        asks["off_wrap"] = 1 << WRAP_BIT
        asks["flags"] = EVENT_DESC if queue.serves else EVENT_DISABLE

    def smear(self, queue: Queue) -> None:
        """Write what no kernel does to descriptors, except their flags."""
        table = queue.arena.view(queue.ring, PACKED_DESC, queue.slots)
        for name in ("addr", "len", "id"):
            table[name] = SMEARS[name]

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What a request of ``taken`` descriptors wrote, added alone."""
        return bytes(queue.arena.view(queue.ring, PACKED_DESC, queue.slots)[:taken].tobytes())

    def read(self, queue: Queue, request: Request) -> None:
        """Compare the ring with the one request that was added.

        Raises:
            RingError: it does not describe the request.
        """
        packed_ring.check_available(self.slots_of(queue), packed_ring.START, [request])

    def slots_of(self, queue: Queue) -> packed_ring.PackedRing:
        """The ring as the oracle reads it."""
        return packed_ring.PackedRing(queue.arena.read, queue.slots, queue.ring)

    def marks(self, queue: Queue) -> bytes:
        """The part of ring and queue that a refused request must not change."""
        parts = parts_of_packed(queue.slots)
        ids = queue.arena.view(queue.vq + parts.extra, DESC_EXTRA, queue.slots)["next"]
        return bytes(ids.tobytes()) + queue.arena.read(queue.ring, parts.ring)

    def at_rest(self, queue: Queue, requests: int) -> None:
        """Compare the places of driver and device in a ring with nothing in flight.

        Raises:
            AtRestError: descriptors were lost, or a place is not what it must be.
        """
        del requests  # places are counted in descriptors, which go round
        found = queue.emptied(TODAYS_QUEUE)
        places = {
            int(found["next_avail_idx"]) | int(found["avail_wrap_counter"]) << WRAP_BIT,
            int(found["device_idx"]) | int(found["device_wrap"]) << WRAP_BIT,
            int(found["last_used_idx"]),
        }
        if len(places) > 1:
            raise AtRestError("driver and device are at different places of the ring")


class PackedInOrderKind(PackedKind):
    """The packed ring of today in order: known by slots, one used descriptor is for a batch."""

    name = PACKED_IN_ORDER

    def reset(self, queue: Queue) -> None:
        """Start over with no batch."""
        super().reset(queue)
        queue.arena.view(queue.vq, TODAYS_QUEUE)["batch_id"] = NO_BATCH
