"""The MSR-Cambridge traces (SNIA 387): ``Timestamp,Host,Disk,Read|Write,Offset,Size,Response``.

There is no heading; offsets and sizes are in bytes. Their licence forbids passing them on.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import Capture, Format, among
from workloads.traces.record import Record

LINE = re.compile(rb"\d+,[^,]*,\d+,(Read|Write),(\d{1,20}),(\d{1,20}),\d+\s*$")


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request."""
    for line in capture.lines():
        found = LINE.match(line)
        if found is None:
            capture.broken("Timestamp,Host,Disk,Read|Write,Offset,Size,Response")
            continue
        direction = Direction.IN if found[1] == b"Read" else Direction.OUT
        yield Record(int(found[3]), None, direction, offset=int(found[2]))


FORMAT = Format(
    "MSR-Cambridge CSV",
    "lines as 128166372003061629,hm,1,Read,383496192,32768,1331",
    among(LINE),
    read,
)
