"""Lines of bcc's biosnoop: ``TIME(s) COMM PID DISK T SECTOR BYTES LAT(ms)``.

``-Q`` adds a column before the last one, ``-P`` a letter, and the name of a command may contain
blanks. So fields are found from the right: sector and bytes are the last integers, followed only by
times, which have decimals. bpftrace's biosnoop does not print sizes.
"""

import re
from collections.abc import Iterator

from workloads.traces.capture import NO_DATA, Capture, Format
from workloads.traces.record import SECTOR, Record
from workloads.traces.rwbs import direction_of

HEADING = re.compile(rb"\s*TIME\(s\)\s+COMM\s+PID\s+DISK\s+T\s+SECTOR\s+BYTES\s")
TIME = re.compile(rb"\d+\.\d+$")
LATENCY = re.compile(rb"\d+\.\d+$|-$")
PATTERN = re.compile(rb"[A-Z?-]$")  # by -P: random, sequential or unknown
TYPE = re.compile(rb"[A-Z?]+$")
DIGITS = 20  # of a number, at most
WHOLE = re.compile(rb"\d{1,20}$")
WORDS_MIN = 7  # time, command, PID, disk, type, sector, bytes


def matches(head: bytes) -> bool:
    """Whether the heading is among the first lines."""
    return any(HEADING.match(line) for line in head.splitlines())


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request; skip the heading and reports of lost events."""
    for line in capture.lines():
        words = line.split()
        if not TIME.match(words[0]):
            if not (HEADING.match(line + b" ") or b"lost" in line):
                capture.broken("a request begins with its time in seconds")
            continue
        found = _plain(words) or _fields(words)
        if found is None:
            capture.broken("a request has TIME COMM PID DISK T SECTOR BYTES and milliseconds")
            continue
        letters, sector, length = found
        direction = direction_of(letters)
        if direction is None:
            capture.left_out[NO_DATA] += 1
            continue
        yield Record(int(length), None, direction, offset=SECTOR * int(sector))


def _plain(words: list[bytes]) -> tuple[bytes, bytes, bytes] | None:
    """Type, sector and bytes of a line without added columns; None if there may be any."""
    if len(words) <= WORDS_MIN:
        return None
    before, letters, sector, length, latency = words[-5:]
    known = sector.isdigit() and length.isdigit() and letters.isupper() and not before.isupper()
    fits = len(sector) <= DIGITS and len(length) <= DIGITS and LATENCY.match(latency)
    return (letters, sector, length) if known and fits else None


def _fields(words: list[bytes]) -> tuple[bytes, bytes, bytes] | None:
    """Type, sector and bytes of any line; None if it is not a request."""
    end = len(words)
    while end > WORDS_MIN and LATENCY.match(words[end - 1]):
        end -= 1
    if end == len(words):  # not even a latency
        return None
    if end > WORDS_MIN and PATTERN.match(words[end - 1]):
        end -= 1
    start = end - 3
    if start > 1 and PATTERN.match(words[start]) and TYPE.match(words[start - 1]):
        start -= 1  # the letter of -P follows the type
    letters, sector, length = words[start], words[end - 2], words[end - 1]
    whole = end >= WORDS_MIN and WHOLE.match(sector) and WHOLE.match(length)
    return (letters, sector, length) if whole and TYPE.match(letters) else None


FORMAT = Format(
    "biosnoop", "the heading TIME(s) COMM PID DISK T SECTOR BYTES of bcc's", matches, read
)
