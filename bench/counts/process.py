"""The process that valgrind watches: it lays out every cell, then takes one turn of every variant.

``python -m bench.counts.process KIT``; it runs the kit's bytes and does not import numba.
Each turn leaves one dump, in the order of ``turns``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import kit as kits
from bench.driver.records import Phase
from bench.kit import Cell, Kit, Variant
from bench.worker.cell_memory import Scene
from bench.worker.memory import LINE, PAGE, Arena, Executable
from bench.worker.stage import Stage
from strategies import OF_ONE_KERNEL

COUNTABLE = {Phase[name.upper()] for name in OF_ONE_KERNEL}
ARENA_PAGES = 48 * 1024  # for all cells at once; a page is touched only when it is used
CODE_PAGES = 16 * 1024


def turns(kit: Kit) -> Iterator[tuple[Cell, Variant]]:
    """Yield the cell and variant of each dump, in order."""
    for cell in countable(kit):
        yield from ((cell, kit.variants[row]) for row in rows_of(kit, cell))


def countable(kit: Kit) -> list[Cell]:
    """The cells whose turns call one kernel, with one list per request."""
    return [cell for cell in kit.cells if cell.turn in COUNTABLE and not cell.lists]


def rows_of(kit: Kit, cell: Cell) -> list[int]:
    """The variants that take turns in a cell."""
    return [n for n in cell.variants if cell.phase in kit.variants[n].phases]


class Shelf(Arena):
    """Memory allotted region after region, so that all scenes exist at once."""

    _next = 0

    def regions(self, sizes: list[int], aligned: int, draw: np.random.Generator) -> list[int]:
        """The address of the next free page for each size."""
        del aligned, draw
        addresses = []
        for size in sizes:
            addresses.append(self.base + self._next * PAGE)
            self._next += -(-size // PAGE)
        return addresses


class CodeShelf(Executable):
    """Code placed once, on its own cache line: its address does not change its instructions."""

    def __init__(self, pages: int) -> None:
        super().__init__(pages)
        self._known: dict[bytes, int] = {}
        self._next = self.base

    def place(
        self, texts: list[bytes], positions: NDArray[np.int64], draw: np.random.Generator
    ) -> list[int]:
        """The address of each text."""
        del positions, draw
        for text in texts:
            if text not in self._known:
                self.write(self._next, text)
                self._known[text] = self._next
                self._next += -(-len(text) // LINE) * LINE
        return [self._known[text] for text in texts]


def prepare(stage: Stage, cell: Cell) -> tuple[Scene, list[int]]:
    """Lay out a cell with one stream of requests per turn; the scene and the rows to run."""
    scene = stage.lay_out(cell, np.zeros(stage.texts(), np.int64))
    rows = rows_of(stage.kit, cell)
    for row in rows:
        scene.arrange(row, cell.turn, len(cell.requests))
    return scene, rows


def main(arguments: list[str]) -> int:
    """Lay out everything, then run every turn with the counting clock."""
    kit = kits.load(Path(arguments[0]))
    draw = np.random.default_rng(kit.seed)
    code = CodeShelf(CODE_PAGES)
    stage = Stage(kit, Shelf(ARENA_PAGES, draw, touch=False), code, draw)
    scenes = [prepare(stage, cell) for cell in countable(kit)]
    mark = kit.codes["mark"]
    clock = code.place([mark.text], np.zeros(1, np.int64), draw)[0] + mark.entry
    for scene, rows in scenes:
        stage.run(scene.driver, scene.table, rows, clock)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
