"""Alibaba's block traces (github.com/alibaba/block-traces): ``device,R|W,offset,length,time``.

Offsets and lengths are in bytes, times in microseconds. A heading is skipped.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import Capture, Format, among
from workloads.traces.record import Record

LINE = re.compile(rb"\d+,([RW]),(\d{1,20}),(\d{1,20}),\d+\s*$")
HEADING = re.compile(rb"device_id,")


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request."""
    for line in capture.lines():
        found = LINE.match(line)
        if found is None:
            if capture.number > 1 or not HEADING.match(line):
                capture.broken("device,R|W,offset,length,time")
            continue
        direction = Direction.IN if found[1] == b"R" else Direction.OUT
        yield Record(int(found[3]), None, direction, offset=int(found[2]))


FORMAT = Format(
    "Alibaba CSV", "lines as 419,W,8792731648,16384,1577808144360767", among(LINE), read
)
