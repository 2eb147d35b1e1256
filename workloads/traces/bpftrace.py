"""A histogram printed by bpftrace: lines of ``@NAME[bytes, segments]: count``.

The name of the map gives the kind: ``read`` and ``write`` are requests to a disk, ``tx`` and ``rx``
those of a network card. A map without a name is of a disk, in the direction given on the command
line. A histogram has no order. docs/your-requests.md has the scripts.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import Capture, Format, among
from workloads.traces.record import BLOCK, NETWORK, Record

MAPS = {
    b"read": (BLOCK, Direction.IN),
    b"write": (BLOCK, Direction.OUT),
    b"rx": (NETWORK, Direction.IN),
    b"tx": (NETWORK, Direction.OUT),
}
LINE = re.compile(rb"@(\w*)\[(\d{1,20}), (\d{1,20})\]: (\d{1,20})\s*$")


def read(capture: Capture) -> Iterator[Record]:
    """Yield each line's requests; skip lines that are not of a map."""
    for line in capture.lines():
        if not line.startswith(b"@"):
            continue
        found = LINE.match(line)
        if found is None or (found[1] and found[1] not in MAPS):
            capture.broken("@, @read, @write, @tx or @rx, then [BYTES, SEGMENTS]: COUNT")
            continue
        kind, direction = MAPS.get(found[1], (BLOCK, capture.direction))
        yield Record(int(found[2]), int(found[3]), direction, kind, times=int(found[4]))


FORMAT = Format(
    "bpftrace histogram", "lines as @read[4096, 1]: 1234", among(LINE), read, ordered=False
)
