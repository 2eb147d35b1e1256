"""A capture being read: what was read, what was left out, what is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from re import Pattern
from typing import NamedTuple

from workloads import Direction
from workloads.traces.record import BYTES_MAX, COUNT_MAX, SEGMENTS_MAX, Record
from workloads.traces.source import Source, TraceError

LINE_MAX = 4096  # bytes of a line: the longest that a writer of these formats makes is below 1,000
SHOWN_MAX = 80  # characters of a broken line that are shown
NO_DATA = "without data"  # why a request is left out


@dataclass
class Capture:
    """A source, what is asked of its reading, and what was seen so far."""

    source: Source
    skip_bad: bool = False  # count what is broken, and go on
    direction: Direction = Direction.OUT  # of requests whose format does not say
    read: int = 0  # requests
    bad: int = 0  # lines or blocks that are broken
    cut: str = ""  # how it ends early, if it does
    left_out: Counter[str] = field(default_factory=Counter)  # why: how many requests
    unit: str = "line"  # what ``number`` counts
    number: int = 0  # of the line or block that is being read, from 1
    line: bytes = b""  # the line itself
    last: bool = False  # whether it is one without an end

    def records(self, form: "Format") -> Iterator[Record]:
        """Every request with data.

        Raises:
            TraceError: where something is broken, unless ``skip_bad``.
        """
        for record in form.read(self):
            if not record.length:
                self.left_out[NO_DATA] += record.times
                continue
            why = "" if _plausible(record) else _wrong(record)
            if why:
                self.broken(why)
                continue
            self.read += record.times
            yield record
        self.cut = self.cut or self.source.cut

    def lines(self) -> Iterator[bytes]:
        """Each line, without its end, that has more than blanks in it."""
        for line, ended in _split(self.source):
            self.number += 1
            self.line, self.last = line, not ended
            if len(line) > LINE_MAX:
                self.broken(f"longer than {LINE_MAX} bytes")
            elif b"\0" in line:
                self.broken("has a zero byte, as no text has")
            elif line and not line.isspace():
                yield line

    def broken(self, why: str = "") -> None:
        """Count what is broken, or end with it; the beginning of a line at the end is neither."""
        if self.last:
            self.cut = f"its last {self.unit} is not whole"
            return
        if not self.skip_bad:
            raise TraceError(self.told(why))
        self.bad += 1

    def told(self, why: str = "") -> str:
        """A broken line with its number, what it says and what to do."""
        content = f": {shown(self.line)}" if self.line else ""
        reason = f" ({why})" if why else ""
        remedy = "mend it, or leave out all such with --skip-bad"
        return f"{self.source.name}: {self.unit} {self.number} is broken{reason}{content}; {remedy}"


class Format(NamedTuple):
    """A way in which requests are written down."""

    name: str
    signs: str  # what it is known by, for whoever brings another
    matches: Callable[[bytes], bool]  # whether a source that begins so is of it
    read: Callable[[Capture], Iterator[Record]]
    ordered: bool = True  # whether requests stand in the order in which they were made


def shown(line: bytes) -> str:
    """The beginning of a line as printable ASCII."""
    text = line[: SHOWN_MAX + 1].decode("ascii", "backslashreplace")
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return safe if len(safe) <= SHOWN_MAX else f"{safe[:SHOWN_MAX]}..."


def among(pattern: Pattern[bytes]) -> Callable[[bytes], bool]:
    """A test for sources one of whose first lines a pattern fits from its start."""
    return lambda head: any(pattern.match(line[:LINE_MAX]) for line in head.splitlines())


def _plausible(record: Record) -> bool:
    fits = record.length <= BYTES_MAX and record.times <= COUNT_MAX
    return fits and (
        record.segments is None or 1 <= record.segments <= min(record.length, SEGMENTS_MAX)
    )


def _wrong(record: Record) -> str:
    """Return what no request can be."""
    if record.length > BYTES_MAX:
        return f"a request of {record.length} bytes; the most is {BYTES_MAX}"
    if record.times > COUNT_MAX:
        return f"{record.times} requests; the most is {COUNT_MAX}"
    return f"{record.segments} segments in {record.length} bytes"


def _split(source: Source) -> Iterator[tuple[bytes, bool]]:
    """Lines, and whether each was ended; of one that is too long its beginning, once."""
    rest = b""
    for piece in source.pieces():
        *whole, rest_after = piece.split(b"\n")
        if whole:
            yield rest + whole[0], True
            for line in whole[1:]:
                yield line, True
            rest = rest_after
        else:
            rest += rest_after
        if len(rest) > LINE_MAX:
            rest = rest[: LINE_MAX + 1]
    if rest:
        yield rest, False
