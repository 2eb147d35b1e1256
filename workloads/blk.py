"""virtio_blk: a header out, data in or out, a status byte in (``do_req`` of Linux 2.6.24).

The driver never raised ``max_sectors``, so its real limit was 255 sectors (``cap``); 128
segments (``max``) is what MAX_PHYS_SEGMENTS and the size of its table allow.
"""

import random
import struct

from workloads import PAGE_SIZE, Direction, Group, Request, Segment, Shape, Workload, apart, fixed

MAX_PHYS_SEGMENTS = 128  # include/linux/blkdev.h
SAFE_MAX_SECTORS = 255  # include/linux/blkdev.h, in sectors of 512 bytes
OUTHDR = struct.Struct("<IIQQ")  # struct virtio_blk_outhdr: type, ioprio, sector, id (until 2.6.25)
T_OUT, T_BARRIER = 1, 0x8000_0000  # VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_BARRIER
STATUS_BYTES = 1  # struct virtio_blk_inhdr
OUTHDR_AT, INHDR_AT = 24, 48  # in struct virtblk_req, 56 bytes from a mempool
VBR_PAGE, VBR_OFFSET = 0x500, 0x1C0  # an arbitrary place of that object

SWEEP = (1, 2, 4, 8, 16, 32, 62, 96, 126, 128)
QUICK_SWEEP = (1, 16, 62, 128)
MIX_REQUESTS = 32
MIX_READS = 0.7
MIX_SEGMENTS = {1: 50, 2: 10, 4: 15, 16: 15, 32: 10}  # data segments: weight


def request(
    direction: Direction, segments: tuple[Segment, ...], *, barrier: bool = False
) -> Request:
    """A READ (data ``IN``) or a WRITE (data ``OUT``) of ``segments``."""
    header = Segment(VBR_PAGE, VBR_OFFSET + OUTHDR_AT, OUTHDR.size, virtual=True)
    status = Segment(VBR_PAGE, VBR_OFFSET + INHDR_AT, STATUS_BYTES, virtual=True)
    kind = T_OUT * (direction is Direction.OUT) | T_BARRIER * barrier
    return Request(
        (
            Group(Direction.OUT, (header,), room=1),
            Group(direction, segments, room=MAX_PHYS_SEGMENTS, merge=True),
            Group(Direction.IN, (status,), room=1),
        ),
        OUTHDR.pack(kind, 0, 0, 0),
    )


def pages(count: int, last_length: int = PAGE_SIZE) -> tuple[Segment, ...]:
    """``count`` whole pages, physically apart; the last may be shorter."""
    lengths = [PAGE_SIZE] * (count - 1) + [last_length]
    pairs = zip(apart(count), lengths, strict=True)
    return tuple(Segment(page, 0, length) for page, length in pairs)


def cap() -> tuple[Segment, ...]:
    """The largest request that the driver of 2.6.24 received: 127.5 KiB."""
    count, rest = divmod(SAFE_MAX_SECTORS * 512, PAGE_SIZE)
    return pages(count + 1, rest)


def neighbours(pairs: int) -> tuple[Segment, ...]:
    """Pairs of physically adjacent pages; blk_rq_map_sg merges each pair into one entry."""
    return tuple(Segment(page + second, 0, PAGE_SIZE) for page in apart(pairs) for second in (0, 1))


def mix(seed: int) -> tuple[Request, ...]:
    """A seeded stream with sizes from ``MIX_SEGMENTS`` and a share ``MIX_READS`` of reads."""
    draw = random.Random(seed)
    sizes = draw.choices(list(MIX_SEGMENTS), list(MIX_SEGMENTS.values()), k=MIX_REQUESTS)
    directions = (
        Direction.IN if draw.random() < MIX_READS else Direction.OUT for _ in range(MIX_REQUESTS)
    )
    return tuple(map(request, directions, map(pages, sizes)))


def named() -> tuple[Shape, ...]:
    """The named shapes, each as READ and as WRITE."""
    data = {"4k": pages(1), "64k": pages(16), "cap": cap(), "max": pages(MAX_PHYS_SEGMENTS)}
    return tuple(
        Shape(f"{name}-{word}", fixed(request(direction, segments)))
        for name, segments in data.items()
        for word, direction in (("read", Direction.IN), ("write", Direction.OUT))
    )


WORKLOAD = Workload(
    "blk",
    (
        *named(),
        Shape(  # a bit of the header that no layout reads: must cost the same as 4k-write
            "4k-barrier", fixed(request(Direction.OUT, pages(1), barrier=True))
        ),
        Shape("merge-read", fixed(request(Direction.IN, neighbours(16)))),
        Shape("mix", mix),
        *(
            Shape(
                f"seg-{count}",
                fixed(request(Direction.IN, pages(count))),
                swept=count,
                quick=count in QUICK_SWEEP,
            )
            for count in SWEEP
        ),
    ),
    sweep="data segments",
)
