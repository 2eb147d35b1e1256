"""The tracepoint block_rq_issue as printed by ``perf script``, ftrace and trace-cmd.

``block_rq_issue: maj,min RWBS bytes (cmd) sector + n [comm]``; newer kernels print the priority as
``class,hint,level`` before the bracket. Everything before the tracepoint's name is ignored, as the
name of a command may contain blanks and brackets. Older kernels report 0 bytes for all but
passthrough requests; then the sectors count.
"""

import re
from collections.abc import Iterator

from workloads.traces.capture import LINE_MAX, NO_DATA, Capture, Format
from workloads.traces.record import SECTOR, Record
from workloads.traces.rwbs import direction_of

NAME = b"block_rq_issue:"
OTHERS = re.compile(rb"\d: +(?:block:)?block_\w+: +\d+,\d+ ")  # behind a time
EVENT = re.compile(
    rb"\s*\d+,\d+\s+(\S+)\s+(\d{1,20})\s+\([^)]*\)\s+(\d{1,20}) \+ (\d{1,20}) "
    rb"(?:[\w-]+,\d+,\d+ )?\[.*\]\s*$"
)


def matches(head: bytes) -> bool:
    """Whether one of the first lines is a block layer tracepoint."""
    return any(OTHERS.search(line[:LINE_MAX]) for line in head.splitlines())


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request that was issued; skip other events and comments."""
    for line in capture.lines():
        _, there, rest = line.partition(NAME)
        if not there or line.startswith(b"#"):
            continue
        event = EVENT.match(rest)
        if event is None:
            capture.broken("block_rq_issue is followed by MAJ,MIN RWBS BYTES () SECTOR + COUNT")
            continue
        direction = direction_of(event[1])
        if direction is None:
            capture.left_out[NO_DATA] += 1
            continue
        length = int(event[2]) or SECTOR * int(event[4])
        yield Record(length, None, direction, offset=SECTOR * int(event[3]))


FORMAT = Format("perf script or ftrace", "lines with block_rq_issue: 8,0 W 4096 ()", matches, read)
