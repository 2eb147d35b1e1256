"""The oracle's look at every variant's ring, before anything is timed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.driver.records import JOB
from bench.kit import ARENA_PAGES, Cell, Kit, Variant
from bench.ring import oracle
from bench.worker.cell_memory import Scene, StageError, stride
from bench.worker.checks import add_alone, picture
from bench.worker.memory import LINE, PAGE, Arena, Executable, function
from bench.worker.rings import KINDS, PLAIN
from bench.worker.stage import Stage
from workloads import Request


def ring_pages(cell: Cell, variants: Sequence[Variant]) -> int:
    """Pages that the rings of a cell take, each of them whole ones."""
    filled = dict.fromkeys((PLAIN.name, *(variants[number].ring for number in cell.variants)))
    sizes = [size for ring in filled for size in KINDS[ring].sizes(cell.slots)]
    return sum(size // PAGE + 2 for size in sizes)


def pages_of(cell: Cell, variants: Sequence[Variant]) -> int:
    """Return how large an arena must be: twice what the cell takes, so that there is a draw."""
    sizes = [sum(map(len, cell.requests)) + LINE * len(cell.requests)]
    for number in cell.variants:
        lists = len(cell.requests) * stride(cell, variants[number])
        sizes += [lists, len(cell.requests) * JOB.itemsize]
    pages = ring_pages(cell, variants) + sum(size // PAGE + 2 for size in sizes)
    return max(ARENA_PAGES, 2 * pages)


def approved(kit: Kit, requests: Sequence[tuple[Request, ...]]) -> Kit:
    """The kit after the oracle's look at it; ``requests`` are those of each cell."""
    approval = Approval(kit)
    looked: dict[str, Cell] = {}
    for one, asked in zip(kit.cells, requests, strict=True):
        if one.place not in looked:
            looked[one.place] = approval.of(one, asked)
    cells = tuple(replace(looked[one.place], phase=one.phase, lists=one.lists) for one in kit.cells)
    pages = max(pages_of(one, kit.variants) for one in cells)
    return replace(kit, cells=cells, refused=approval.refused, arena_pages=pages)


class Approval:
    """The oracle's look at every variant's ring, shape by shape."""

    def __init__(self, kit: Kit) -> None:
        most = max((ring_pages(cell, kit.variants) for cell in kit.cells), default=0)
        draw = np.random.default_rng(kit.seed)
        self.kit = kit
        self.stage = Stage(kit, Arena(kit.arena_pages + most, draw), Executable(), draw)
        self.refused: dict[str, str] = {}

    def of(self, cell: Cell, requests: tuple[Request, ...]) -> Cell:
        """The cell with its list sizes and with pictures of rings that the oracle read."""
        cell = replace(cell, phase="map", lists=0, list_bytes=self._list_bytes(cell))
        scene = self.stage.lay_out(cell, np.zeros(self.stage.texts(), np.int64))
        pictures: dict[str, tuple[str, ...]] = {}
        for number in cell.variants:
            variant = self.kit.variants[number]
            if variant.idle or variant.role == "floor":  # they make no ring to look at
                continue
            try:
                seen = tuple(self._picture(scene, number, r, q) for r, q in enumerate(requests))
                pictures[variant.ring] = seen
            except (StageError, oracle.RingError) as error:
                self.refused[f"{variant.label} {cell.place}"] = str(error)
        plain = pictures.pop(PLAIN.name, ())
        return replace(cell, pictures=plain, other_pictures=pictures)

    def _list_bytes(self, cell: Cell) -> dict[str, int]:
        """Ask every strategy how much list memory a request of this shape takes."""
        request, memory = self.stage.arena.base, self.stage.arena.base + 16 * 4096
        sizes_of = {}
        for key in dict.fromkeys(self.kit.variants[n].kernels["create"] for n in cell.variants):
            code = self.kit.codes[key]
            at = self.stage.executable.place([code.text], np.zeros(1, np.int64), self.stage.draw)
            create = function(at[0] + code.entry, 2)
            sizes = []
            for text in cell.requests:
                record = self.stage.arena.view(request, np.dtype(np.uint8), len(text))
                record[:] = np.frombuffer(text, np.uint8)
                sizes.append(create(memory, request))
            sizes_of[key] = max(sizes)
        return sizes_of

    @staticmethod
    def _picture(scene: Scene, variant: int, number: int, request: Request) -> str:
        add_alone(scene, variant, number)
        queue = scene.queue(variant)
        queue.kind.read(queue, request)
        return picture(scene, variant, number)
