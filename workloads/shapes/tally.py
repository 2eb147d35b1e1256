"""Counts requests by shape, and finds the fewest shapes that make up most of them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from workloads import Direction
from workloads.shapes.limits import Limits
from workloads.shapes.models import Model
from workloads.shapes.records import FIRSTS
from workloads.traces.record import COUNT_MAX, Record
from workloads.traces.source import TraceError

DISTINCT_MAX = 1 << 18  # different shapes while counting
CACHED_MAX = 1 << 16  # different records whose parts are cached
PAGE = 4096  # bytes: of a request's offset, only the position in a page matters


class Key(NamedTuple):
    """The shape of a request."""

    kind: str
    direction: Direction
    length: int
    segments: int


Shares = tuple[tuple[Key, int], ...]  # shapes, each with its number of requests


class SplitRecord(NamedTuple):
    """The shapes of a record's requests, after splitting."""

    shares: Shares
    cut: int  # number of its requests beyond a limit
    parts: int  # that these were split into
    right: int  # number of its requests with as many segments as recorded


@dataclass
class Tally:
    """Counts of shapes, and the first requests in order."""

    model: Model
    limits: Limits
    counts: Counter[Key] = field(default_factory=Counter)
    firsts: dict[str, list[Key]] = field(default_factory=dict)  # of each kind, in order
    cut: int = 0  # requests beyond a limit
    parts: int = 0  # that these were split into
    total: int = 0
    known: int = 0  # requests with recorded segments
    right: int = 0  # those of them for which the model is right
    seen: dict[tuple[object, ...], SplitRecord] = field(default_factory=dict)

    def add(self, record: Record, *, ordered: bool) -> None:
        """Count a record's requests.

        Raises:
            TraceError: if there are too many shapes or requests.
        """
        length, segments, direction, kind, offset, requests, _ = record
        alike = (length, segments, direction, kind, (offset or 0) % PAGE, requests)
        found = self.seen.get(alike)
        if found is None:
            found = self._split(record)
            if self.model.fixed and len(self.seen) < CACHED_MAX:
                self.seen[alike] = found
        for key, times in found.shares:
            self.counts[key] += times
        self.total += requests + found.parts - found.cut
        self.cut += found.cut
        self.parts += found.parts
        if segments is not None:
            self.known += requests
            self.right += found.right
        if ordered:
            firsts = self.firsts.setdefault(kind, [])
            if len(firsts) < FIRSTS:
                for key, times in found.shares:
                    firsts += [key] * min(times, FIRSTS - len(firsts))
        if len(self.counts) > DISTINCT_MAX or self.total > COUNT_MAX:
            raise TraceError(
                f"more than {DISTINCT_MAX} different requests, or {COUNT_MAX} in all, which no "
                "driver makes; check the file, or give a part of it"
            )

    @property
    def order(self) -> list[Key]:
        """The first requests of each kind, in order."""
        return [key for firsts in self.firsts.values() for key in firsts]

    def _split(self, record: Record) -> SplitRecord:
        """The shapes of a record's requests."""
        found, cut, parts, right = [], 0, 0, 0
        for segments, count in self.model.segments(record):
            right += count * (segments == record.segments)
            several = self.limits.parts(record.kind, record.length, segments)
            for length, fewer, times in several:
                found.append((Key(record.kind, record.direction, length, fewer), times * count))
            if len(several) > 1:
                cut += count
                parts += count * sum(times for _, _, times in several)
        return SplitRecord(tuple(found), cut, parts, right)


@dataclass(frozen=True)
class Condensed:
    """The shapes that are kept, most frequent first, and the size of the rest."""

    kept: Shares
    shapes: int  # number of those dropped
    weight: int  # their requests


def condensed(counts: Counter[Key], keep: float) -> Condensed:
    """The fewest shapes that make up at least a share ``keep`` of all requests."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    total, held, number = sum(counts.values()), 0, 0
    while held < keep * total and number < len(ranked):
        held += ranked[number][1]
        number += 1
    return Condensed(tuple(ranked[:number]), len(ranked) - number, total - held)


def together(counts: Counter[Key]) -> dict[Key, Key]:
    """For each shape, the most frequent of those that differ from it only in bytes."""
    best: dict[tuple[object, ...], Key] = {}
    for key, count in counts.items():
        alike = (key.kind, key.direction, key.segments)
        other = best.get(alike)
        if other is None or (count, other.length) > (counts[other], key.length):
            best[alike] = key
    return {key: best[key.kind, key.direction, key.segments] for key in counts}
