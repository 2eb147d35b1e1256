"""Kits of a few points, in no time: what a worker is given, and what it finds."""

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bench import build
from bench.approval import Approval
from bench.experiments import Experiment, Point
from bench.kit import Kit
from bench.memory import Arena, Executable
from bench.rounds import Rounds, Series
from bench.stage import Stage
from bench.variants import variants_of
from strategies import AS_COMPILED, load
from strategies.backends import NUMBA, backends
from strategies.code import Code
from workloads import STREAM_SEED

ONE_BLOCK_S = 0.0
TURN_NS = 20_000


def kit_of(points: Sequence[Point], names: Sequence[str]) -> Kit:
    """Compile strategies by numba and approve them at points of an experiment."""
    chosen = tuple(s for s in load() if s.name in names and s.form == AS_COMPILED)
    backend = backends()[NUMBA]
    some = Experiment("some", "?", lambda: tuple(points), ())
    codes, seconds = build.compile_all(chosen, [backend], build.kicks_of([some]))
    found = list(variants_of(chosen, backend, codes))
    cells = [build.cell(point, some, [strategy for _, strategy in found]) for point in points]
    kit = Kit(codes, tuple(variant for variant, _ in found), tuple(cells), 1, {}, {}, seconds)
    approval = Approval(kit)
    whole = tuple(
        replace(approval.of(cell, point.shape.stream(STREAM_SEED)), phase=cell.phase)
        for cell, point in zip(cells, points, strict=True)
    )
    return replace(kit, cells=whole, refused=approval.refused)


def with_code(kit: Kit, codes: Mapping[str, Code]) -> Kit:
    """Return a kit with other code in these places."""
    assert set(codes) <= set(kit.codes)
    return replace(kit, codes={**kit.codes, **codes})


def measured(kit: Kit) -> list[Series]:
    """Take one block of rounds: each cell at each code position."""
    draw = np.random.default_rng(5)
    stage = Stage(kit, Arena(kit.arena_pages, draw), Executable(), draw)
    work = Rounds(kit, stage, draw, TURN_NS, mmap.mmap(-1, 16))
    work.measure(range(len(kit.cells)), ONE_BLOCK_S)
    return list(work.cells.values())


def failed(kit: Kit) -> list[set[str]]:
    """Return the strategies that each cell finds to do wrong."""
    return [{kit.variants[number].label for number in series.failed} for series in measured(kit)]


def watch_kit() -> Kit:
    """A kit of the harness alone, for whoever reads the watch."""
    return Kit(build.harness(), (), (), 1, {}, {}, {})
