"""Result files with known truth, in the documented schema, made of real pyperf objects."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyperf

PLAIN = "as compiled"


@dataclass(frozen=True)
class Layout:
    """A series and its true cost, as a multiple of the baseline."""

    strategy: str
    ratio: float
    role: str = "candidate"
    form: str = PLAIN
    backend: str = "numba"
    moves: int | None = 0  # conditional moves in a step; None: unknown
    calls: int = 0

    @property
    def code_hash(self) -> str:
        """A hash that differs between layouts."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def series(self) -> str:
        """Its name, with the form in brackets."""
        return self.strategy if self.form == PLAIN else f"{self.strategy}[{self.form}]"

    def instructions(self, shape: "Shape") -> float:
        """The instructions that a request executes."""
        return 10 + shape.descriptors * (20 + 5 * self.calls)


@dataclass(frozen=True)
class Shape:
    """A cell's shape, with ``swept`` if it is a point of a sweep."""

    workload: str
    name: str
    descriptors: float
    swept: int | None = None
    sweep: str = "data segments"
    axes: str = ""  # what an experiment varies here
    experiment: str = ""  # that asked for it


LAYOUTS = (
    Layout("flat_array", 1.0, "baseline"),
    Layout("chained_scatterlist", 1.1),
    Layout("sg_ring", 1.3),
    Layout("noop", 0.2, "null"),
    Layout("flat_array", 1.0, "control", form="again"),
)
SHAPES = (
    Shape("blk", "4k-read", 3),
    Shape("blk", "64k-read", 18),
    Shape("blk", "seg-1", 3, swept=1),
    Shape("blk", "seg-16", 18, swept=16),
    Shape("blk", "seg-128", 130, swept=128),
    Shape("net", "tx-imix", 2),
    Shape("net", "frags-0", 2, swept=0, sweep="frags"),
    Shape("net", "frags-18", 20, swept=18, sweep="frags"),
)
MORE_SHAPES = tuple(
    Shape("blk", f"{size}k-write", size // 4 + 2) for size in (4, 8, 16, 32, 40, 48)
)
METADATA: Mapping[str, object] = {
    "schema_version": 1,
    "seed": 20071105,
    "turn_us": 100,
    "commit": "0123abcd",
    "command": "python -m bench --quick",
    "cpu_model_name": "Example CPU 3000",
    "cpu_count": 2,
    "platform": "Linux-6.1-x86_64",
    "python_version": "3.11.7 (64-bit)",
    "numba_version": "0.68.1",
    "llvm_cpu": "generic",
}
OF_COUNT = (
    *("workload", "shape", "phase", "strategy", "form", "backend", "role"),
    *("descriptors", "code_hash"),
)
TWO_COMPILERS = (  # one makes a conditional move by itself, the other a branch
    Layout("flat", 1.0, "baseline"),
    Layout("chain", 1.0),
    Layout("chain", 1.4, form="select", moves=1),
    Layout("ring", 1.1),
    Layout("ring", 1.5, form="called", calls=1),
    Layout("walk", 0.5, "floor"),
    Layout("stream", 0.25, "floor", moves=None),
    Layout("noop", 0.1, "null", moves=None),
    Layout("ticker", 3.0, "sentinel", moves=None),
    Layout("flat", 1.0, "control", form="again"),
    Layout("flat", 1.25, "baseline", backend="gcc"),
    Layout("chain", 1.75, backend="gcc", moves=1),
    Layout("chain", 1.25, form="branch", backend="gcc"),
    Layout("ring", 1.5, backend="gcc"),
    Layout("ring", 1.6, form="called", backend="gcc", calls=1, moves=1),
    Layout("walk", 0.5, "floor", backend="gcc"),
    Layout("flat", 1.25, "control", form="again", backend="gcc"),
)
SLOW = 1.5  # factor on a slow round
INTERCEPT_NS, SLOPE_NS = 4.0, 2.0  # of the baseline
PHASES: Mapping[str, float] = {"map": 0.5, "add": 1.0, "cycle": 2.0}  # factors on the above


@dataclass(frozen=True)
class Truth:
    """The truth behind a file; the defaults make a small, complete one."""

    layouts: tuple[Layout, ...] = LAYOUTS
    shapes: tuple[Shape, ...] = SHAPES
    phases: tuple[str, ...] = ("map", "add", "cycle")
    processes: int = 8
    rounds: int = 7
    noise: float = 0.002  # of one value, relative
    shared: float = 0.05  # of all values of a round
    axes: str = ""
    factors: Mapping[tuple[str, str], float] = field(default_factory=dict)  # (cell, series): factor
    missing: frozenset[tuple[str, str]] = frozenset()  # (shape, strategy) without values
    metadata: Mapping[str, object] = field(default_factory=lambda: METADATA)
    seed: int = 1
    positions: tuple[float, ...] = ()  # factor on candidates by code position
    groups: float = 1.0  # factor on half of a candidate's rounds
    slow: Mapping[tuple[str, str], float] = field(default_factory=dict)  # (cell, series): share
    moved: Mapping[tuple[str, str], float] = field(default_factory=dict)  # at the first position
    doubts: Mapping[int, str] = field(default_factory=dict)  # of processes
    clocks: Mapping[int, float] = field(default_factory=dict)  # process: of its sentinel, factor
    off: Mapping[int, float] = field(default_factory=dict)  # process: factor on candidates
    alone: float | None = None  # share of rounds without a neighbour, by process
    beside: float = 1.0  # a neighbour's factor on candidates
    told: bool = True  # whether the file gives the state of rounds


DATED = Truth(  # as written by a run that is to be published
    shapes=SHAPES[:2],
    phases=("add",),
    rounds=24,
    positions=(1.0,) * 4,
    metadata={**METADATA, "date": "2026-01-02 03:04:05.678", "length": "quick"},
)


def suite(truth: Truth | None = None) -> pyperf.BenchmarkSuite:
    """A suite in which only noise hides the truth."""
    return pyperf.BenchmarkSuite(list(_benchmarks(truth or Truth())))


def write(path: Path, truth: Truth | None = None) -> Path:
    """Write a result file and return its path."""
    suite(truth).dump(str(path), replace=True)
    return path


def write_counts(path: Path, truth: Truth | None = None, **change: object) -> Path:
    """Write the counts that belong to a result; ``change`` goes into every record."""
    truth = truth or Truth()
    counts = [
        {
            **{key: _metadata(truth, shape, phase, layout)[key] for key in OF_COUNT},
            "instructions": layout.instructions(shape),
            **change,
        }
        for layout in truth.layouts
        for shape in truth.shapes
        for phase in truth.phases
        if phase != "cycle" and layout.role != "control"
    ]
    beside = path.with_name(path.name.removesuffix(".gz").removesuffix(".json") + ".counts.json")
    beside.write_text(json.dumps({"schema_version": 1, "counts": counts}), encoding="utf-8")
    return beside


def true_ns(shape: Shape, phase: str, layout: Layout) -> float:
    """The true cost of a request."""
    return (INTERCEPT_NS + SLOPE_NS * shape.descriptors) * PHASES[phase] * layout.ratio


def cell_name(shape: Shape, phase: str) -> str:
    """WORKLOAD/SHAPE/PHASE{AXES}."""
    return f"{shape.workload}/{shape.name}/{phase}" + f"{{{shape.axes}}}" * bool(shape.axes)


def _benchmarks(truth: Truth) -> Iterator[pyperf.Benchmark]:
    draw, place = np.random.default_rng(truth.seed), np.random.default_rng(truth.seed + 1)
    for shape in truth.shapes:
        for phase in truth.phases:
            shared = draw.lognormal(0, truth.shared, (truth.processes, truth.rounds))
            letters = _letters(truth, place)
            for layout in truth.layouts:
                own = draw.lognormal(0, truth.noise, shared.shape)
                if (shape.name, layout.strategy) in truth.missing:
                    continue
                places = place.permuted(np.tile(np.arange(truth.rounds) % 4, (len(own), 1)), axis=1)
                if layout.role == "candidate":
                    own *= np.where(place.random(own.shape) < 0.5, truth.groups, 1.0)
                    own *= np.array(truth.positions or (1.0,) * 4)[places]
                name = (cell_name(shape, phase), layout.series)
                own[:, : round(truth.slow.get(name, 0) * truth.rounds)] *= SLOW
                own *= np.where(places == 0, truth.moved.get(name, 1.0), 1.0)
                if layout.role == "candidate":
                    own *= np.where(letters == "s", truth.beside, 1.0)
                    own *= np.array([[truth.off.get(at, 1.0)] for at in range(len(own))])
                around = _clocks(truth) if layout.role == "sentinel" else shared
                factor = truth.factors.get(name, 1.0)
                seconds = true_ns(shape, phase, layout) * factor * 1e-9 * around * own
                yield pyperf.Benchmark(
                    [
                        pyperf.Run(
                            [float(f"{value:.4e}") for value in values],
                            metadata=_metadata(truth, shape, phase, layout)
                            | _of_process(truth, process, places[process], letters[process]),
                            collect_metadata=False,
                        )
                        for process, values in enumerate(seconds)
                    ]
                )


def _clocks(truth: Truth) -> np.ndarray:
    """Each process's factor on the sentinel's time, which memory does not disturb."""
    return np.array([[truth.clocks.get(process, 1.0)] for process in range(truth.processes)])


def _letters(truth: Truth, place: np.random.Generator) -> np.ndarray:
    """The state of each round: processes have a neighbour for different shares of time."""
    shape = (truth.processes, truth.rounds)
    if truth.alone is None:
        return np.full(shape, "a")
    share = np.clip(truth.alone + 0.3 * np.cos(np.arange(truth.processes))[:, np.newaxis], 0, 1)
    if truth.alone in {0, 1}:
        share = np.full_like(share, truth.alone)
    return np.where(place.random(shape) < share, "a", "s")


def _of_process(
    truth: Truth, process: int, places: np.ndarray, letters: np.ndarray
) -> dict[str, Any]:
    """The metadata that differ between processes."""
    doubts = {"doubts": truth.doubts[process]} if process in truth.doubts else {}
    positions = {"positions": "".join(map(str, places))} if truth.positions else {}
    known = truth.told and truth.alone is not None
    states = {"states": "".join(letters)} if known else {}
    return {"process": process, **doubts, **positions, **states}


def _metadata(truth: Truth, shape: Shape, phase: str, layout: Layout) -> dict[str, Any]:
    form = "" if layout.form == PLAIN else f"[{layout.form}]"
    axes = truth.axes or shape.axes
    axes = f"{{{axes}}}" if axes else ""
    series = f"{layout.strategy}{form}@{layout.backend}{axes}"
    swept = {} if shape.swept is None else {"swept": shape.swept, "sweep": shape.sweep}
    return {
        **truth.metadata,
        "name": f"{shape.workload}/{shape.name}/{phase}/{series}",
        "unit": "second",
        "loops": 1000,
        "workload": shape.workload,
        "shape": shape.name,
        "phase": phase,
        "strategy": layout.strategy,
        "form": layout.form,
        "backend": layout.backend,
        "role": layout.role,
        "descriptors": shape.descriptors,
        "code_hash": layout.code_hash,
        "code_bytes": 512,
        **({"experiment": shape.experiment} if shape.experiment else {}),
        **swept,
        **(_step(layout) if phase == "add" else {}),
    }


def _step(layout: Layout) -> dict[str, int]:
    if layout.moves is None:
        return {}
    return {
        "step_instructions": 20 + 5 * layout.calls,
        "step_loads": 7,
        "step_stores": 3,
        "step_branches": 2,
        "step_conditional_moves": layout.moves,
        "step_calls": layout.calls,
        "step_bytes": 80,
    }
