"""Requests of virtio drivers, as data.

A workload is a module of this package with a constant ``WORKLOAD``; adding one touches no other
file. A request names memory and directions, never a layout. Sizes and limits are those of Linux
2.6.24 (``docs/model.md`` has the sources).
"""

import enum
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

PAGE_SIZE = 4096  # bytes, x86-64
STREAM_SEED = 2007  # of the streams of every run: requests must not depend on a run's own seed


class Direction(enum.IntEnum):
    """OUT is read by the device, IN is written by it (VRING_DESC_F_WRITE)."""

    OUT = 0
    IN = 1


@dataclass(frozen=True)
class Segment:
    """Contiguous bytes that begin in a page."""

    page: int  # page frame number
    offset: int  # bytes from the page's start
    length: int  # bytes
    virtual: bool = False  # at a kernel virtual address (sg_set_buf), not in a page (sg_set_page)


@dataclass(frozen=True)
class Group:
    """Segments of one direction that a driver keeps in one table (one DECLARE_SG of the RFC)."""

    direction: Direction
    segments: tuple[Segment, ...]  # virtual ones first, as in both drivers
    room: int  # entries that the driver declares for this table
    merge: bool = False  # whether blk_rq_map_sg's merge test runs on each segment


@dataclass(frozen=True)
class Request:
    """The buffers of one call of ``add_buf``: groups in ring order, OUT before IN."""

    groups: tuple[Group, ...]
    header: bytes = b""  # content of the driver's header; no layout reads it


@dataclass(frozen=True)
class Shape:
    """A named stream of requests, replayed in a loop."""

    name: str
    stream: Callable[[int], tuple[Request, ...]]  # seed -> requests, the same for the same seed
    swept: int | None = None  # data segments or frags, if the shape is a point of a sweep
    quick: bool = True  # also measured by ``--quick``


@dataclass(frozen=True)
class Workload:
    """The shapes of one driver."""

    name: str
    shapes: tuple[Shape, ...]
    sweep: str = ""  # the unit of ``swept``


def fixed(*requests: Request) -> Callable[[int], tuple[Request, ...]]:
    """A stream that does not depend on the seed."""
    return lambda _seed: requests


def apart(count: int, first: int = 0x1000) -> tuple[int, ...]:
    """``count`` page frame numbers, no two of them adjacent, so nothing merges."""
    return tuple(first + 3 * index for index in range(count))


def load() -> dict[str, Workload]:
    """Every workload of this package, by name, in order of file names."""
    files = (module for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    names = sorted(file.name for file in files if not file.name.startswith("_"))
    workloads = (importlib.import_module(f"{__name__}.{name}").WORKLOAD for name in names)
    return {workload.name: workload for workload in workloads}
