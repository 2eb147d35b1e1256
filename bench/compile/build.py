"""The compiling process: make every kernel once, check it with the oracle, hand over bytes.

``python -m bench.compile.build PLAN KIT``: the plan says which strategies, workloads and phases. A
kit that was made and checked before is kept whole, under a key of all that went into either; then
numba is not even imported.
"""

import os
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from bench import experiments, layouts, messages, shapes
from bench.children import end_with_parent
from bench.compile.approval import approved
from bench.compile.making import HARNESS, PACKAGES, KernelJob, MakingError, known, made
from bench.compile.variants import keys_of, variants_of
from bench.experiments import Experiment, Point, takes_turns
from bench.kit import Cell, Kit, load, save, shared_key
from bench.paths import ROOT
from bench.plan import Selection
from bench.ring import oracle
from bench.ring_size import resized
from bench.worker.memory import ExecutableMemoryError
from bench.worker.rings import KINDS, PLAIN
from strategies import Strategy
from strategies.backends import Backend
from strategies.backends.cross import target_compilers
from strategies.backends.native import CompileError
from strategies.compile import kept
from strategies.compile.code import Code
from strategies.compile.elf import OutsideSymbolError
from strategies.compile.target import HERE, MACHINE
from strategies.disassemble.facts import facts as facts_of
from strategies.linux.encode import encode
from strategies.outside import OutsideError
from workloads import STREAM_SEED, Request

READ = ("bench/**/*.py", "strategies/**/*.py", "strategies/native/*.[ch]", "workloads/**/*.py")
READERS = ("capstone", "pyelftools")  # what reads machine code; PACKAGES make it


def compile_all(
    strategies: tuple[Strategy, ...], chosen: Iterable[Backend], kicks: Iterable[str] = ("kick",)
) -> tuple[dict[str, Code], dict[str, float]]:
    """The machine code of driver and device and, by each backend, of every kernel.

    And the seconds that compiling took, by label, except where kernels were kept from an earlier
    run.
    """
    jobs = {name: KernelJob(name) for name in (*HARNESS, *devices_of(strategies))}
    own: dict[str, list[str]] = {}  # label: keys of its kernels
    codes: dict[str, Code] = {}
    seconds: dict[str, float] = {}
    for backend in chosen:
        for kernel in (*kicks, "get_buf"):
            jobs[shared_key(backend.name, kernel)] = KernelJob(kernel, backend.maker)
        for strategy in filter(backend.serves, strategies):
            label = f"{strategy.label}@{backend.name}"
            keys = {k: key for k, key in keys_of(strategy, backend).items() if key not in jobs}
            if known().get(strategy.label) is strategy:
                jobs |= {
                    key: KernelJob(k, backend.maker, strategy.label) for k, key in keys.items()
                }
                own[label] = list(keys.values())
            else:  # none of this checkout's: there is no file whose digest could stand for it
                start_s = time.perf_counter()
                codes |= {key: backend.kernel(strategy, k) for k, key in keys.items()}
                seconds[label] = time.perf_counter() - start_s
    kernels = made(jobs.values())
    for label, keys_of_it in own.items():
        took = [kernels[jobs[key]].seconds for key in keys_of_it]
        if all(one is not None for one in took):
            seconds[label] = sum(filter(None, took))
    return codes | {key: kernels[job].code for key, job in jobs.items()}, seconds


def devices_of(strategies: Iterable[Strategy]) -> list[str]:
    """The devices of the rings that strategies fill, except the plain one's."""
    devices = dict.fromkeys(KINDS[strategy.ring].device for strategy in strategies)
    return [device for device in devices if device != PLAIN.device]


def harness() -> dict[str, Code]:
    """The driver, the devices and the watch's sentinels, which serve every strategy."""
    return {job.kernel: one.code for job, one in made(KernelJob(name) for name in HARNESS).items()}


def step_of(code: Code) -> dict[str, int]:
    """What one descriptor costs in the kernel's longest walk; empty if it walks nothing."""
    steps = [walk.step for walk in facts_of(code).walks]
    return asdict(max(steps, key=lambda step: step.instructions)) if steps else {}


def cells_of(
    plan: Selection, columns: Sequence[Strategy]
) -> list[tuple[Cell, tuple[Request, ...]]]:
    """The plan's cells, pictures and list sizes still missing, with their requests.

    ``columns`` are the strategies of all variants: their numbers say which take turns in a cell.
    """
    there = known_experiments(plan)
    return [
        (cell(point, there[name], columns), point.shape.stream(STREAM_SEED))
        for name in plan.experiments
        for point in there[name].points()
        if point.workload in plan.workloads
        and point.phase in plan.phases
        and (point.quick or not plan.quick)
    ]


