"""VMware's vscsiStats (the CloudPhysics traces), as text: the one public format with segments.

``serial number,length,entries of the scatter list,command,LBN,microseconds``, after a heading that
begins with ``#``. Lengths are in bytes, LBN in blocks of 512. The command is a word, or SCSI's
number.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import NO_DATA, Capture, Format, among
from workloads.traces.record import SECTOR, Record

READS, WRITES = (0x08, 0x28, 0xA8, 0x88), (0x0A, 0x2A, 0xAA, 0x8A)  # SCSI's, of 6, 10, 12, 16 bytes
DIRECTIONS = dict.fromkeys(READS, Direction.IN) | dict.fromkeys(WRITES, Direction.OUT)
WORDS = {b"read": Direction.IN, b"write": Direction.OUT}
LINE = re.compile(
    rb"\s*\d+\s*,\s*(\d{1,20})\s*,\s*(\d{1,20})\s*,\s*([A-Za-z]\w*|0x[\da-fA-F]{1,2}|\d{1,3})"
    rb"\s*,\s*(\d{1,20})\s*,\s*\d+\s*$"
)


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request."""
    for line in capture.lines():
        found = LINE.match(line)
        if found is None:
            if not line.startswith(b"#"):
                capture.broken("serial number,length,entries,command,LBN,microseconds")
            continue
        direction = direction_of(found[3])
        if direction is None:
            capture.left_out[NO_DATA] += 1
            continue
        offset = SECTOR * int(found[4])
        yield Record(int(found[1]), int(found[2]), direction, offset=offset)


def direction_of(command: bytes) -> Direction | None:
    """The direction of a command's data; None if it has none."""
    if command[:1].isdigit():
        return DIRECTIONS.get(int(command, 16 if command[:2] == b"0x" else 10))
    return WORDS.get(command.lower())


FORMAT = Format(
    "vscsi text", "lines as 2147483692,4096,1,write,24048792,2756778716647", among(LINE), read
)
