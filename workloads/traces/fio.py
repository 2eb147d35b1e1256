"""fio's iolog, versions 2 and 3 (``iolog.c``, HOWTO): a heading, then one line per action.

Version 2: ``file action [offset length]``; version 3 puts a time before that. Offsets and lengths
are in bytes. Names contain no blanks. Only read and write move data; ``wait`` of version 2 has two
numbers, too.
"""

import re
from collections.abc import Iterator

from workloads import Direction
from workloads.traces.capture import NO_DATA, Capture, Format
from workloads.traces.record import Record

HEADING = re.compile(rb"fio version ([23]) iolog\s*$")
MOVES = {b"read": Direction.IN, b"write": Direction.OUT}
EMPTY = {b"sync", b"datasync", b"trim"}  # requests without data
OTHERS = {b"add", b"open", b"close", b"wait"}  # no requests
WHOLE = re.compile(rb"\d{1,20}$")


def matches(head: bytes) -> bool:
    """Whether the first line is the heading."""
    return HEADING.match(head.split(b"\n", 1)[0]) is not None


def read(capture: Capture) -> Iterator[Record]:
    """Yield every read and write."""
    lines = capture.lines()
    heading = HEADING.match(next(lines))
    assert heading is not None
    before = int(heading[1]) - 1  # words before the action
    for line in lines:
        words = line.split()
        action = words[before] if len(words) > before else b""
        direction = MOVES.get(action)
        if direction is None:
            if action in EMPTY:
                capture.left_out[NO_DATA] += 1
            elif action not in OTHERS:
                capture.broken("an action is read, write, trim, sync, add, open, close or wait")
            continue
        offset, length = words[before + 1 :] if len(words) == before + 3 else (b"", b"")
        if not (WHOLE.match(offset) and WHOLE.match(length)):
            capture.broken("read and write are followed by OFFSET LENGTH")
            continue
        yield Record(int(length), None, direction, offset=int(offset))


FORMAT = Format("fio iolog", "a first line fio version 2 iolog, or 3", matches, read)
