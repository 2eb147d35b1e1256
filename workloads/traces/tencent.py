"""Tencent's block traces (SNIA 28064): ``time,offset,size,0|1,volume``.

Offset and size are in sectors of 512 bytes, time in seconds; 0 is a read and 1 a write.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import Capture, Format, among
from workloads.traces.record import SECTOR, Record

LINE = re.compile(rb"\d+,(\d{1,20}),(\d{1,20}),([01]),\d+\s*$")
HEADING = re.compile(rb"Timestamp,", re.IGNORECASE)


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request."""
    for line in capture.lines():
        found = LINE.match(line)
        if found is None:
            if capture.number > 1 or not HEADING.match(line):
                capture.broken("time,offset,size,0|1,volume")
            continue
        direction = Direction.OUT if found[3] == b"1" else Direction.IN
        yield Record(SECTOR * int(found[2]), None, direction, offset=SECTOR * int(found[1]))


FORMAT = Format("Tencent CSV", "lines as 1538323200,12910952,128,0,1063", among(LINE), read)
