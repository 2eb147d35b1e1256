"""WHAT drivers ask of a virtqueue: requests, as data.

A workload is one file of this package with a module constant ``WORKLOAD``; adding one touches
nothing else. A request says what it asks of memory and in which direction, never how a layout
lays it out. Sizes and limits are those of Linux 2.6.24 (``docs/model.md`` gives the sources).
"""

import enum
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

PAGE_SIZE = 4096  # bytes, x86-64
STREAM_SEED = 2007  # of every run's streams: what is measured must not depend on who draws pages


class Direction(enum.IntEnum):
    """Which side writes: OUT is read by the device, IN is written by it (VRING_DESC_F_WRITE)."""

    OUT = 0
    IN = 1


@dataclass(frozen=True)
class Segment:
    """A run of bytes inside one page, or one that begins in it."""

    page: int  # page frame number
    offset: int  # bytes from the page's start
    length: int  # bytes
    virtual: bool = False  # a kernel virtual address (sg_set_buf), else a page (sg_set_page)


@dataclass(frozen=True)
class Group:
    """Segments of one direction that a driver keeps in one table (one DECLARE_SG of the RFC)."""

    direction: Direction
    segments: tuple[Segment, ...]  # virtual ones first, as both drivers lay them
    room: int  # entries the driver declares for this table
    merge: bool = False  # blk_rq_map_sg's merge test runs on each segment


@dataclass(frozen=True)
class Request:
    """What one call of ``add_buf`` publishes: groups in ring order, OUT before IN."""

    groups: tuple[Group, ...]
    header: bytes = b""  # what the driver wrote into its header; no layout reads it


@dataclass(frozen=True)
class Shape:
    """A named stream of requests, replayed again and again."""

    name: str
    stream: Callable[[int], tuple[Request, ...]]  # seed -> requests, the same for the same seed
    swept: int | None = None  # data segments or frags, if the shape is a point of the sweep
    quick: bool = True  # measured by ``--quick`` too


@dataclass(frozen=True)
class Workload:
    """The shapes of one driver."""

    name: str
    shapes: tuple[Shape, ...]
    sweep: str = ""  # what ``swept`` counts


def fixed(*requests: Request) -> Callable[[int], tuple[Request, ...]]:
    """Return a stream that no seed changes."""
    return lambda _seed: requests


def apart(count: int, first: int = 0x1000) -> tuple[int, ...]:
    """Return ``count`` page frame numbers, no two of them neighbours: nothing merges."""
    return tuple(first + 3 * index for index in range(count))


def load() -> dict[str, Workload]:
    """Return every workload of this package by name, in the order of file names."""
    files = (module for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    names = sorted(file.name for file in files if not file.name.startswith("_"))
    workloads = (importlib.import_module(f"{__name__}.{name}").WORKLOAD for name in names)
    return {workload.name: workload for workload in workloads}
