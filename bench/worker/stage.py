"""A process's memory and code: each round lays out a cell on drawn pages, at drawn addresses.

All variants of a round share queue, descriptors, requests and stack; each has its own list memory,
jobs and code, and so has the A/A control. The place of the stack in its page is drawn, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bench.driver.records import JOB, ROW
from bench.kit import Cell, Kit, Variant
from bench.worker.cell_memory import Scene, stride
from bench.worker.memory import CLOCK, PAGE, Arena, Executable, Heap, function
from bench.worker.rings import KINDS, PLAIN
from bench.worker.rings.kind import RingKind
from strategies import KERNELS

STACK = "stack"  # code that calls the driver with the stack at a drawn place
STACK_STEP = 16  # bytes: its alignment in the calling conventions
SHARED = ("device", "far_device", "driver")  # code that all variants use
TURNS_MAX = 4096


@dataclass
class Stage:
    """Memory, code and tables of one process; ``lay_out`` sets up a cell."""

    kit: Kit
    arena: Arena
    executable: Executable
    draw: np.random.Generator
    _stack: Executable = field(default_factory=lambda: Executable(pages=1))
    _order: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(TURNS_MAX, np.uint16))
    _out: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(TURNS_MAX + 2, np.uint64))

    @classmethod
    def of(cls, kit: Kit, draw: np.random.Generator) -> Self:
        """A stage with memory of its own."""
        return cls(kit, Arena(kit.arena_pages, draw), Executable(), draw)

    def __post_init__(self) -> None:
        self._stack.write(self._stack.base, self.kit.codes[STACK].text)

    def texts(self) -> int:
        """The number of pieces of code that a round places: of variants, devices and SHARED."""
        return len(self.kit.variants) * len(KERNELS) + len(self.devices) + len(SHARED)

    @cached_property
    def devices(self) -> tuple[str, ...]:
        """The devices of rings other than the plain one."""
        return tuple(k.device for k in KINDS.values() if k.device in {*self.kit.codes} - {*SHARED})

    def lay_out(self, cell: Cell, positions: NDArray[np.int64]) -> Scene:
        """Draw pages and addresses, build the cell there, and map every list once."""
        variants, present = self.kit.variants, list(cell.variants)
        addresses, shared = self._place_code(cell, positions)
        kinds = [PLAIN, *self._others(cell)]
        queues = [size for kind in kinds for size in kind.sizes(cell.slots)]
        requests = sum(-(-len(request) // 64) * 64 for request in cell.requests)
        lists, jobs = ([0] * len(variants) for _ in range(2))
        for number in present if not cell.lists else ():
            lists[number] = self._list_bytes(cell, variants[number])
            jobs[number] = len(cell.requests) * JOB.itemsize
        rows = (2 * len(lists) + 1) * ROW.itemsize
        sizes = [*queues, requests, rows, *jobs, *lists]
        regions = self.arena.regions(sizes, len(queues), self.draw)
        (vq, ring, *more), regions = regions[: len(queues)], regions[len(queues) :]
        asked, table = regions[:2]
        own, their = regions[2 : 2 + len(jobs)], regions[2 + len(jobs) :]
        heap, owners = None, present
        if cell.lists:
            heap, owners = self._keep(cell, own, their)
        names = [kind.name for kind in kinds[1:]]
        others = tuple(zip(names, more[::2], more[1::2], strict=True))
        code = (shared["driver"], shared["far_device"])
        at = (vq, ring, asked, table, tuple(own), tuple(their), *code, heap, others)
        scene = Scene(self.arena, variants, self.draw, self.run, cell, *at)
        scene.set_up(addresses, shared, owners)
        return scene

    def _others(self, cell: Cell) -> list[RingKind]:
        """The kinds of rings that a cell has in addition to the plain one."""
        filled = {self.kit.variants[number].ring for number in cell.variants}
        return [kind for kind in KINDS.values() if kind.name in filled and kind is not PLAIN]

    def moved(self, scene: Scene, positions: NDArray[np.int64]) -> Scene:
        """Draw new addresses of code, and nothing else."""
        addresses, shared = self._place_code(scene.cell, positions)
        scene = replace(scene, driver=shared["driver"], far_device=shared["far_device"])
        scene.set_kernels(addresses)
        scene.reset_queues(shared)
        return scene

    def _place_code(
        self, cell: Cell, positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint64], dict[str, int]]:
        """Place kernels and what they share; their addresses, by variant and by name."""
        variants, present = self.kit.variants, list(cell.variants)
        codes = [self.kit.code(variants[n], k, cell.traffic) for n in present for k in KERNELS]
        shared, own = [*self.devices, *SHARED], len(variants) * len(KERNELS)
        codes += [self.kit.codes[name] for name in shared]
        where = positions[:own].reshape(-1, len(KERNELS))[present]
        devices = positions[own : -len(SHARED)]
        placed = np.concatenate([where.ravel(), devices, positions[-len(SHARED) :]])
        starts = self.executable.place([code.text for code in codes], placed, self.draw)
        entries = [start + code.entry for start, code in zip(starts, codes, strict=True)]
        addresses = np.zeros((len(variants), len(KERNELS)), np.uint64)
        addresses[present] = np.array(entries[: -len(shared)], np.uint64).reshape(-1, len(KERNELS))
        return addresses, dict(zip(shared, entries[-len(shared) :], strict=True))

    def _keep(self, cell: Cell, jobs: list[int], lists: list[int]) -> tuple[Heap, list[int]]:
        """Give each layout memory for many lists, shared by all its forms and backends.

        Two sets per layout would double the working set. Returns the memory, and the variants that
        must create the lists: the first of each layout.
        """
        owners: dict[str, int] = {}
        for number in cell.variants:
            owners.setdefault(self.kit.variants[number].strategy, number)
        sizes = [stride(cell, self.kit.variants[number]) for number in owners.values()]
        heap = Heap(sum(cell.lists * (size + JOB.itemsize) for size in sizes), huge=cell.huge)
        at = heap.base
        for owner, size in zip(owners.values(), sizes, strict=True):
            jobs[owner], lists[owner] = at, at + cell.lists * JOB.itemsize
            at += cell.lists * (size + JOB.itemsize)
        for number in cell.variants:
            owner = owners[self.kit.variants[number].strategy]
            jobs[number], lists[number] = jobs[owner], lists[owner]
        return heap, list(owners.values())

    @staticmethod
    def _list_bytes(cell: Cell, variant: Variant) -> int:
        lists = len(cell.requests) if cell.keeps_lists else 1
        return lists * stride(cell, variant)

    def lowered(self) -> int:
        """Draw by how many bytes the stack is lowered for a round's turns."""
        return STACK_STEP * int(self.draw.integers(PAGE // STACK_STEP))

    def run(
        self,
        driver: int,
        table: int,
        order: Sequence[int] | NDArray[np.int64],
        clock: int = CLOCK,
    ) -> NDArray[np.uint64]:
        """Take turns of the table's rows in this order; the nanoseconds of each."""
        size = self.lowered()
        turns = len(order)
        self._order[:turns] = order
        self._out[:2] = 0  # the clock writes here
        here, out = self._order.ctypes.data, self._out.ctypes.data
        on_stack = function(self._stack.base + self.kit.codes[STACK].entry, 7)
        on_stack(size, driver, here, turns, table, out, clock)
        return self._out[2 : 2 + turns].copy()
