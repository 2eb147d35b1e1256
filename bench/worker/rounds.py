"""Rounds of cells until time is up, each with a new draw and checked."""

import mmap
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.kit import Cell, Kit
from bench.machine.bypass import withheld
from bench.worker.cell_memory import FAILED, WARM_SHARE, Scene, StageError
from bench.worker.checks import check_alone, check_turns
from bench.worker.far_device import far_device
from bench.worker.memory import POSITIONS
from bench.worker.stage import Stage
from bench.worker.watch import Watch
from strategies import KERNELS, OF_ONE_KERNEL

TURNS = 1  # of each variant per round: another round, with a new draw, is worth more than a turn
EMPTY_TURNS = 5
STRIKES = 2  # failed turns without a wrong ring until a variant is left out
TRY_STREAMS, TRIES, TRY_POSITIONS = 8, 2, (0, 32)  # of each variant, to calibrate a turn
FEW_LISTS = 1 << 17  # a pass over more takes tenths of a second, and warms up no cache
PASS_MIN = 1024  # requests from which one pass is a turn


@dataclass
class CellResults:
    """The results of one process in one cell."""

    first_ns: NDArray[np.float64]  # of the first request through new code, by variant
    requests: list[int]  # per turn, by variant; as calibrated
    rounds: list[NDArray[np.float64]] = field(default_factory=list)  # ns per request: variant, turn
    positions: list[str] = field(default_factory=list)  # by round: one digit per variant
    watched: list[NDArray[np.float64]] = field(default_factory=list)  # by round: end, sentinel
    strikes: dict[int, int] = field(default_factory=dict)  # variant: failed turns
    facts: dict[str, str] = field(default_factory=dict)  # of the memory, such as huge_pages
    failed: dict[int, str] = field(default_factory=dict)  # variant: why it is left out


