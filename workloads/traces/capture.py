"""A capture while it is read: what was read, what was left out, what is broken."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from re import Pattern
from typing import NamedTuple

from workloads import Direction
from workloads.traces.record import BYTES_MAX, COUNT_MAX, SEGMENTS_MAX, Record
from workloads.traces.source import Source, TraceError

LINE_MAX = 4096  # bytes per line: no writer of these formats exceeds 1,000
SHOWN_MAX = 80  # characters shown of a broken line
NO_DATA = "without data"  # why a request is left out


@dataclass
class Capture:
    """A source, the options for reading it, and what was seen so far."""

    source: Source
    skip_bad: bool = False  # count what is broken, and continue
    direction: Direction = Direction.OUT  # of requests whose format does not record it
    read: int = 0  # requests
    bad: int = 0  # broken lines or blocks
    cut: str = ""  # how it is truncated, if it is
    left_out: Counter[str] = field(default_factory=Counter)  # reason: number of requests
    unit: str = "line"  # what ``number`` counts
    number: int = 0  # of the current line or block, from 1
    line: bytes = b""  # the current line
    last: bool = False  # whether it lacks a line end

    def records(self, form: "Format") -> Iterator[Record]:
        """Yield every request with data.

        Raises:
            TraceError: at anything broken, unless ``skip_bad``.
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
        """Yield each line that is not blank, without its line end."""
        for line, ended in _split(self.source):
            self.number += 1
            self.line, self.last = line, not ended
            if len(line) > LINE_MAX:
                self.broken(f"longer than {LINE_MAX} bytes")
            elif b"\0" in line:
                self.broken("has a zero byte, so it is not text")
            elif line and not line.isspace():
                yield line

    def broken(self, why: str = "") -> None:
        """Count something broken, or raise; a truncated last line is only recorded in ``cut``."""
        if self.last:
            self.cut = f"its last {self.unit} is not whole"
            return
        if not self.skip_bad:
            raise TraceError(self.fault(why))
        self.bad += 1

    def fault(self, why: str = "") -> str:
        """The message about a broken line: its number, its content and the remedy."""
        content = f": {shown(self.line)}" if self.line else ""
        reason = f" ({why})" if why else ""
        remedy = "fix it, or skip such with --skip-bad"
        return f"{self.source.name}: {self.unit} {self.number} is broken{reason}{content}; {remedy}"


class Format(NamedTuple):
    """A format of captures."""

    name: str
    signs: str  # how it is recognised, for messages
    matches: Callable[[bytes], bool]  # whether a source with these first bytes has this format
    read: Callable[[Capture], Iterator[Record]]
    ordered: bool = True  # whether requests are in their original order


def shown(line: bytes) -> str:
    """The beginning of a line as printable ASCII."""
    text = line[: SHOWN_MAX + 1].decode("ascii", "backslashreplace")
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return safe if len(safe) <= SHOWN_MAX else f"{safe[:SHOWN_MAX]}..."


def among(pattern: Pattern[bytes]) -> Callable[[bytes], bool]:
    """A test whether one of a source's first lines begins with a pattern."""
    return lambda head: any(pattern.match(line[:LINE_MAX]) for line in head.splitlines())


def _plausible(record: Record) -> bool:
    fits = record.length <= BYTES_MAX and record.times <= COUNT_MAX
    return fits and (
        record.segments is None or 1 <= record.segments <= min(record.length, SEGMENTS_MAX)
    )


def _wrong(record: Record) -> str:
    """Why this cannot be a request."""
    if record.length > BYTES_MAX:
        return f"a request of {record.length} bytes; the most is {BYTES_MAX}"
    if record.times > COUNT_MAX:
        return f"{record.times} requests; the most is {COUNT_MAX}"
    return f"{record.segments} segments in {record.length} bytes"


def _split(source: Source) -> Iterator[tuple[bytes, bool]]:
    """Yield lines, and whether each has a line end; of one that is too long, only the beginning."""
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
