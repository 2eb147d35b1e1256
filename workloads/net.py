"""virtio_net: one table whose entry 0 is the 8-byte header, then the packet (Linux 2.6.24).

The RFC declares 1 + MAX_SKB_FRAGS = 19 entries. Header, linear part and 18 frags are 20, which
overflowed until Linux 2.6.26; the room here is 20, which serves the whole sweep.
"""

import random

from workloads import PAGE_SIZE, Direction, Group, Request, Segment, Shape, Workload, apart, fixed

MAX_SKB_FRAGS = 65536 // PAGE_SIZE + 2  # 18, include/linux/skbuff.h
ROOM = 2 + MAX_SKB_FRAGS
HEADER_BYTES = 8  # struct virtio_net_hdr, before hdr_len made it 10 in 2.6.25
MAX_PACKET_LEN = 14 + 1500  # ETH_HLEN + ETH_DATA_LEN
GSO_LINEAR_BYTES = 66  # Ethernet, IPv4 and TCP with timestamps

IMIX = {64: 7, 570: 4, 1514: 1}  # packet length in bytes: packets, the customary simple IMIX
QUICK_SWEEP = (0, 8, 18)

HEADER = Segment(0x600, 0x128, HEADER_BYTES, virtual=True)  # in skb->cb
LINEAR_PAGE, LINEAR_OFFSET = 0x610, 0x40  # skb->data


def packet(direction: Direction, linear: int, frags: int = 0) -> Request:
    """A packet of ``linear`` bytes, followed by ``frags`` pages."""
    segments = (
        HEADER,
        Segment(LINEAR_PAGE, LINEAR_OFFSET, linear, virtual=True),
        *(Segment(page, 0, PAGE_SIZE) for page in apart(frags)),
    )
    return Request((Group(direction, segments, room=ROOM),))


def imix(seed: int) -> tuple[Request, ...]:
    """12 linear packets, 7:4:1 of three sizes, in seeded order: 2 descriptors each."""
    lengths = [length for length, count in IMIX.items() for _ in range(count)]
    random.Random(seed).shuffle(lengths)
    return tuple(packet(Direction.OUT, length) for length in lengths)


WORKLOAD = Workload(
    "net",
    (
        Shape("rx", fixed(packet(Direction.IN, MAX_PACKET_LEN))),
        Shape("tx-imix", imix),
        Shape(  # 64 KiB of payload fill 16 pages if aligned to one, else 17
            "tx-gso", fixed(*(packet(Direction.OUT, GSO_LINEAR_BYTES, n) for n in (16, 17)))
        ),
        *(
            Shape(
                f"frags-{count}",
                fixed(packet(Direction.OUT, GSO_LINEAR_BYTES, count)),
                swept=count,
                quick=count in QUICK_SWEEP,
            )
            for count in range(MAX_SKB_FRAGS + 1)
        ),
    ),
    sweep="frags",
)
