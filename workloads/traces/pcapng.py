"""pcapng, as Wireshark and newer tcpdump write it: sections of either byte order, any interfaces.

The original length of each packet counts. The options of an enhanced packet may give its direction;
otherwise a cooked header may.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from workloads import Direction
from workloads.traces.capture import Capture, Format
from workloads.traces.link import LINKS, ORIGINAL_MAX, Link, direction_of, length_of
from workloads.traces.pcap import unknown_link
from workloads.traces.record import NETWORK, Record
from workloads.traces.source import TraceError

SECTION, INTERFACE, OLD_PACKET, SIMPLE, ENHANCED = 0x0A0D_0D0A, 1, 2, 3, 6
MAGIC = struct.pack("<I", SECTION)  # the same in both byte orders
ORDER_OF = {struct.pack(f"{order}I", 0x1A2B_3C4D): order for order in "<>"}
EDGE = 8  # bytes of type and length before a block's body; the length is repeated after it
BLOCK_MIN = 12
PACKET_MAX = ORIGINAL_MAX  # bytes of a block that is read as a whole
INTERFACES_MAX = 1 << 12  # per section
FLAGS = 2  # option epb_flags: its two lowest bits are 1 inbound, 2 outbound
WAYS = {1: Direction.IN, 2: Direction.OUT}


@dataclass
class Section:
    """How to read blocks until the next section."""

    order: str = "<"
    links: list[Link] = field(default_factory=list)  # of each interface


class BrokenBlockError(ValueError):
    """A block that does not fit its type; the text gives the reason."""


def matches(head: bytes) -> bool:
    """Whether a file begins with a section."""
    return head[:4] == MAGIC and head[8:12] in ORDER_OF


def read(capture: Capture) -> Iterator[Record]:
    """Yield every packet."""
    capture.unit, section = "block", Section()
    while edge := capture.source.take(EDGE):
        capture.number += 1
        if len(edge) < EDGE:
            capture.cut = "its last block is not whole"
            return
        try:
            record = _block(capture, section, edge)
        except EOFError:
            capture.cut = "its last block is not whole"
            return
        except BrokenBlockError as error:
            capture.broken(str(error))
            if error.args[1:]:  # no later block can be found
                return
            continue
        if record is not None:
            yield record


def _block(capture: Capture, section: Section, edge: bytes) -> Record | None:
    """Read the rest of a block; the packet in it, if it is a packet's."""
    source = capture.source
    begun = b""
    if edge[:4] == MAGIC:
        begun = _take(capture, 4)
        if begun not in ORDER_OF:
            raise BrokenBlockError("a section without its byte-order mark", "lost")
        section.order, section.links = ORDER_OF[begun], []
    kind, length = struct.unpack(section.order + "II", edge)
    left = length - EDGE - len(begun)
    if length < BLOCK_MIN or length % 4 or left < 4:  # noqa: PLR2004
        raise BrokenBlockError(f"a block of {length} bytes, so no later one can be found", "lost")
    if kind not in READERS:
        if not source.skip(left - 4):
            raise EOFError
        body = b""
    elif length > PACKET_MAX:
        raise BrokenBlockError(f"a packet's block of {length} bytes", "lost")
    else:
        body = _take(capture, left - 4)
    if struct.unpack(section.order + "I", _take(capture, 4)) != (length,):
        raise BrokenBlockError("its two lengths differ, so no later one can be found", "lost")
    try:
        return READERS[kind](capture, section, body) if kind in READERS else None
    except struct.error:
        raise BrokenBlockError(f"a block of type {kind} with {length} bytes is too short") from None


def _interface(capture: Capture, section: Section, body: bytes) -> None:
    (number,) = struct.unpack_from(section.order + "H", body)
    if number not in LINKS:
        raise TraceError(unknown_link(capture.source.name, number))
    if len(section.links) == INTERFACES_MAX:
        raise BrokenBlockError(f"more than {INTERFACES_MAX} interfaces", "lost")
    section.links.append(LINKS[number])


def _enhanced(capture: Capture, section: Section, body: bytes) -> Record:
    number, _, _, kept, original = struct.unpack_from(section.order + "5I", body)
    if 20 + kept > len(body):
        raise BrokenBlockError(f"{kept} bytes kept of a packet in {len(body)}")
    options = 20 + kept + -kept % 4
    way = _way(section, body[options:]) if len(body) > options else None
    return _packet(capture, section, number, original, body[20 : 20 + kept], way)


def _old(capture: Capture, section: Section, body: bytes) -> Record:
    number, _, _, _, kept, original = struct.unpack_from(section.order + "2H4I", body)
    return _packet(capture, section, number, original, body[20 : 20 + kept])


def _simple(capture: Capture, section: Section, body: bytes) -> Record:
    (original,) = struct.unpack_from(section.order + "I", body)
    return _packet(capture, section, 0, original, body[4:])


def _packet(  # noqa: PLR0913, PLR0917  the fields of a block, in their order
    capture: Capture,
    section: Section,
    number: int,
    original: int,
    kept: bytes,
    way: Direction | None = None,
) -> Record:
    if number >= len(section.links):
        raise BrokenBlockError(f"a packet of interface {number}, which was not described")
    if original > ORIGINAL_MAX:
        raise BrokenBlockError(f"{original} bytes; the most is {ORIGINAL_MAX}")
    link = section.links[number]
    direction = direction_of(link, kept, capture.direction) if way is None else way
    return Record(length_of(link, original), None, direction, NETWORK)


def _way(section: Section, options: bytes) -> Direction | None:
    """The direction of an enhanced packet by its options; None if they do not give it."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(section.order + "HH", options, at)
        if code == FLAGS and length == 4 and at + 8 <= len(options):  # noqa: PLR2004
            (flags,) = struct.unpack_from(section.order + "I", options, at + 4)
            return WAYS.get(flags & 3)
        if not code:
            break
        at += 4 + length + -length % 4
    return None


def _take(capture: Capture, count: int) -> bytes:
    found = capture.source.take(count)
    if len(found) < count:
        raise EOFError
    return found


READERS = {INTERFACE: _interface, OLD_PACKET: _old, SIMPLE: _simple, ENHANCED: _enhanced}
FORMAT = Format("pcapng", "a section block 0a0d0d0a with a byte-order mark", matches, read)