@dataclass
class Measurement:
    """Cells, and their results so far."""

    kit: Kit
    stage: Stage
    draw: np.random.Generator
    turn_ns: int
    beat: mmap.mmap  # current cell and rounds so far, to explain a crash
    fixed: int | None = None  # seed of one fixed placement, to study its effect
    other_cpu: int | None = None  # for a device on another CPU
    cells: dict[int, CellResults] = field(default_factory=dict)
    watch: Watch = field(init=False)
    _rounds: int = 0

    def __post_init__(self) -> None:
        self.watch = Watch(self.kit)

    def measure(self, cells: Iterable[int], seconds: float, most: int | None = None) -> None:
        """Take rounds of all cells, each pass in a new order, until time is up.

        Passes come in fours, so that code positions have equal shares; at most ``most`` passes.
        """
        end = time.monotonic() + seconds
        for number in cells:
            self._mark(number)
            cell = self.kit.cells[number]
            self.cells[number] = CellResults(self._first(cell), self._calibrate(cell))
        block_s, passes = 0.0, 0
        while most is None or passes < most:
            start = time.monotonic()
            if block_s and start + block_s > end:
                break
            self._block()
            block_s = time.monotonic() - start
            passes += len(POSITIONS)

    def _block(self) -> None:
        """Take a round of every cell at each code position; check all rings in the first."""
        numbers = list(self.cells)
        shape = (len(numbers), self.stage.texts(), len(POSITIONS))
        positions = self.draw.permuted(np.broadcast_to(POSITIONS, shape), axis=2)
        for turn in range(len(POSITIONS)):
            for at in self.draw.permutation(len(numbers)):
                number = numbers[at]
                self._mark(number)
                placed = positions[at, :, turn]
                if self.fixed is not None:
                    self.stage.draw = np.random.default_rng([self.fixed, number])
                    placed = self.stage.draw.choice(POSITIONS, len(placed))
                cell = self.kit.cells[number]
                if cell.lists:
                    if turn == 0:
                        self._stay(self.cells[number], cell, positions[at])
                    continue
                for again in range(cell.often):
                    first = turn == 0 and again == 0
                    self.round(self.cells[number], cell, placed, check=first)

    def _stay(self, series: CellResults, cell: Cell, positions: NDArray[np.int64]) -> None:
        """Take rounds on the same pages: many lists take long to set up, and huge pages are few."""
        scene = self.stage.lay_out(cell, positions[:, 0])
        if scene.heap is not None:
            series.facts["huge_pages"] = f"{100 * scene.heap.huge_share():.0f} %"
        for turn in range(len(POSITIONS) if cell.lists <= FEW_LISTS else 1):
            placed = positions[:, turn]
            if turn:
                scene = self.stage.moved(scene, placed)
            self._take(series, scene, placed, check=turn == 0)

    def _run(self, scene: Scene, order: list[int] | NDArray[np.int64]) -> NDArray[np.uint64]:
        """Take turns, without store bypass if the cell needs that."""
        if scene.cell.bypass:
            return self._taken(scene, order)
        with withheld():
            return self._taken(scene, order)

    def _taken(self, scene: Scene, order: list[int] | NDArray[np.int64]) -> NDArray[np.uint64]:
        """Take turns, with a device on the other CPU if the cell needs one."""
        if not scene.cell.traffic.elsewhere:
            return self.stage.run(scene.driver, scene.table, order)
        if self.other_cpu is None:
            raise StageError("there is no second CPU for the device")
        with far_device(self.stage.arena, scene, self.other_cpu):
            return self.stage.run(scene.driver, scene.table, order)

    def _mark(self, number: int) -> None:
        """Record the current cell and round."""
        self._rounds += 1
        self.beat[:16] = number.to_bytes(8, "little") + self._rounds.to_bytes(8, "little")

    def round(
        self, series: CellResults, cell: Cell, positions: NDArray[np.int64], *, check: bool = True
    ) -> None:
        """Make a new draw, take the turns, check their counts and, if ``check``, all rings."""
        self._take(series, self.stage.lay_out(cell, positions), positions, check=check)

    def _take(
        self, series: CellResults, scene: Scene, positions: NDArray[np.int64], *, check: bool
    ) -> None:
        cell, phase = scene.cell, scene.cell.turn
        good = [v for v in self._variants(cell) if v not in series.failed]
        credited = np.array(series.requests)
        scene.arrange_all(phase, credited + self._added(cell, credited), _warm_share(cell))
        begin = self.watch.read()
        times = self._turns(scene, good, credited)
        end = self.watch.read()
        suspects = self._faults(good, lambda v: check_turns(scene, v, phase, times[v]))
        proven = self._wrong(scene, good) if check or suspects else {}
        series.failed |= proven
        for variant, why in ({} if proven else suspects).items():
            series.strikes[variant] = series.strikes.get(variant, 0) + 1
            if series.strikes[variant] == STRIKES:
                series.failed[variant] = why
        if not suspects and not proven:  # a faulty variant disturbs the turns of others
            series.rounds.append(times)
            series.positions.append(self._digits(cell, positions))
            series.watched.append(np.array([begin, end]))

    def _wrong(self, scene: Scene, variants: list[int]) -> dict[int, str]:
        """The faults of variants that fail twice, each time alone in a ring."""
        phase = scene.cell.turn

        def check(variant: int) -> None:
            scene.empty_ring()
            check_alone(scene, variant, phase)

        return self._faults(list(self._faults(variants, check)), check)

    def _digits(self, cell: Cell, positions: NDArray[np.int64]) -> str:
        """One digit per variant: its measured kernel was 0, 16, 32 or 48 bytes into a line."""
        kernel = KERNELS.index(OF_ONE_KERNEL.get(cell.phase, "add_buf"))
        placed = positions[kernel : len(self.kit.variants) * len(KERNELS) : len(KERNELS)]
        return "".join(str(POSITIONS.index(position)) for position in placed)

    @staticmethod
    def _faults(variants: list[int], check: Callable[[int], None]) -> dict[int, str]:
        """The faults of all variants that fail a check."""
        faults = {}
        for variant in variants:
            try:
                check(variant)
            except StageError as error:
                faults[variant] = str(error)
        return faults

    def _variants(self, cell: Cell) -> list[int]:
        return [n for n in cell.variants if cell.phase in self.kit.variants[n].phases]

    def _first(self, cell: Cell) -> NDArray[np.float64]:
        """The ns of every variant's first request, through code that has not run at its address.

        Lists are mapped and cached; the code was copied but not run. NaN for ``map``, which must
        have run before a list can be added, and with many lists, which are in no cache.
        """
        first_ns = np.full(len(self.kit.variants), np.nan)
        variants = self._variants(cell)
        if cell.phase == "map" or cell.lists:
            return first_ns
        scene = self.stage.lay_out(cell, self.draw.choice(POSITIONS, self.stage.texts()))
        scene.arrange_all(cell.turn, np.ones(len(self.kit.variants), np.int64))
        empty = np.full(EMPTY_TURNS, scene.empty_row)
        order = self.draw.permutation(variants)
        elapsed = self._run(scene, np.concatenate([empty, order]))
        taken = elapsed[EMPTY_TURNS:].astype(np.float64)
        taken[taken == FAILED] = np.nan
        first_ns[order] = taken - np.median(elapsed[:EMPTY_TURNS])
        return first_ns

    def _calibrate(self, cell: Cell) -> list[int]:
        """The number of requests per turn, by variant; the fastest try counts."""
        stream, variants = cell.jobs, self._variants(cell)
        if stream > PASS_MIN:
            return [stream] * len(self.kit.variants)
        tries = stream * TRY_STREAMS
        best = np.full(len(self.kit.variants), np.inf)
        for position in TRY_POSITIONS:
            scene = self.stage.lay_out(cell, np.full(self.stage.texts(), position))
            scene.arrange_all(cell.turn, np.full(len(best), tries))
            elapsed = self._run(scene, variants * TRIES)
            taken = elapsed.reshape(TRIES, -1).min(axis=0)  # a failed try takes a long time
            best[variants] = np.minimum(best[variants], taken)
        streams = np.maximum(1, np.rint(self.turn_ns * tries / best / stream)).astype(int)
        return [int(count) * stream for count in streams]

    def _added(self, cell: Cell, credited: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of uncredited requests per turn: a slowdown of known size.

        Whole streams, their number randomly rounded up or down, so that the mean is exact.
        """
        shares = np.array([variant.added.get(cell.name, 0.0) for variant in self.kit.variants])
        stream = len(cell.requests)
        if not shares.any():
            return np.zeros_like(credited)
        streams = np.floor(shares * credited / stream + self.draw.random(len(credited)))
        return streams.astype(np.int64) * stream

    def _turns(
        self, scene: Scene, variants: list[int], credited: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Warm up and take turns; ns per request by variant and turn, NaN where one failed."""
        warm = [scene.warm_row(int(variant)) for variant in self.draw.permutation(variants)]
        timed = turns_order(variants, TURNS, self.draw)
        empty = np.full(EMPTY_TURNS, scene.empty_row)
        order = np.concatenate([warm, empty, timed])
        if scene.heap:  # else the cache would hold another layout's lists
            pairs = [(scene.warm_row(int(variant)), variant) for variant in timed]
            order = np.concatenate([empty, *pairs])
        elapsed = self._run(scene, order)
        floor = np.median(elapsed[order == scene.empty_row])
        taken = elapsed.astype(np.float64)
        taken[elapsed == FAILED] = np.nan
        rows = np.full((len(self.kit.variants), TURNS), np.nan)
        for variant in variants:
            rows[variant] = taken[order == variant] - floor
        return rows / np.maximum(1, credited)[:, None]


def turns_order(variants: list[int], turns: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """``turns`` turns of each variant, in a new random order each time around."""
    return np.concatenate([draw.permutation(variants) for _ in range(turns)])


def _warm_share(cell: Cell) -> int:
    """The warm-up is 1 / this of a turn: a whole pass if a cache may hold all lists."""
    return 1 if 0 < cell.lists <= FEW_LISTS else WARM_SHARE
