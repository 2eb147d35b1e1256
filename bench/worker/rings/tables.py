"""Today's rings with indirect tables, in memory at the end of their queue."""

from dataclasses import replace

from bench.ring import oracle, packed_ring
from bench.worker.rings.kind import Queue
from bench.worker.rings.packed import PackedKind
from bench.worker.rings.split import SplitKind
from strategies.linux.structs import PAGE_OFFSET
from strategies.linux.todays.structs import (
    PACKED_INDIRECT,
    SPLIT_INDIRECT,
)


class SplitIndirectKind(SplitKind):
    """The split ring of today with tables of descriptors."""

    name = SPLIT_INDIRECT
    has_tables = True

    def seen(self, queue: Queue) -> oracle.Ring:
        """The ring as the oracle reads it, through tables."""
        return replace(super().seen(queue), tables=PAGE_OFFSET)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What the oracle finds of a request added alone, in ring or table."""
        del taken
        return repr(oracle.published(self.seen(queue), 0, 1)).encode()


class PackedIndirectKind(PackedKind):
    """The packed ring of today with tables of descriptors."""

    name = PACKED_INDIRECT
    has_tables = True

    def slots_of(self, queue: Queue) -> packed_ring.PackedRing:
        """The ring as the oracle reads it, through tables."""
        return replace(super().slots_of(queue), tables=PAGE_OFFSET)

    def picture(self, queue: Queue, taken: int) -> bytes:
        """What the oracle finds of a buffer added alone, in ring or table."""
        del taken
        buffer = packed_ring.available(self.slots_of(queue), packed_ring.START)
        return repr(buffer and buffer.segments).encode()
