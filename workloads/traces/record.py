"""The record that every reader yields."""

from typing import NamedTuple

from workloads import Direction

BLOCK, NETWORK = "blk", "net"  # kinds of requests, by the header that virtio gives them
SECTOR = 512  # bytes, in each of these formats as in the kernel
BYTES_MAX = (1 << 32) - 1  # per request: the kernel's bi_size and fio's length have 32 bits
SEGMENTS_MAX = 1 << 20  # per captured request: 4 GiB in pages
COUNT_MAX = (1 << 53) - 1  # the largest integer that is exact in every reader of JSON


class Record(NamedTuple):
    """A captured request, or several equal ones."""

    length: int  # bytes of data; of a packet, of its Ethernet frame
    segments: int | None  # pieces of memory; None if the format does not record them
    direction: Direction
    kind: str = BLOCK
    offset: int | None = None  # bytes from the start of the disk; None if unknown
    times: int = 1  # more than one only in histograms
    ns: int = 0  # time; only if the files of a capture must be merged
