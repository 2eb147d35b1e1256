"""SEGMENT MODELS: the number of segments of a request, for captures that do not record it.

* ``measured``: as recorded. Only vscsi and bpftrace's histograms do that.
* ``pages``: each page is a segment, and data begin on a page. In the one public capture with
  segments that is right for 97.8 % of requests (docs/your-requests.md). A packet of up to an
  Ethernet frame has only its linear part; a larger one has its headers there and its payload in
  pages.
* ``offset``: like ``pages``, but data begin at the same offset in a page as the request does on the
  disk. That holds for a page cache and a partition that begins on a page; in that capture, whose
  partition does not, it is right for 7.7 %.
* ``merge P``: like ``pages``, but neighbouring pages are merged with probability P, as if memory
  were often contiguous.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workloads import PAGE_SIZE
from workloads.net import GSO_LINEAR_BYTES, MAX_PACKET_LEN
from workloads.traces.record import NETWORK, Record
from workloads.traces.source import TraceError

SEED = 2007  # of merge's draws: the same capture gives the same shapes
MEASURED, PAGES, OFFSET, MERGE = "measured", "pages", "offset", "merge"
MIXED = "measured and pages"
Drawn = tuple[tuple[int, int], ...]  # segments, number of requests


class Model(Protocol):
    """A rule for segments."""

    fixed: bool  # whether equal records have equal numbers of segments

    @property
    def name(self) -> str:
        """Its name in a result."""

    def segments(self, record: Record) -> Drawn:
        """Numbers of segments, each with the number of a record's requests that have it."""


@dataclass
class Measured:
    """Segments as recorded; unless ``strict``, those of ``pages`` for other requests."""

    strict: bool = True
    fixed: bool = True
    seen: set[bool] = field(default_factory=set)  # whether records had segments

    @property
    def name(self) -> str:
        """The models that were used."""
        return MIXED if len(self.seen) > 1 else MEASURED if True in self.seen else PAGES

    def segments(self, record: Record) -> Drawn:
        """The recorded number, else that of ``pages``."""
        self.seen.add(record.segments is not None)
        if record.segments is not None:
            return ((record.segments, record.times),)
        if self.strict:
            raise TraceError(
                "--segments measured, but some requests were recorded without theirs: leave it "
                "out, or choose pages, offset or merge:P"
            )
        return ((pages(record), record.times),)


@dataclass
class Pages:
    """One segment per page that a request takes, or with ``OFFSET`` touches on the disk."""

    name: str = PAGES
    fixed: bool = True

    def segments(self, record: Record) -> Drawn:
        """The pages, the same for all of a record's requests."""
        start = (record.offset or 0) % PAGE_SIZE if self.name == OFFSET else 0
        return ((pages(record, start), record.times),)


@dataclass
class Merge:
    """One segment per page, some merged at random."""

    joined: float  # the probability
    fixed: bool = False
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED))

    @property
    def name(self) -> str:
        """The rule with its probability."""
        return f"{MERGE} {self.joined:g}"

    def segments(self, record: Record) -> Drawn:
        """Drawn numbers of segments."""
        linear = linear_bytes(record) > 0
        borders = pages(record) - linear - 1
        if borders <= 0:
            return ((pages(record), record.times),)
        if record.times == 1:
            return ((1 + linear + int(self.draw.binomial(borders, 1 - self.joined)), 1),)
        chances = binomial(borders, 1 - self.joined)
        counts = self.draw.multinomial(record.times, chances)
        there = np.flatnonzero(counts)
        return tuple((int(n) + 1 + linear, int(counts[n])) for n in there)


def model(asked: str) -> Model:
    """The model of a name; if it is empty, measured if recorded, else pages.

    Raises:
        TraceError: if there is no such model.
    """
    name, _, value = asked.partition(":")
    if asked == "":
        return Measured(strict=False)
    if asked == MEASURED:
        return Measured()
    if asked in {PAGES, OFFSET}:
        return Pages(asked)
    try:
        joined = float(value) if name == MERGE else -1.0
    except ValueError:
        joined = -1.0
    if not 0 <= joined <= 1:
        raise TraceError(
            f"--segments {asked}: give measured, pages, offset or merge:P, P from 0 to 1"
        )
    return Merge(joined)


def pages(record: Record, start: int = 0) -> int:
    """The number of segments of a request that begins ``start`` bytes into a page."""
    linear = linear_bytes(record)
    return (linear > 0) - (-(start + record.length - linear) // PAGE_SIZE)


def linear_bytes(record: Record) -> int:
    """The bytes of a packet's linear part if it has frags, else 0."""
    behind = record.kind == NETWORK and record.length > MAX_PACKET_LEN
    return GSO_LINEAR_BYTES if behind else 0


def binomial(count: int, chance: float) -> NDArray[np.float64]:
    """The probabilities of 0 to ``count`` successes."""
    if chance in {0, 1}:
        certain: NDArray[np.float64] = np.eye(1, count + 1, int(count * chance))[0]
        return certain
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, count + 1)))])  # of factorials
    k = np.arange(count + 1)
    ways = logs[count] - logs[k] - logs[::-1][k]
    chances = np.exp(ways + k * np.log(chance) + (count - k) * np.log1p(-chance))
    found: NDArray[np.float64] = chances / chances.sum()
    return found
