"""Kits of a few points, made quickly: the input of a worker, and its findings."""

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from bench.compile import build
from bench.compile.approval import Approval
from bench.compile.variants import variants_of
from bench.experiments import Experiment, Point
from bench.experiments import load as known
from bench.kit import Kit
from bench.worker.rounds import CellResults, Measurement
from bench.worker.stage import Stage
from strategies import AS_COMPILED, load
from strategies.backends import NUMBA, backends
from strategies.compile.code import Code
from workloads import STREAM_SEED

ONE_BLOCK_S = 0.0
TURN_NS = 20_000
QUEUE = "virtqueue"


def kit_of(points: Sequence[Point], names: Sequence[str]) -> Kit:
    """Approve strategies, compiled by numba, at points of an experiment."""
    some = Experiment("some", "?", lambda: tuple(points), ())
    chosen = tuple(s for s in load() if s.name in names and s.form == AS_COMPILED)
    codes = {key: code for key, code in compiled().items() if owner(key) in {"", QUEUE, *names}}
    found = list(variants_of(chosen, backends()[NUMBA], codes))
    cells = [build.cell(point, some, [strategy for _, strategy in found]) for point in points]
    kit = Kit(codes, tuple(variant for variant, _ in found), tuple(cells), 1, {}, {}, {})
    approval = Approval(kit)
    whole = tuple(
        replace(approval.of(cell, point.shape.stream(STREAM_SEED)), phase=cell.phase)
        for cell, point in zip(cells, points, strict=True)
    )
    return replace(kit, cells=whole, refused=approval.refused)


@cache
def compiled() -> dict[str, Code]:
    """The code of all strategies and of every kick, as the bench keeps it."""
    plain, kicks = (s for s in load() if s.form == AS_COMPILED), build.kicks_of(known().values())
    return build.compile_all(tuple(plain), [backends()[NUMBA]], kicks)[0]


def owner(key: str) -> str:
    """The strategy of a kernel, ``QUEUE``, or empty for the harness."""
    return key.partition("@")[0] if "@" in key else ""


def with_code(kit: Kit, codes: Mapping[str, Code]) -> Kit:
    """A kit with other code under these keys."""
    assert set(codes) <= set(kit.codes)
    return replace(kit, codes={**kit.codes, **codes})


def measured(kit: Kit) -> list[CellResults]:
    """Take one block of rounds: each cell at each code position."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, TURN_NS, mmap.mmap(-1, 16))
    work.measure(range(len(kit.cells)), ONE_BLOCK_S)
    return list(work.cells.values())


def failed(kit: Kit) -> list[set[str]]:
    """The strategies that fail, by cell."""
    return [{kit.variants[number].label for number in series.failed} for series in measured(kit)]


def watch_kit() -> Kit:
    """A kit of the harness alone, for readings of the watch."""
    return Kit(build.harness(), (), (), 1, {}, {}, {})
