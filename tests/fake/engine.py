"""An engine without kernels: everything is laid out and drawn as usual, without turns.

Each turn lasts as long as the test says, and the input of the driver is recorded. So promises about
draws and arithmetic are tested directly, without a compiler and without a clock.
"""

import mmap
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.driver.records import ROW
from bench.kit import SENTINELS, Cell, Kit, Variant
from bench.worker.cell_memory import Scene
from bench.worker.memory import CLOCK, Arena, Executable
from bench.worker.rounds import CellResults, Measurement
from bench.worker.stage import SHARED, STACK, Stage
from strategies import KERNELS, PHASES
from strategies.compile.code import Code

RETURN_0 = bytes.fromhex({"aarch64": "000080d2c0035fd6"}.get(platform.machine(), "31c0c3"))
COLUMNS = (("flat", "flat", "baseline"), ("flat[again]", "flat", "control"), ("ring", "ring", ""))
BASE, AGAIN, RING, EMPTY = 0, 1, 2, 3  # rows of the driver's table; warm-up rows follow
CREDITED = 80  # requests in a turn
PAGES = 256

Told = Callable[[list[int]], Sequence[int]]  # rows in order: nanoseconds of each


def kit_of(*cells: Cell) -> Kit:
    """A kit of a baseline, its A/A copy and a candidate, without any effect."""
    names = [f"{strategy}/{kernel}" for _, strategy, _ in COLUMNS for kernel in KERNELS]
    codes = {name: Code(RETURN_0) for name in (*names, STACK, *SHARED, *SENTINELS)}
    variants = tuple(
        Variant(
            f"{label}@numba",
            strategy,
            "as compiled",
            "numba",
            role or "candidate",
            tuple(PHASES),
            {kernel: f"{strategy}/{kernel}" for kernel in KERNELS},
            {},
        )
        for label, strategy, role in COLUMNS
    )
    return Kit(codes, variants, cells or (cell(),), 1, {}, {}, {}, arena_pages=PAGES)


def cell(phase: str = "add", **more: Any) -> Cell:
    """A cell of two tiny requests."""
    requests, lists = (bytes(64), bytes(64)), {"flat/create": 128, "ring/create": 192}
    numbers = tuple(range(len(COLUMNS)))
    return Cell("w", "s", phase, 16, requests, (3, 5), ("", ""), lists, variants=numbers, **more)


@dataclass(frozen=True)
class Given:
    """The driver's input in one call."""

    driver: int
    order: list[int]
    rows: NDArray[np.void]


def thousands(order: list[int]) -> list[int]:
    """A time that identifies the row."""
    return [1000 * (1 + row) for row in order]


@dataclass
class ToldStage(Stage):
    """A stage whose turns have given times."""

    told: Told = thousands
    given: list[Given] = field(default_factory=list)

    def run(
        self,
        driver: int,
        table: int,
        order: Sequence[int] | NDArray[np.int64],
        clock: int = CLOCK,  # noqa: ARG002  that of a stage which takes its turns
    ) -> NDArray[np.uint64]:
        """Record the driver's input."""
        rows = self.arena.view(table, ROW, 2 * len(self.kit.variants) + 1).copy()
        self.given.append(Given(driver, [int(row) for row in order], rows))
        return np.array(self.told(self.given[-1].order), np.uint64)


class ToldRounds(Measurement):
    """Rounds without checks of rings, as nothing is written to them."""

    def _wrong(self, _scene: Scene, _variants: list[int]) -> dict[int, str]:
        return {}


def stage_of(kit: Kit, seed: int = 5, told: Told = thousands) -> ToldStage:
    """A stage with memory of its own."""
    draw = np.random.default_rng(seed)
    return ToldStage(kit, Arena(PAGES, draw), Executable(64), draw, told=told)


def rounds_of(kit: Kit, seed: int = 5, told: Told = thousands) -> ToldRounds:
    """Rounds without any measurement yet."""
    stage = stage_of(kit, seed, told)
    return ToldRounds(kit, stage, stage.draw, 20_000, mmap.mmap(-1, 16))


def one_round(work: ToldRounds, number: int = 0, position: int = 0) -> tuple[Given, CellResults]:
    """Take one round of a cell; return the driver's input and the series."""
    series = CellResults(np.zeros(len(COLUMNS)), [CREDITED] * len(COLUMNS))
    positions = np.full(work.stage.texts(), position, np.int64)
    work.round(series, work.kit.cells[number], positions, check=False)
    return given(work)[-1], series


def given(work: ToldRounds) -> list[Given]:
    """All of the driver's input so far."""
    assert isinstance(work.stage, ToldStage)
    return work.stage.given
