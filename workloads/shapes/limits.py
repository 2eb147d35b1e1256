"""What a driver's table has no room for, cut as the block layer and GSO cut it.

The block layer fills a request up to the limit and goes on with another. A packet is cut by its
payload, each part with headers of its own: at 64 KiB, and where it has more frags than an skb.
"""

from dataclasses import dataclass

from workloads.blk import MAX_PHYS_SEGMENTS
from workloads.net import GSO_LINEAR_BYTES, MAX_SKB_FRAGS
from workloads.traces.record import BLOCK

RING = 256  # descriptors, unless asked otherwise
RING_MIN = 4  # a header, a segment and a status, and a power of two
SECTOR = 512  # bytes
GSO_MAX_SIZE = 65536  # bytes of payload, include/linux/netdevice.h
BESIDE = {BLOCK: 2}  # descriptors beside the data: header and status, else a header
Parts = tuple[tuple[int, int, int], ...]  # bytes, segments, how many


@dataclass(frozen=True)
class Limits:
    """How many segments a request may have."""

    ring: int = RING

    def of(self, kind: str) -> int:
        """The most segments of a kind of request."""
        table = MAX_PHYS_SEGMENTS if kind == BLOCK else 1 + MAX_SKB_FRAGS
        return min(table, self.ring - BESIDE.get(kind, 1))

    def parts(self, kind: str, length: int, segments: int) -> Parts:
        """Return what a request is cut in; itself where it is within the limits."""
        most = self.of(kind)
        if kind == BLOCK:
            return ((length, segments, 1),) if segments <= most else block(length, segments, most)
        if segments <= most and length <= GSO_MAX_SIZE + GSO_LINEAR_BYTES:
            return ((length, segments, 1),)
        return packet(length, segments, most - 1)


def block(length: int, segments: int, most: int) -> Parts:
    """Requests of ``most`` segments, whole sectors each, and the rest."""
    full = -(-segments // most) - 1
    each = length * most // segments
    each -= each % SECTOR if length >= SECTOR * segments else 0
    return ((each, most, full), (length - full * each, segments - full * most, 1))


def packet(length: int, segments: int, most: int) -> Parts:
    """Packets of as much payload each and the rest, with headers and frags of their own."""
    payload, frags = max(1, length - GSO_LINEAR_BYTES), max(1, segments - 1)
    count = max(-(-payload // GSO_MAX_SIZE), -(-frags // most))
    by_size = count == -(-payload // GSO_MAX_SIZE)
    each = GSO_MAX_SIZE if by_size else -(-payload // count)
    count = -(-payload // each)
    rest = payload - (count - 1) * each

    def part(data: int) -> tuple[int, int]:
        return GSO_LINEAR_BYTES + data, 1 + min(most, -(-frags * data // payload))

    cut = ((*part(each), count - 1), (*part(rest), 1))
    return cut if count > 1 else cut[1:]
