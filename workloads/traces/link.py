"""What pcap and pcapng have in common: link types, and the size of a packet on Ethernet."""

import struct
from typing import NamedTuple

from workloads import Direction

ETHERNET_HEADER = 14  # bytes
OUTGOING = 4  # PACKET_OUTGOING, in the header of a cooked capture
ORIGINAL_MAX = 1 << 25  # bytes of a packet: far above the largest, BIG TCP's 512 KiB


class Link(NamedTuple):
    """A link type of a capture."""

    header: int  # bytes before the network packet
    packet_type_at: int = -1  # offset of the field that says whether it was sent, if there is one
    packet_type_bytes: int = 0  # size of that field


LINKS = {  # by number, see tcpdump.org/linktypes.html
    1: Link(ETHERNET_HEADER),
    101: Link(0),  # RAW: an IP packet
    113: Link(16, 0, 2),  # LINUX_SLL
    228: Link(0),  # IPV4
    229: Link(0),  # IPV6
    276: Link(20, 10, 1),  # LINUX_SLL2
}


def length_of(link: Link, original: int) -> int:
    """The size in bytes of an Ethernet frame with the same packet."""
    return original - link.header + ETHERNET_HEADER if original > link.header else 0


def direction_of(link: Link, kept: bytes, otherwise: Direction) -> Direction:
    """The direction of a packet by its cooked header, if it has one."""
    if link.packet_type_at < 0 or len(kept) < link.packet_type_at + link.packet_type_bytes:
        return otherwise
    (kind,) = struct.unpack_from(
        ">H" if link.packet_type_bytes == 2 else "B",  # noqa: PLR2004
        kept,
        link.packet_type_at,
    )
    return Direction.OUT if kind == OUTGOING else Direction.IN
