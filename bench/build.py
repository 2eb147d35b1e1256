"""The compiling process: make every kernel once, check it with the oracle, hand over bytes.

``python -m bench.build PLAN KIT``: the plan says which strategies, workloads and phases.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np

from bench import driver, oracle
from bench.checks import add_alone, picture
from bench.kit import KERNELS, Cell, Kit, Variant, save
from bench.memory import ARENA_PAGES, Arena, Executable, ExecutableMemoryError, function
from bench.stage import Scene, Stage, StageError
from strategies import AS_COMPILED, Strategy, virtqueue
from strategies import load as load_strategies
from strategies.backends import Backend, backends
from strategies.code import Code
from strategies.codegen import machine_code
from strategies.elf import OutsideSymbolError
from strategies.encode import encode
from strategies.facts import facts as facts_of
from strategies.native.build import CompileError
from strategies.structs import vring_bytes
from workloads import STREAM_SEED, Request, Shape
from workloads import load as load_workloads

CONTROL_FORM = "again"  # the baseline's code placed a second time: the A/A control
SLOTS = 256
FORM_PHASES = {"map": "map", "add": "add_buf"}  # phase: the kernel that a form may change


def variants_of(
    strategies: tuple[Strategy, ...], backend: Backend, codes: dict[str, Code]
) -> Iterator[Variant]:
    """Yield a backend's columns: every strategy in every form, and the baseline once more.

    A form takes turns only in the phases in which its compiler made other code of it.
    """
    plain = {s.name: s for s in strategies if s.form == AS_COMPILED}
    for strategy in filter(backend.serves, strategies):
        phases = strategy.phases
        if strategy.form != AS_COMPILED:
            original = _keys(plain[strategy.name], backend)
            ours = _keys(strategy, backend)
            differs = [p for p, k in FORM_PHASES.items() if codes[ours[k]] != codes[original[k]]]
            phases = tuple(phase for phase in phases if phase in differs)
        if phases:
            yield _variant(strategy, backend, strategy.label, _role(strategy), phases)
        if strategy.baseline:
            label = f"{strategy.name}[{CONTROL_FORM}]"
            yield _variant(strategy, backend, label, "control", phases)


def _role(strategy: Strategy) -> str:
    marks = {role: getattr(strategy, role) for role in ("baseline", "null", "sentinel", "floor")}
    return next((role for role, marked in marks.items() if marked), "candidate")


def _variant(
    strategy: Strategy, backend: Backend, label: str, role: str, phases: tuple[str, ...]
) -> Variant:
    form = CONTROL_FORM if role == "control" else strategy.form
    keys = _keys(strategy, backend)
    named = f"{label}@{backend.name}"
    return Variant(named, strategy.name, form, backend.name, role, phases, keys, step={})


def _keys(strategy: Strategy, backend: Backend) -> dict[str, str]:
    """Return where each kernel's code is kept: the strategy's own or the virtqueue's."""
    own = f"{strategy.label}@{backend.name}"
    shared = f"virtqueue@{backend.name}"
    return {k: f"{own if getattr(strategy, k) else shared}/{k}" for k in KERNELS}


def compile_all(
    strategies: tuple[Strategy, ...], chosen: Iterable[Backend]
) -> tuple[dict[str, Code], dict[str, float]]:
    """Return the machine code of driver and device and, by each backend, of every kernel.

    And the seconds that compiling took, by label; without those whose kernels were kept from
    an earlier run.
    """
    codes = {"driver": machine_code(driver.driver), "device": machine_code(virtqueue.device)}
    seconds = {}
    for backend in chosen:
        for kernel in ("kick", "get_buf"):
            codes[f"virtqueue@{backend.name}/{kernel}"] = backend.shared(kernel)
        for strategy in filter(backend.serves, strategies):
            keys = {k: key for k, key in _keys(strategy, backend).items() if key not in codes}
            kept = any(backend.kept(strategy, kernel) for kernel in keys)
            start = time.perf_counter()
            codes |= {key: backend.kernel(strategy, kernel) for kernel, key in keys.items()}
            if not kept:
                seconds[f"{strategy.label}@{backend.name}"] = time.perf_counter() - start
    return codes, seconds


def step_of(code: Code) -> dict[str, int]:
    """Return what one descriptor costs in the kernel's longest walk, empty if it walks nothing."""
    steps = [walk.step for walk in facts_of(code).walks]
    return asdict(max(steps, key=lambda step: step.instructions)) if steps else {}


def cells_of(plan: dict[str, Any]) -> list[tuple[Cell, tuple[Request, ...]]]:
    """Return the plan's cells, pictures and list sizes still missing, with their requests."""
    workloads = load_workloads()
    found = []
    for name in plan["workloads"]:
        workload = workloads[name]
        for shape in workload.shapes:
            if plan["quick"] and not shape.quick:
                continue
            requests = shape.stream(STREAM_SEED)
            found += [
                (_cell(name, shape, phase, requests, workload.sweep), requests)
                for phase in plan["phases"]
            ]
    return found


