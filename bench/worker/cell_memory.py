"""A cell in memory: queue, ring, requests, jobs, and the rows of the driver's table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench.driver.records import JOB, ROW, WORDS_AT, Phase
from bench.kit import Cell, Variant
from bench.ring.free_list import free_list
from bench.worker.memory import Arena, Heap, function, records_at
from bench.worker.rings import KINDS
from bench.worker.rings.kind import Queue
from strategies import KERNELS
from strategies.linux.todays.structs import PLAIN_RING

FAILED = 2**64 - 1
WARM_SHARE = 8  # a turn / 8 warms up caches, TLBs and branch predictors at drawn addresses
Run = Callable[[int, int, Sequence[int]], NDArray[np.uint64]]  # driver, table, rows: ns a turn


class StageError(Exception):
    """A variant failed: by a status, a wrong ring or a wrong count."""


@dataclass(frozen=True)
class Scene:
    """A cell in memory, with two rows of the driver's table per variant and an empty one.

    Row n is that of variant n; then come the empty row and a row per variant to warm up.
    """

    arena: Arena
    variants: Sequence[Variant]
    draw: np.random.Generator
    run: Run
    cell: Cell
    vq: int
    vring: int
    requests: int
    table: int
    jobs_at: tuple[int, ...]  # of each variant
    lists: tuple[int, ...]  # list memory of each variant
    driver: int
    far_device: int
    heap: Heap | None = None  # of lists that are kept; lives as long as they do
    others: tuple[tuple[str, int, int], ...] = ()  # other rings: kind, queue, ring

    @cached_property
    def rows(self) -> NDArray[np.void]:
        """The driver's table."""
        return self.arena.view(self.table, ROW, 2 * len(self.lists) + 1)

    @cached_property
    def free(self) -> NDArray[np.int64]:
        """The descriptors of the empty ring, in the order of their allocation."""
        traffic = self.cell.traffic
        return free_list(self.cell.slots, traffic.completion, traffic.generations)

    @cached_property
    def queues(self) -> dict[str, Queue]:
        """The queue of each kind of ring that is filled here."""
        places = ((PLAIN_RING, self.vq, self.vring), *self.others)
        memory, served = self.arena, self.cell.traffic.serves
        return {
            kind: Queue(KINDS[kind], memory, vq, ring, self.cell.slots, self.free, served)
            for kind, vq, ring in places
        }

    def queue(self, variant: int) -> Queue:
        """The queue that a variant fills."""
        return self.queues[self.variants[variant].ring]

    @property
    def empty_row(self) -> int:
        """The number of the empty row."""
        return len(self.lists)

    def warm_row(self, variant: int) -> int:
        """The number of the row that warms up a variant with an eighth of a turn."""
        return self.empty_row + 1 + variant

    def jobs(self, variant: int) -> NDArray[np.void]:
        """The jobs of a variant."""
        return records_at(self.jobs_at[variant], JOB, self.cell.jobs)

    def set_up(
        self, kernels: NDArray[np.uint64], devices: Mapping[str, int], owners: Sequence[int]
    ) -> None:
        """Write queues, requests, jobs and rows, and map every list."""
        self.reset_queues(devices)
        where = self._write_requests()
        self.rows[:] = 0
        self.set_kernels(kernels)
        self.rows["vq"], self.rows["free_head"] = self.vq, self.free[0]
        for variant in self.cell.variants:
            for rows in self._halves():
                rows["vq"][variant] = self.queue(variant).vq
        self.rows["limit"], self.rows["steps"] = self.cell.traffic.limit, self.cell.traffic.steps
        creates = kernels[:, KERNELS.index("create")].tolist()
        for variant in owners:
            self._write_jobs(variant, creates[variant], where)
        self.arrange_all(Phase.MAP, np.full(len(self.lists), self.cell.jobs))
        self.take(owners, Phase.MAP)

    def set_kernels(self, kernels: NDArray[np.uint64]) -> None:
        """Write the addresses of each variant's kernels into the rows."""
        for column, kernel in enumerate(KERNELS[1:], 1):
            for rows in self._halves():
                rows[kernel] = kernels[:, column]

    def reset_queues(self, devices: Mapping[str, int]) -> None:
        """Make every queue and ring new, each with its device out of ``devices``."""
        for queue in self.queues.values():
            queue.reset(devices[queue.kind.device])

    def _write_requests(self) -> list[int]:
        addresses, address = [], self.requests
        for request in self.cell.requests:
            self.arena.view(address, np.dtype(np.uint8), len(request))[:] = np.frombuffer(
                request, np.uint8
            )
            addresses.append(address)
            address += -(-len(request) // 64) * 64
        return addresses

    def _write_jobs(self, variant: int, create: int, requests: list[int]) -> None:
        """Give every job list memory: its own in ``add``, else one shared by all."""
        apart = stride(self.cell, self.variants[variant])
        count = self.cell.jobs
        lists = count if self.cell.keeps_lists else 1
        memory, prepare = self.lists[variant], function(create, 2)
        room = records_at(memory, np.dtype(np.uint8), lists * apart).reshape(lists, apart)
        if not self.cell.lists:  # lists that are kept are new, and zero
            room[:] = 0
        asked = np.resize(np.array(requests, np.uint64), count)
        for number in range(lists):
            prepare(memory + number * apart, int(asked[number]))
            if number == 1 and self.cell.lists and (room[0] == room[1]).all():
                room[2:] = room[0]  # without addresses, all lists are the same
                break
        jobs = self.jobs(variant)
        jobs[:] = 0
        order = self.draw.permutation(lists) if self.cell.lists else np.arange(count)
        jobs["list_memory"] = memory + apart * (order if lists > 1 else 0)
        jobs["request"] = asked
        jobs["list_bytes"] = apart
        jobs["descriptors"] = np.resize(self.cell.descriptors, count)
        jobs["token"] = self.jobs_at[variant] + JOB.itemsize * np.arange(count)

    def turn(self, variant: int, phase: Phase, requests: int) -> int:
        """Take one untimed turn; its nanoseconds.

        Raises:
            StageError: if a kernel returned an error or the ring has a wrong count.
        """
        self.arrange(variant, phase, requests)
        return int(self.take([variant], phase)[0])

    def take(self, rows: Sequence[int], phase: Phase) -> NDArray[np.uint64]:
        """Take untimed turns of these rows; their nanoseconds.

        Raises:
            StageError: if a kernel returned an error or the ring has a wrong count.
        """
        elapsed = self.run(self.driver, self.table, rows)
        if (elapsed == FAILED).any():
            raise StageError(f"{phase.name.lower()} gave an error or lost a request")
        return elapsed

    def arrange(self, variant: int, phase: Phase, requests: int) -> None:
        """Set up the variant's next turns: phase and number of requests, with all jobs."""
        self._set_row(variant, variant, phase, requests, 0, self.cell.jobs)

    def arrange_alone(self, variant: int, number: int) -> list[int]:
        """Set up one request to be mapped and then added; the rows that do so."""
        rows = [variant, self.warm_row(variant)]
        for row, phase in zip(rows, (Phase.MAP, Phase.ADD), strict=True):
            self._set_row(row, variant, phase, 1, number, 1)
        return rows

    def call_alone(self, variant: int, number: int) -> None:
        """Map one request and add it, without a driver that counts descriptors.

        Raises:
            StageError: if a kernel returned an error.
        """
        job, row = self.jobs(variant)[number], self.rows[variant]
        at = self.jobs_at[variant] + number * JOB.itemsize
        words = (int(job["list_memory"]), int(job["request"]), at + WORDS_AT)
        status = function(int(row["map"]), 3)(*words)
        job = self.jobs(variant)[number]
        given = (int(job[name]) for name in ("first", "second", "third", "token"))
        status |= function(int(row["add_buf"]), 5)(int(row["vq"]), *given)
        if status:
            raise StageError("add gave an error or lost a request")

    def arrange_all(
        self, phase: Phase, requests: NDArray[np.int64], share: int = WARM_SHARE
    ) -> None:
        """Set up all variants' turns with ``requests``, and warm-up with 1 / ``share`` of them."""
        starts = np.array(self.jobs_at, np.uint64)
        ends = starts + np.uint64(self.cell.jobs * JOB.itemsize)
        for rows, part in zip(self._halves(), (1, share), strict=True):
            rows["phase"], rows["jobs"], rows["jobs_end"] = phase, starts, ends
            rows["requests"] = -(-requests // part)
            for variant in self.cell.variants:
                asked = int(rows["requests"][variant])
                rows["limit"][variant] = self._limit(phase, variant, asked)

    def _set_row(  # noqa: PLR0913, PLR0917  the fields of a row
        self, row: int, variant: int, phase: Phase, requests: int, first: int, jobs: int
    ) -> None:
        start = self.jobs_at[variant] + first * JOB.itemsize
        rows = self.rows
        rows["phase"][row], rows["requests"][row] = phase, requests
        rows["jobs"][row], rows["jobs_end"][row] = start, start + jobs * JOB.itemsize
        rows["limit"][row] = self._limit(phase, variant, requests, first, jobs)

    def _limit(
        self, phase: Phase, variant: int, requests: int, first: int = 0, jobs: int | None = None
    ) -> int:
        """The traffic's limit; of ADD by how much descriptors exceed requests in the ring."""
        if phase is not Phase.ADD:
            return self.cell.traffic.limit
        if not self.queue(variant).kind.counts_descriptors:
            return 0
        count = self.cell.jobs if jobs is None else jobs
        taken = np.resize(self.cell.descriptors, self.cell.jobs)[first : first + count] - 1
        rounds, rest = divmod(requests, count)
        return int(rounds * taken.sum() + taken[:rest].sum())

    def _halves(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """The rows of turns and of warm-up turns, one per variant."""
        return self.rows[: self.empty_row], self.rows[self.empty_row + 1 :]

    def empty_ring(self) -> None:
        """Start every ring over, notifying the device it had."""
        for queue in self.queues.values():
            queue.reset()


def stride(cell: Cell, variant: Variant) -> int:
    """The distance between a variant's lists, in bytes."""
    return -(-cell.list_bytes[variant.kernels["create"]] // 64) * 64
