"""What every reader yields."""

from typing import NamedTuple

from workloads import Direction

BLOCK, NETWORK = "blk", "net"  # kinds of a request: whose header it has
BYTES_MAX = (1 << 32) - 1  # of a request: the kernel's bi_size and fio's length have 32 bits
SEGMENTS_MAX = 1 << 20  # of a request as captured: 4 GiB in pages
COUNT_MAX = (1 << 53) - 1  # what every reader of JSON keeps exactly


class Record(NamedTuple):
    """A request that was captured, or so many alike."""

    length: int  # bytes of data; of a packet, of its Ethernet frame
    segments: int | None  # pieces of memory it lay in; None where the format does not say
    direction: Direction
    kind: str = BLOCK
    offset: int | None = None  # bytes from the start of the disk; None where not known
    times: int = 1  # more only where the capture is a histogram
    ns: int = 0  # time; only where the files of one capture must be put in order
