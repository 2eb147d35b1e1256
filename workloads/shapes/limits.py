"""Splits requests that exceed a driver's table, as the block layer and GSO do.

The block layer fills a request up to the limit and continues with another. A packet is split by its
payload, each part with its own headers: at 64 KiB, and if it has more frags than an skb can hold.
"""

from dataclasses import dataclass

from workloads.blk import MAX_PHYS_SEGMENTS
from workloads.net import GSO_LINEAR_BYTES, MAX_SKB_FRAGS
from workloads.traces.record import BLOCK, SECTOR

RING = 256  # descriptors, by default
RING_MIN = 4  # a header, a segment and a status, and a power of two
GSO_MAX_SIZE = 65536  # bytes of payload, include/linux/netdevice.h
BESIDE = {BLOCK: 2}  # descriptors in addition to data: header and status, otherwise a header
Parts = tuple[tuple[int, int, int], ...]  # bytes, segments, how many


@dataclass(frozen=True)
class Limits:
    """The largest requests that fit."""

    ring: int = RING

    def of(self, kind: str) -> int:
        """The maximum number of segments of a kind of request."""
        table = MAX_PHYS_SEGMENTS if kind == BLOCK else 1 + MAX_SKB_FRAGS
        return min(table, self.ring - BESIDE.get(kind, 1))

    def parts(self, kind: str, length: int, segments: int) -> Parts:
        """The parts that a request is split into; itself if it is within the limits."""
        most = self.of(kind)
        if kind == BLOCK:
            return ((length, segments, 1),) if segments <= most else block(length, segments, most)
        if segments <= most and length <= GSO_MAX_SIZE + GSO_LINEAR_BYTES:
            return ((length, segments, 1),)
        return packet(length, segments, most - 1)


def block(length: int, segments: int, most: int) -> Parts:
    """Requests of ``most`` segments, each of whole sectors, and the rest."""
    full = -(-segments // most) - 1
    each = length * most // segments
    each -= each % SECTOR if length >= SECTOR * segments else 0
    return ((each, most, full), (length - full * each, segments - full * most, 1))


def packet(length: int, segments: int, most: int) -> Parts:
    """Packets of equal payload, and the rest, each with its own headers and frags."""
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
