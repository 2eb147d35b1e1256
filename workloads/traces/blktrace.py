"""blktrace's own files, ``NAME.blktrace.CPU``: binary, of either byte order (``blktrace_api.h``).

A record has 48 bytes, and as many bytes of payload as its last field says. A capture has one file
per CPU; if they are given together, their requests are merged by time.
"""

import struct
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import NO_DATA, Capture, Format
from workloads.traces.record import SECTOR, Record

FIELDS = "IIQQIIIIIHH"  # magic, seq, time, sector, bytes, action, pid, device, cpu, error, payload
MAGIC = 0x6561_7400 | 7  # BLK_IO_TRACE_MAGIC and _VERSION
MAGIC_OF = {order: struct.pack(f"{order}I", MAGIC) for order in "<>"}
ISSUE = 7  # __BLK_TA_ISSUE, in the lower 16 bits of an action
WRITE = 1 << 17  # BLK_TC_WRITE, of the categories in the upper 16
READ = 1 << 16
NO_REQUEST = 1 << 26  # BLK_TC_NOTIFY: messages, names of processes
NO_PAGES = 1 << 29 | 1 << 25  # BLK_TC_DISCARD, BLK_TC_PC: no pages of a file are mapped


def matches(head: bytes) -> bool:
    """Whether a file begins like a record."""
    return head.startswith(tuple(MAGIC_OF.values()))


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request that was issued, with its time."""
    capture.unit = "record"
    source = capture.source
    order = "<" if source.head.startswith(MAGIC_OF["<"]) else ">"
    record = struct.Struct(order + FIELDS)
    while found := source.take(record.size):
        capture.number += 1
        if len(found) < record.size:
            capture.cut = "its last record is not whole"
            return
        magic, _, time, sector, length, action, *_, payload = record.unpack(found)
        if magic != MAGIC:
            capture.broken("it does not begin with blktrace's magic, nor can a later one be found")
            return
        if not source.skip(payload) or (payload and source.cut):
            capture.cut = "its last record is not whole"
            return
        if action & 0xFFFF != ISSUE or action & NO_REQUEST:
            continue
        if action & NO_PAGES or not action & (READ | WRITE):
            capture.left_out[NO_DATA] += 1
            continue
        direction = Direction.OUT if action & WRITE else Direction.IN
        yield Record(length, None, direction, offset=SECTOR * sector, ns=time)


FORMAT = Format("blktrace", "records that begin with 0x65617407", matches, read)
