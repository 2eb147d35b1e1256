"""A whole run: compile once, measure in many processes, write one file."""

import json
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench import kit as kits
from bench import result
from bench.plan import PROCESSES_MIN, Plan
from bench.pool import ROOT, Outcome, Pool, opened
from bench.precision import widest
from bench.progress import Progress

FINISH_S = 3  # to write the file
PROCESSES_AIMED = {"quick": 10, "default": 32}
SLICE_MAX_S = 30
POLL_S = 0.2
START_S = 0.6  # of a process, before its first turn and after its last


class CompileFailedError(Exception):
    """The compiling process could not make the kernels."""


@dataclass(frozen=True)
class Run:
    """What a run ended with."""

    path: Path
    faults: tuple[str, ...]  # a line each: what was measured wrong, or not at all
    interrupted: bool = False


@dataclass(frozen=True)
class Clock:
    """When a run has to end, and who is told how far it is."""

    end: float  # of the monotonic clock
    progress: Progress

    @property
    def left(self) -> float:
        """Return the seconds that remain."""
        return self.end - time.monotonic()


def run(plan: Plan, path: Path, progress: Progress) -> Run:
    """Measure a plan and write the result to ``path``; a Ctrl-C keeps what there is."""
    start = time.monotonic()
    outcomes: list[Outcome] = []
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="sg-ring-bench-") as name:
        folder = Path(name)
        progress.say("compiling and checking every kernel")
        kit = compiled(plan, folder)
        end = start + plan.length.seconds - FINISH_S
        try:
            with opened(folder, folder / "kit.json", raw=plan.raw) as pool:
                measure(plan, kit, pool, outcomes, Clock(end, progress))
        except KeyboardInterrupt:
            interrupted = True
    if interrupted and not any(outcome.found for outcome in outcomes):
        raise KeyboardInterrupt
    write(plan, kit, outcomes, path, interrupted=interrupted)
    return Run(path, faults(kit, outcomes), interrupted)


def compiled(plan: Plan, folder: Path) -> kits.Kit:
    """Return the kit, made by a process of its own."""
    (folder / "plan.json").write_text(json.dumps(plan.selection()))
    command = [
        sys.executable,
        "-m",
        "bench.build",
        *(str(folder / f) for f in ("plan.json", "kit.json")),
    ]
    child = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CompileFailedError(last[0])
    return kits.load(folder / "kit.json")


def measure(plan: Plan, kit: kits.Kit, pool: Pool, found: list[Outcome], clock: Clock) -> None:
    """Start processes while there is time, and collect what each of them found."""
    slice_s = slice_seconds(plan, len(pool.cpus), clock.left)
    least = plan.processes or PROCESSES_MIN
    clock.progress.begin(clock.end, len(kit.cells))
    while True:
        more = plan.processes is None and clock.left > slice_s - POLL_S
        wanted = pool.started < least or more
        if wanted and pool.free and not reached(plan, kit, found):
            pool.start(slice_s)
            continue
        if not pool.running:
            return
        time.sleep(POLL_S)
        found.extend(pool.ended())
        clock.progress.update(len(found), len(pool.running))


def slice_seconds(plan: Plan, cpus: int, available: float) -> float:
    """Return how long each process measures, so that as many as are wanted fit."""
    aimed = plan.processes or PROCESSES_AIMED.get(plan.length.name)
    if aimed is None:
        return SLICE_MAX_S
    waves = -(-max(aimed, cpus) // cpus)
    return max(1.0, available / waves - START_S)


def reached(plan: Plan, kit: kits.Kit, outcomes: list[Outcome]) -> bool:
    """Return whether the run is as precise as was asked for."""
    if plan.length.half_width is None or len(outcomes) < PROCESSES_MIN:
        return False
    return widest(kit, outcomes) <= plan.length.half_width


def write(
    plan: Plan, kit: kits.Kit, outcomes: list[Outcome], path: Path, *, interrupted: bool
) -> None:
    """Write the file, and the turns beside it if they were asked for."""
    common = {
        "commit": result.commit(),
        "command": shlex.join([*command_of(plan), "--seed", str(plan.seed)]),
        "length": plan.length.name,
        **({"partial": "interrupted"} if interrupted else {}),
    }
    suite = result.suite(kit, outcomes, common)
    try:
        result.write_suite(suite, path)
    except result.ResultError as error:
        elsewhere = Path(tempfile.gettempdir()) / path.name
        result.write_suite(suite, elsewhere)
        raise result.ResultError(f"{error}; what was measured is in {elsewhere}") from None
    if plan.raw:
        result.write_turns(result.turns(kit, outcomes), path)


def command_of(plan: Plan) -> list[str]:
    """Return the command line that asks for this plan."""
    words = ["python", "-m", "bench"]
    words += [] if plan.length.name == "default" else [f"--{plan.length.name}"]
    for option, names in (
        ("--workload", plan.workloads),
        ("--strategy", plan.strategies),
        ("--backend", plan.backends),
        ("--phase", plan.phases),
    ):
        words += [word for name in names for word in (option, name)]
    return words + (["--processes", str(plan.processes)] if plan.processes else [])


def faults(kit: kits.Kit, outcomes: list[Outcome]) -> tuple[str, ...]:
    """Return a line for each cell and strategy that went wrong, and each process that died."""
    found = {f"{name}: {why}": None for name, why in kit.refused.items()}
    for outcome in outcomes:
        if outcome.found is None:
            where = "" if outcome.cell is None else f" in {kit.cells[outcome.cell].name}"
            found[f"process {outcome.process} died{where}: {outcome.fault}"] = None
            continue
        for cell, series in zip(kit.cells, outcome.found["cells"], strict=True):
            for column, why in series["failed"].items():
                name = result.benchmark_name(cell, kit.variants[int(column)])
                found[f"{name}: {why}"] = None
    return tuple(found)