def _cell(
    workload: str, shape: Shape, phase: str, requests: tuple[Request, ...], sweep: str
) -> Cell:
    return Cell(
        workload=workload,
        shape=shape.name,
        phase=phase,
        slots=SLOTS,
        requests=tuple(encode(request) for request in requests),
        descriptors=tuple(len(oracle.asked(request)) for request in requests),
        pictures=(),
        list_bytes={},
        swept=shape.swept,
        sweep=sweep if shape.swept is not None else "",
    )


class Approval:
    """The oracle's look at every variant's ring, shape by shape."""

    def __init__(self, kit: Kit) -> None:
        draw = np.random.default_rng(kit.seed)
        self.kit = kit
        self.stage = Stage(kit, Arena(ARENA_PAGES, draw), Executable(), draw)
        self.refused: dict[str, str] = {}

    def of(self, cell: Cell, requests: tuple[Request, ...]) -> Cell:
        """Return the cell with its list sizes and with pictures of rings that the oracle read."""
        cell = replace(cell, phase="map", list_bytes=self._list_bytes(cell))
        scene = self.stage.lay_out(cell, np.zeros(self.stage.texts(), np.int64))
        pictures: tuple[str, ...] = ()
        for number, variant in enumerate(self.kit.variants):
            if variant.idle or variant.role == "floor":  # they make no ring to look at
                continue
            try:
                pictures = tuple(self._picture(scene, number, r, q) for r, q in enumerate(requests))
            except (StageError, oracle.RingError) as error:
                self.refused[f"{variant.label} {cell.workload}/{cell.shape}"] = str(error)
        return replace(cell, pictures=pictures)

    def _list_bytes(self, cell: Cell) -> dict[str, int]:
        """Ask every strategy how much list memory a request of this shape takes."""
        request, memory = self.stage.arena.base, self.stage.arena.base + 16 * 4096
        found = {}
        for variant in self.kit.variants:
            code = self.kit.codes[variant.kernels["create"]]
            at = self.stage.executable.place([code.text], np.zeros(1, np.int64), self.stage.draw)
            create = function(at[0] + code.entry, 2)
            sizes = []
            for text in cell.requests:
                record = self.stage.arena.view(request, np.dtype(np.uint8), len(text))
                record[:] = np.frombuffer(text, np.uint8)
                sizes.append(create(memory, request))
            found[variant.strategy] = max(sizes)
        return found

    @staticmethod
    def _picture(scene: Scene, variant: int, number: int, request: Request) -> str:
        add_alone(scene, variant, number)
        avail, used, _ = vring_bytes(scene.cell.slots)
        ring = oracle.Ring(
            scene.stage.arena.read,
            scene.cell.slots,
            scene.vring,
            scene.vring + avail,
            scene.vring + used,
        )
        oracle.check_published(ring, 0, 1, [request])
        return picture(scene, number)


def facts() -> dict[str, str]:
    """Return what made the code: versions and the target it was made for."""
    return {
        "numba_version": numba.__version__,
        "llvmlite_version": llvmlite.__version__,
        "numpy_version": np.__version__,
        "llvm_cpu": os.environ["NUMBA_CPU_NAME"],
        "llvm_features": os.environ["NUMBA_CPU_FEATURES"] or "none",
    }


def spent(start_s: float) -> dict[str, str]:
    """Return what all compiling and checking took: seconds since ``start_s``, bytes at most."""
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"build_s": f"{time.perf_counter() - start_s:.2f}", "build_peak_bytes": str(peak)}


def build(plan: dict[str, Any]) -> Kit:
    """Return the kit of a plan: workloads, strategies, backends, phases, quick, seed."""
    start_s = time.perf_counter()
    chosen = tuple(s for s in load_strategies() if s.name in plan["strategies"])
    compilers = [backend for name, backend in backends().items() if name in plan["backends"]]
    codes, seconds = compile_all(chosen, compilers)
    variants = tuple(
        replace(v, step=step_of(codes[v.kernels["add_buf"]]))
        for backend in compilers
        for v in variants_of(chosen, backend, codes)
    )
    versions = {f"{backend.name}_version": backend.version for backend in compilers}
    kit = Kit(codes, variants, (), plan["seed"], versions | facts(), {}, seconds)
    approval = Approval(kit)
    approved: dict[str, Cell] = {}
    cells = []
    for cell, requests in cells_of(plan):
        shape = f"{cell.workload}/{cell.shape}"
        if shape not in approved:
            approved[shape] = approval.of(cell, requests)
        cells.append(replace(approved[shape], phase=cell.phase))
    everything = kit.facts | spent(start_s)
    return replace(kit, cells=tuple(cells), refused=approval.refused, facts=everything)


def main(arguments: list[str]) -> int:
    """Build the kit of the plan in one file and write it to another."""
    plan, out = map(Path, arguments)
    try:
        save(build(json.loads(plan.read_text())), out)
    except (ExecutableMemoryError, CompileError, OutsideSymbolError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
