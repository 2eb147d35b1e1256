"""The harness on another machine's code: stage, scenes, rounds and approval, turns taken by qemu.

All that Python lays out lies in memory shared with the runner (``tests.fake.emulator``), and what
would be called here is called there: driver, kernels, devices. Only the watch is left out, whose
tables are its own.
"""

import mmap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import bench.compile.approval
import bench.worker.cell_memory
import bench.worker.rounds
import bench.worker.stage
from bench.fleet.measure import requests_of
from bench.kit import Kit
from bench.worker.memory import PAGE, Executable
from bench.worker.rounds import CellResults, Measurement
from bench.worker.stage import TURNS_MAX, Stage
from tests.fake.emulator import Runner, SharedArena

KERNEL_PAGES, STACK_PAGES = 256, 1
TABLE_PAGES = 16  # the stage's own: which rows, and what they took
TURN_NS = 20_000
ONE_BLOCK_S = 0.0


class SharedExecutable(Executable):
    """Pages of code that the runner may run; whatever is written, it is told."""

    def __init__(self, process: Runner, first: int, pages: int) -> None:
        self._process = process
        self._room = process.code[first * PAGE : (first + pages) * PAGE]
        self._memory: Any = self._room.data  # takes bytes, as an mmap does
        self.base, self.pages = int(self._room.ctypes.data), pages

    def write(self, address: int, text: bytes) -> None:
        """Copy code to an address."""
        super().write(address, text)
        self._process.renew()


class IdleWatch:
    """In the watch's place: sees nothing."""

    def __init__(self, kit: Kit) -> None:
        del kit

    def read(self) -> NDArray[np.float64]:
        """Report that nothing changed."""
        return np.ones(2)


class Elsewhere:
    """A runner with room for a stage."""

    def __init__(self, runner: Path, arena_pages: int) -> None:
        pages = (KERNEL_PAGES + STACK_PAGES, TABLE_PAGES + arena_pages)
        self.process = Runner(runner, *pages)
        tables, self._room = np.split(self.process.data, [TABLE_PAGES * PAGE])
        self._order = tables[: 2 * TURNS_MAX].view(np.uint16)
        self._out = tables[2 * TURNS_MAX :][: 8 * (TURNS_MAX + 2)].view(np.uint64)

    def stage(self, kit: Kit, draw: np.random.Generator) -> Stage:
        """A stage whose turns are taken by the runner; there is one at a time."""
        stage = Stage(
            kit,
            SharedArena(self._room),
            SharedExecutable(self.process, STACK_PAGES, KERNEL_PAGES),
            draw,
            SharedExecutable(self.process, 0, STACK_PAGES),
            self._order,
            self._out,
        )
        return told(stage, partial(stage.run, clock=self.process.clock))

    def function(self, address: int, words: int) -> Callable[..., int]:
        """What calls a function of the other machine."""
        del words
        return partial(self.process.call, "harness", address)


def told(stage: Stage, run: Callable[..., Any]) -> Stage:
    """A stage that takes its turns so."""
    vars(stage)["run"] = run
    return stage


@contextmanager
def elsewhere(runner: Path, arena_pages: int) -> Iterator[Elsewhere]:
    """Have all that the harness calls called by a runner."""
    with ExitStack() as stack:
        there = Elsewhere(runner, arena_pages)
        stack.callback(there.process.close)
        for module in (bench.compile.approval, bench.worker.cell_memory, bench.worker.stage):
            stack.enter_context(patch.object(module, "function", there.function))
        stack.enter_context(patch.object(bench.worker.rounds, "Watch", IdleWatch))
        yield there


def approved(kit: Kit, there: Elsewhere) -> Kit:
    """A kit as the host approves it that it was sent to."""
    draw = np.random.default_rng(kit.seed)
    with patch.object(bench.compile.approval, "Stage", lambda *_: there.stage(kit, draw)):
        return bench.compile.approval.approved(kit, list(map(requests_of, kit.cells)))


def measured(kit: Kit, there: Elsewhere) -> list[CellResults]:
    """Take one block of rounds: each cell at each code position, all rings looked at once."""
    draw = np.random.default_rng(5)
    work = Measurement(kit, there.stage(kit, draw), draw, TURN_NS, mmap.mmap(-1, 16))
    work.measure(range(len(kit.cells)), ONE_BLOCK_S)
    return list(work.cells.values())
