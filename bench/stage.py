"""One cell on drawn pages, with code at drawn addresses: what a round's turns are taken on.

Queue, descriptors and requests are shared by all variants of a round; list memory, jobs and
code are each variant's own, the A/A control's too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.ageing import free_list
from bench.kit import KERNELS, Cell, Kit, Variant
from bench.memory import CLOCK, Arena, Executable, Heap, function, records_at
from bench.rows import JOB, ROW, Phase
from strategies.structs import USED_F_NO_NOTIFY, VIRTQUEUE, VRING_DESC, VRING_USED, vring_bytes

FAILED = 2**64 - 1
SHARED = ("device", "far_device", "driver")  # code that all variants use
TURNS_MAX = 4096
WARM_SHARE = 8  # of a turn: enough for caches, TLBs and branch predictors, at drawn addresses


class StageError(Exception):
    """A variant did what it must not: a status, a wrong ring, a wrong count."""


@dataclass
class Stage:
    """Memory, code and the driver's tables of one process; ``lay_out`` sets a cell up."""

    kit: Kit
    arena: Arena
    executable: Executable
    draw: np.random.Generator
    _order: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(TURNS_MAX, np.uint16))
    _out: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(TURNS_MAX + 2, np.uint64))

    def texts(self) -> int:
        """Return how many pieces of code a round places: those of every variant, and SHARED."""
        return len(self.kit.variants) * len(KERNELS) + len(SHARED)

    def lay_out(self, cell: Cell, positions: NDArray[np.int64]) -> "Scene":
        """Draw pages and addresses and build the cell there, every list mapped once."""
        variants, present = self.kit.variants, list(cell.variants)
        addresses, (device, far_device, driver) = self._place_code(cell, positions)
        _, _, vring = vring_bytes(cell.slots)
        requests = sum(-(-len(request) // 64) * 64 for request in cell.requests)
        lists, jobs = ([0] * len(variants) for _ in range(2))
        for number in present if not cell.lists else ():
            lists[number] = self._list_bytes(cell, variants[number])
            jobs[number] = len(cell.requests) * JOB.itemsize
        rows = (2 * len(lists) + 1) * ROW.itemsize
        sizes = [VIRTQUEUE.itemsize + 8 * cell.slots, vring, requests, rows, *jobs, *lists]
        regions = self.arena.regions(sizes, 2, self.draw)
        vq, ring, asked, table = regions[:4]
        own, their = regions[4 : 4 + len(jobs)], regions[4 + len(jobs) :]
        heap, owners = None, present
        if cell.lists:
            heap, owners = self._keep(cell, own, their)
        at = (vq, ring, asked, table, tuple(own), tuple(their), driver, far_device, heap)
        scene = Scene(self, cell, *at)
        scene.set_up(addresses, device, owners)
        return scene

    def moved(self, scene: "Scene", positions: NDArray[np.int64]) -> "Scene":
        """Draw addresses of code anew, and nothing else."""
        addresses, (device, far_device, driver) = self._place_code(scene.cell, positions)
        scene = replace(scene, driver=driver, far_device=far_device)
        scene.set_kernels(addresses)
        scene.reset_queue(device)
        return scene

    def _place_code(
        self, cell: Cell, positions: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint64], list[int]]:
        """Place kernels and what they share; return addresses, those of kernels by variant."""
        variants, present = self.kit.variants, list(cell.variants)
        codes = [self.kit.code(variants[n], k, cell.traffic) for n in present for k in KERNELS]
        codes += [self.kit.codes[name] for name in SHARED]
        where = positions[: -len(SHARED)].reshape(-1, len(KERNELS))[present]
        placed = np.concatenate([where.ravel(), positions[-len(SHARED) :]])
        starts = self.executable.place([code.text for code in codes], placed, self.draw)
        entries = [start + code.entry for start, code in zip(starts, codes, strict=True)]
        addresses = np.zeros((len(variants), len(KERNELS)), np.uint64)
        addresses[present] = np.array(entries[: -len(SHARED)], np.uint64).reshape(-1, len(KERNELS))
        return addresses, entries[-len(SHARED) :]

    def _keep(self, cell: Cell, jobs: list[int], lists: list[int]) -> tuple[Heap, list[int]]:
        """Give each layout memory of its own for many lists, all its forms and backends the same.

        Two sets of one layout would be a working set of twice the size. Returns the memory and
        the variants that are to make the lists, the first of each layout.
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

    def run(
        self,
        driver: int,
        table: int,
        order: Sequence[int] | NDArray[np.int64],
        clock: int = CLOCK,
    ) -> NDArray[np.uint64]:
        """Take turns of the table's rows in this order; return each one's nanoseconds."""
        turns = len(order)
        self._order[:turns] = order
        self._out[:2] = 0  # where the clock writes
        here, out = self._order.ctypes.data, self._out.ctypes.data
        function(driver, 5)(here, turns, table, out, clock)
        return self._out[2 : 2 + turns].copy()


@dataclass(frozen=True)
class Scene:
    """A cell laid out: rows of the driver's table, two for each variant and an empty one.

    Row n is variant n's, then the empty one follows, then each variant's short turn to warm up.
    """

    stage: Stage
    cell: Cell
    vq: int
    vring: int
    requests: int
    table: int
    jobs_at: tuple[int, ...]  # of each variant
    lists: tuple[int, ...]  # list memory of each variant
    driver: int
    far_device: int
    heap: Heap | None = None  # of lists that are kept; it lives as long as they do

    @cached_property
    def rows(self) -> NDArray[np.void]:
        """Return the driver's table."""
        return self.stage.arena.view(self.table, ROW, 2 * len(self.lists) + 1)

    @cached_property
    def free(self) -> NDArray[np.int64]:
        """Return the descriptors of the empty ring in the order in which they are given out."""
        traffic = self.cell.traffic
        return free_list(self.cell.slots, traffic.completion, traffic.generations)

    @property
    def empty_row(self) -> int:
        """Return the number of the row that does nothing."""
        return len(self.lists)

    def warm_row(self, variant: int) -> int:
        """Return the number of the row that does an eighth of the variant's turn."""
        return self.empty_row + 1 + variant

    def jobs(self, variant: int) -> NDArray[np.void]:
        """Return the jobs of a variant."""
        return records_at(self.jobs_at[variant], JOB, self.cell.jobs)

    def set_up(self, kernels: NDArray[np.uint64], device: int, owners: Sequence[int]) -> None:
        """Write queue, requests, jobs and rows, and map every list."""
        self.reset_queue(device)
        where = self._write_requests()
        self.rows[:] = 0
        self.set_kernels(kernels)
        self.rows["vq"], self.rows["free_head"] = self.vq, self.free[0]
        self.rows["limit"], self.rows["steps"] = self.cell.traffic.limit, self.cell.traffic.steps
        creates = kernels[:, KERNELS.index("create")].tolist()
        for variant in owners:
            self._write_jobs(variant, creates[variant], where)
        self.arrange_all(Phase.MAP, np.full(len(self.lists), self.cell.jobs))
        self.take(owners, Phase.MAP)

    def set_kernels(self, kernels: NDArray[np.uint64]) -> None:
        """Write into the rows where each variant's kernels are."""
        for column, kernel in enumerate(KERNELS[1:], 1):
            for rows in self._halves():
                rows[kernel] = kernels[:, column]

    def reset_queue(self, device: int) -> None:
        """Make queue and ring as vring_new_virtqueue leaves them."""
        arena, slots = self.stage.arena, self.cell.slots
        avail, used, size = vring_bytes(slots)
        arena.view(self.vring, np.dtype(np.uint8), size)[:] = 0
        arena.view(self.vring, VRING_DESC, slots)["next"][self.free[:-1]] = self.free[1:]
        arena.view(self.vq, np.dtype(np.uint8), VIRTQUEUE.itemsize + 8 * slots)[:] = 0
        queue = arena.view(self.vq, VIRTQUEUE)
        queue[["num", "num_free", "free_head"]] = (slots, slots, self.free[0])
        queue["notify"] = device
        if not self.cell.traffic.serves:
            arena.view(self.vring + used, VRING_USED)["flags"] = USED_F_NO_NOTIFY
        queue[["desc", "avail", "used"]] = (self.vring, self.vring + avail, self.vring + used)

    def _write_requests(self) -> list[int]:
        addresses, address = [], self.requests
        for request in self.cell.requests:
            self.stage.arena.view(address, np.dtype(np.uint8), len(request))[:] = np.frombuffer(
                request, np.uint8
            )
            addresses.append(address)
            address += -(-len(request) // 64) * 64
        return addresses

    def _write_jobs(self, variant: int, create: int, requests: list[int]) -> None:
        """Give every job its list memory: its own in ``add``, the driver's one otherwise."""
        apart = stride(self.cell, self.stage.kit.variants[variant])
        count = self.cell.jobs
        lists = count if self.cell.keeps_lists else 1
        memory, prepare = self.lists[variant], function(create, 2)
        room = records_at(memory, np.dtype(np.uint8), lists * apart).reshape(lists, apart)
        if not self.cell.lists:  # what is kept is new, and zero
            room[:] = 0
        asked = np.resize(np.array(requests, np.uint64), count)
        for number in range(lists):
            prepare(memory + number * apart, int(asked[number]))
            if number == 1 and self.cell.lists and (room[0] == room[1]).all():
                room[2:] = room[0]  # no address in it: they are all the same
                break
        jobs = self.jobs(variant)
        jobs[:] = 0
        order = self.stage.draw.permutation(lists) if self.cell.lists else np.arange(count)
        jobs["list_memory"] = memory + apart * (order if lists > 1 else 0)
        jobs["request"] = asked
        jobs["list_bytes"] = apart
        jobs["descriptors"] = np.resize(self.cell.descriptors, count)
        jobs["token"] = self.jobs_at[variant] + JOB.itemsize * np.arange(count)

    def turn(self, variant: int, phase: Phase, requests: int, first: int = 0, jobs: int = 0) -> int:
        """Take one turn outside the timed ones; return its nanoseconds.

        Raises:
            StageError: if a kernel gave a status or the ring a wrong count.
        """
        self.arrange(variant, phase, requests, first, jobs)
        return int(self.take([variant], phase)[0])

    def take(self, rows: Sequence[int], phase: Phase) -> NDArray[np.uint64]:
        """Take turns of these rows, outside the timed ones; return their nanoseconds.

        Raises:
            StageError: if a kernel gave a status or the ring a wrong count.
        """
        elapsed = self.stage.run(self.driver, self.table, rows)
        if (elapsed == FAILED).any():
            raise StageError(f"{phase.name.lower()} gave an error or lost a request")
        return elapsed

    def arrange(
        self, variant: int, phase: Phase, requests: int, first: int = 0, jobs: int = 0
    ) -> None:
        """Say what the variant's next turns do: how many requests of which jobs."""
        self._tell(variant, variant, phase, requests, first, jobs or self.cell.jobs)

    def arrange_alone(self, variant: int, number: int) -> list[int]:
        """Have one request mapped and then added; return the rows that do it."""
        rows = [variant, self.warm_row(variant)]
        for row, phase in zip(rows, (Phase.MAP, Phase.ADD), strict=True):
            self._tell(row, variant, phase, 1, number, 1)
        return rows

    def arrange_all(
        self, phase: Phase, requests: NDArray[np.int64], share: int = WARM_SHARE
    ) -> None:
        """Say what every variant's turns and warm-up turns do: ``requests``, or that share."""
        starts = np.array(self.jobs_at, np.uint64)
        ends = starts + np.uint64(self.cell.jobs * JOB.itemsize)
        for rows, part in zip(self._halves(), (1, share), strict=True):
            rows["phase"], rows["jobs"], rows["jobs_end"] = phase, starts, ends
            rows["requests"] = -(-requests // part)

    def _tell(  # noqa: PLR0913, PLR0917  what a row says
        self, row: int, variant: int, phase: Phase, requests: int, first: int, jobs: int
    ) -> None:
        start = self.jobs_at[variant] + first * JOB.itemsize
        rows = self.rows
        rows["phase"][row], rows["requests"][row] = phase, requests
        rows["jobs"][row], rows["jobs_end"][row] = start, start + jobs * JOB.itemsize

    def _halves(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the rows of turns and those of warm-up turns, a row a variant."""
        return self.rows[: self.empty_row], self.rows[self.empty_row + 1 :]

    def empty_ring(self) -> None:
        """Start the ring over, notifying the device it had."""
        self.reset_queue(int(self.stage.arena.view(self.vq, VIRTQUEUE)[0]["notify"]))


def stride(cell: Cell, variant: Variant) -> int:
    """Return how far apart the lists of a variant's requests are, in bytes."""
    return -(-cell.list_bytes[variant.kernels["create"]] // 64) * 64


def turns_order(variants: list[int], turns: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """Return ``turns`` turns of each variant, a new random order in each go-round."""
    return np.concatenate([draw.permutation(variants) for _ in range(turns)])