def cell(point: Point, experiment: Experiment, columns: Sequence[Strategy]) -> Cell:
    """The cell that an experiment wants at a point."""
    requests = point.shape.stream(STREAM_SEED)
    return Cell(
        workload=point.workload,
        shape=point.shape.name,
        phase=point.phase,
        slots=point.slots,
        requests=tuple(encode(request) for request in requests),
        descriptors=tuple(len(oracle.asked(request)) for request in requests),
        pictures=(),
        list_bytes={},
        swept=point.shape.swept,
        sweep=point.sweep,
        experiment=experiment.name,
        axes=point.axes,
        traffic=point.traffic,
        often=point.often,
        lists=point.lists,
        huge=point.huge,
        bypass=point.bypass,
        variants=tuple(
            number
            for number, strategy in enumerate(columns)
            if takes_turns(strategy, point, experiment)
        ),
    )


def facts() -> dict[str, str]:
    """What made the code: versions and the target it was made for."""
    return {
        **{f"{package}_version": version(package) for package in PACKAGES},
        "llvm_cpu": os.environ["NUMBA_CPU_NAME"],
        "llvm_features": os.environ["NUMBA_CPU_FEATURES"] or "none",
    }


def spent(start_s: float) -> dict[str, str]:
    """What all compiling and checking took: seconds since ``start_s``, bytes at most."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = 1024 * max(resource.getrusage(who).ru_maxrss for who in whose)
    return {"build_s": f"{time.perf_counter() - start_s:.2f}", "build_peak_bytes": str(peak)}


def build(plan: Selection) -> Kit:
    """The kit of a plan, as ``Plan.selection`` gives it."""
    start_s = time.perf_counter()
    asked = asked_in(plan)
    chosen = tuple(
        s
        for s in layouts.strategies_with(plan.layouts)
        if s.name in plan.strategies and any(one.wants(s) for one in asked)
    )
    compilers = list(layouts.backends_with(plan.backends, plan.layouts).values())
    codes, seconds = compile_all(chosen, compilers, kicks_of(asked))
    columns = [pair for backend in compilers for pair in variants_of(chosen, backend, codes)]
    variants = tuple(replace(v, step=step_of(codes[v.kernels["add_buf"]])) for v, _ in columns)
    cells = cells_of(plan, [strategy for _, strategy in columns])
    versions = {f"{backend.name}_version": backend.version for backend in compilers}
    kit = Kit(
        codes=codes,
        variants=variants,
        cells=tuple(cell for cell, _ in cells),
        seed=plan.seed,
        facts=versions | facts(),
        refused={},
        compile_s=seconds,
        experiments=experiments.to_json(asked),
    )
    if MACHINE == HERE:  # else it is approved where it is sent
        kit = approved(kit, [requests for _, requests in cells])
    return replace(kit, facts=kit.facts | spent(start_s))


def asked_in(plan: Selection) -> list[Experiment]:
    """The experiments of a plan."""
    there = known_experiments(plan)
    return [there[name] for name in plan.experiments]


def known_experiments(plan: Selection) -> dict[str, Experiment]:
    """Every experiment, with that of the plan's shape file if it has one."""
    known = shapes.known(plan.shapes)
    return {name: resized(one, plan.slots) for name, one in known.items()}


def kicks_of(asked: Iterable[Experiment]) -> tuple[str, ...]:
    """The virtqueue's kicks that experiments ask for, the plain one first."""
    wanted = (point.traffic.kick for one in asked for point in one.points())
    return tuple(dict.fromkeys(("kick", *wanted)))


def key_of(plan: Selection) -> str:
    """The name of a plan's kit: a digest of all that makes it or checks it.

    Except for the seed, which draws where things lie while they are looked at. What experiments ask
    may follow the machine: its caches, its free memory.
    """
    asked = asked_in(plan)
    points = [{**vars(p), "shape": p.shape.name} for one in asked for p in one.points()]
    native = target_compilers(names=plan.backends).values()
    return kept.key(
        "kit",
        messages.encode(replace(plan, seed=0)),
        experiments.to_json(asked),
        repr(points),
        repr([(one, one.surroundings) for one in native]),
        kept.sources(ROOT, *READ),
        *kept.tools(*PACKAGES, *READERS),
    )


def provide(plan: Selection, out: Path) -> None:
    """Write a plan's kit: the one that was made and checked before, or a new one.

    One in which the oracle refused a kernel is not kept, nor one with a user's layouts.
    """
    if plan.layouts:
        save(build(plan), out)
        return
    start_s = time.perf_counter()
    name = key_of(plan)
    before = kept.store().get(name)
    if before is not None:
        out.write_bytes(before)
        kit = load(out)
        save(replace(kit, seed=plan.seed, facts=kit.facts | spent(start_s)), out)
        return
    kit = build(plan)
    if not kit.refused and key_of(plan) == name:  # else a source was edited meanwhile
        save(replace(kit, compile_s={}), out)
        kept.store().put(name, out.read_bytes())
    save(kit, out)


def main(arguments: list[str]) -> int:
    """Write the kit of the plan in one file to another."""
    end_with_parent()
    plan, out = map(Path, arguments)
    try:
        provide(messages.read(plan, Selection), out)
    except CompileError as error:
        sys.stderr.write(f"{error.line}\n")
        return 2
    except (ExecutableMemoryError, MakingError, OutsideError, OutsideSymbolError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
