"""pcap, as tcpdump writes it: both byte orders, microseconds and nanoseconds.

The original length of each packet counts, not the captured one. A packet larger than the link's MTU
was captured before segmentation or after reassembly, which is just what virtio gets.
"""

import struct
from collections.abc import Iterator

from workloads.traces.capture import Capture, Format
from workloads.traces.link import LINKS, ORIGINAL_MAX, direction_of, length_of
from workloads.traces.record import NETWORK, Record
from workloads.traces.source import TraceError

MAGICS = (0xA1B2_C3D4, 0xA1B2_3C4D)  # of microseconds, of nanoseconds
ORDER_OF = {struct.pack(f"{order}I", magic): order for order in "<>" for magic in MAGICS}
HEADER = "IHHiIII"  # magic, version, minor, zone, accuracy, maximum captured, link type
PACKET = "IIII"  # seconds, fraction, captured length, original length
COOKED = 20  # captured bytes that are read
LINK_BITS = 0xFFFF  # of the link type; the upper bits are other fields


def matches(head: bytes) -> bool:
    """Whether a file begins with one of the magic numbers."""
    return head[:4] in ORDER_OF


def read(capture: Capture) -> Iterator[Record]:
    """Yield every packet."""
    capture.unit, source = "packet", capture.source
    order = ORDER_OF[source.head[:4]]
    header = struct.Struct(order + HEADER)
    begun = source.take(header.size)
    if len(begun) < header.size:
        raise TraceError(f"{source.name}: a pcap of {len(begun)} bytes has not even a header")
    number = header.unpack(begun)[-1] & LINK_BITS
    link = LINKS.get(number)
    if link is None:
        raise TraceError(unknown_link(source.name, number))
    packet = struct.Struct(order + PACKET)
    while found := source.take(packet.size):
        capture.number += 1
        kept = packet.unpack(found)[2] if len(found) == packet.size else 0
        if kept > ORIGINAL_MAX:
            capture.broken(f"{kept} bytes kept of it, so no later one can be found")
            return
        first = source.take(min(kept, COOKED))
        if len(found) < packet.size or not _whole(capture, first, kept):
            capture.cut = "its last packet is not whole"
            return
        original = packet.unpack(found)[3]
        if original > ORIGINAL_MAX:
            capture.broken(f"{original} bytes; the most is {ORIGINAL_MAX}")
            continue
        direction = direction_of(link, first, capture.direction)
        yield Record(length_of(link, original), None, direction, NETWORK)


def unknown_link(name: str, number: int) -> str:
    """The message about a capture of an unknown link type."""
    known = ", ".join(map(str, LINKS))
    return f"{name}: link type {number} is not a network card's; capture one of the types {known}"


def _whole(capture: Capture, first: bytes, kept: int) -> bool:
    """Skip the captured bytes of a packet; False if they are truncated."""
    if len(first) < min(kept, COOKED):
        return False
    return kept <= COOKED or len(capture.source.take(kept - COOKED)) == kept - COOKED


FORMAT = Format("pcap", "the magic a1b2c3d4 or a1b23c4d, in either byte order", matches, read)
