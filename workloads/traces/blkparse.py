"""The default output of blktrace's blkparse (``blkparse_fmt.c``).

``maj,min cpu seq time pid action rwbs``, then fields that depend on the action; for D (issued to
the driver) ``sector + n [comm]``, with ``-t`` also ``(elapsed)``. Only D is counted: requests of Q
and I may be merged later, and those remapped by a partition or a stacked device appear twice.
Summaries at the end, and other lines that do not begin like an event, are skipped.
"""

import re
from collections.abc import Iterator

from workloads.traces.capture import NO_DATA, Capture, Format, among
from workloads.traces.record import SECTOR, Record
from workloads.traces.rwbs import direction_of

DEVICE = re.compile(rb"\s*\d+,\d+\s")
EVENT = re.compile(rb"\s*\d+,\d+\s+\d+\s+\d+\s+\d+\.\d+\s+\d+\s+([A-Za-z]{1,2})\s+(\S.*)")
EXTENT = re.compile(rb"(\S+)\s+(\d{1,20}) \+ (\d{1,20}) (?:\(\s*\d+\) )?\[.*\]\s*$")
NO_EXTENT = re.compile(rb"\S+\s+(?:\d+ (?:\([^)]*\) )?)?\[.*\]\s*$")  # a flush, or passthrough


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request that was issued."""
    for line in capture.lines():
        event = EVENT.match(line)
        if event is None:
            if DEVICE.match(line):
                capture.broken("no event of blkparse's")
            continue
        if event[1] != b"D":
            continue
        extent = EXTENT.match(event[2])
        if extent is not None:
            direction = direction_of(extent[1])
            if direction is None:
                capture.left_out[NO_DATA] += 1
                continue
            length, offset = SECTOR * int(extent[3]), SECTOR * int(extent[2])
            yield Record(length, None, direction, offset=offset)
        elif NO_EXTENT.match(event[2]):
            capture.left_out[NO_DATA] += 1
        else:
            capture.broken("an issue is followed by SECTOR + COUNT [COMMAND]")


FORMAT = Format(
    "blkparse", "lines as 8,0 3 1 0.000000000 697 D W 2048 + 8 [name]", among(EVENT), read
)
