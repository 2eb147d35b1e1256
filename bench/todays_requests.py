"""What drivers ask of a ring today, and what the experiments of today share: cells and turns.

virtio-blk's header has 16 bytes and its status is one. virtio-net's header has 12, pushed in front
of the packet: one descriptor for both, and one a frag (docs/today.md, section 4).
"""

from collections.abc import Iterable
from itertools import product

from bench.driver.traffic import Traffic
from strategies import braced
from workloads import PAGE_SIZE, Direction, Group, Request, Segment, Shape, apart, blk, fixed

HEADER_BYTES, STATUS_BYTES = 16, 1  # struct virtio_blk_outhdr; struct virtio_blk_inhdr
NET_HEADER_BYTES = 12  # struct virtio_net_hdr_mrg_rxbuf
LINEAR_BYTES = 66  # Ethernet, IPv4 and TCP with timestamps
MAX_SKB_FRAGS = 17  # as configured by default
RX_BYTES = 1536  # a mergeable buffer
REQUEST_PAGE, REQUEST_OFFSET = 0x500, 0x1C0  # where a virtblk_req happens to lie


def block(direction: Direction, segments: tuple[Segment, ...]) -> Request:
    """A READ (data ``IN``) or a WRITE (data ``OUT``) of ``segments``."""
    header = Segment(REQUEST_PAGE, REQUEST_OFFSET, HEADER_BYTES, virtual=True)
    status = Segment(REQUEST_PAGE, REQUEST_OFFSET + HEADER_BYTES, STATUS_BYTES, virtual=True)
    return Request(
        (
            Group(Direction.OUT, (header,), room=1),
            Group(direction, segments, room=blk.MAX_PHYS_SEGMENTS, merge=True),
            Group(Direction.IN, (status,), room=1),
        )
    )


def packet(frags: int) -> Request:
    """An outgoing packet: header and linear part in one segment, then pages."""
    first = Segment(0x610, 0x34, NET_HEADER_BYTES + LINEAR_BYTES, virtual=True)
    pages = (Segment(page, 0, PAGE_SIZE) for page in apart(frags))
    return Request((Group(Direction.OUT, (first, *pages), room=MAX_SKB_FRAGS + 2),))


def buffer() -> Request:
    """A buffer for incoming packets."""
    page = Segment(0x1000, 0, RX_BYTES)
    return Request((Group(Direction.IN, (page,), room=MAX_SKB_FRAGS + 2),))


BLOCK = {"4k": 1, "64k": 16, "512k": 128}  # data segments
SHAPES: dict[str, dict[str, Shape]] = {  # workload: shape by name
    "blk": {
        name: Shape(name, fixed(block(Direction.IN, blk.pages(count))))
        for name, count in ((f"today-{size}-read", count) for size, count in BLOCK.items())
    },
    "net": {
        "today-rx": Shape("today-rx", fixed(buffer())),
        "today-tx": Shape("today-tx", fixed(packet(0))),
        "today-tx-gso": Shape("today-tx-gso", fixed(packet(MAX_SKB_FRAGS))),
    },
}

TAKEN = 16  # completions a kick, where the ring is kept full
FULL = Traffic(turn="loaded", limit=TAKEN)


def reads(phase: str, axes: tuple[tuple[str, str], ...] = ()) -> tuple[str, ...]:
    """The cells of READs of 4, 64 and 512 KiB."""
    return tuple(f"blk/today-{size}-read/{phase}{braced(axes)}" for size in BLOCK)


def formed(layouts: Iterable[str], forms: Iterable[str]) -> tuple[str, ...]:
    """Every layout as it is, and in each of these forms."""
    return (*layouts, *(f"{name}[{form}]" for name, form in product(layouts, forms)))
