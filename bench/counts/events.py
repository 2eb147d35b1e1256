"""``python -m bench.counts.events NAME -e EVENT,...``: a processor's own counts of one benchmark.

``perf stat`` reads the processor's counters while one benchmark, named as in a result, takes its
turns alone; ``perf list`` names the events. Virtual machines often have none. The number of
requests made meanwhile follows from perf's own clock.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer

from bench.errors import BenchError
from bench.kit import Cell, Kit
from bench.machine.bypass import withheld
from bench.machine.cpus import choose_cpus
from bench.options import UsageError, compilers_of, experiments_of
from bench.plan import DEFAULT, Plan
from bench.result import benchmark_name
from bench.run import compiled
from bench.worker.memory import POSITIONS
from bench.worker.stage import Stage
from reports.commands.ending import run
from workloads import load as load_workloads

CLOCK = "task-clock"  # milliseconds that the process ran while perf counted
WINDOW_S = "0.25"
WINDOWS = 12  # each with a new draw; three at each code position
TURN_NS = 20_000_000  # so long that Python's work between turns does not matter
TRIED = 256  # requests, to calibrate a turn
COUNT, EVENT, FIELDS = 0, 2, 3  # of a line of perf stat -x,


class EventsError(BenchError):
    """Nothing could be counted."""


@dataclass(frozen=True)
class Window:
    """perf's counts, and the CPU time per request meanwhile."""

    counts: dict[str, float]
    request_ns: float

    def per_request(self, event: str) -> float:
        """The number of events per request."""
        return self.counts[event] * self.request_ns / (self.counts[CLOCK] * 1e6)


def command(
    name: Annotated[str, typer.Argument(help="WORKLOAD/SHAPE/PHASE/STRATEGY[FORM]@BACKEND{...}")],
    *,
    event: Annotated[
        str, typer.Option("-e", "--event", help="comma-separated, as perf stat takes them")
    ] = "cycles:u,instructions:u",
    experiment: Annotated[
        list[str] | None, typer.Option(help="the one that has this cell, if not the default plan")
    ] = None,
) -> None:
    """Count a processor's events per request of one benchmark, named as in a result."""
    perf = shutil.which("perf")
    if perf is None:
        raise UsageError("no perf on PATH, so nothing can be counted: install linux-perf")
    kit = compiled(plan_of(name, experiment))
    cell, variant = found_in(kit, name)
    os.sched_setaffinity(0, {choose_cpus()[0]})
    windows = list(counted(kit, cell, variant, [perf, "stat", "-x,", "-e", f"{CLOCK},{event}"]))
    typer.echo(f"{statistics.median(one.request_ns for one in windows):12.4g} ns")
    for key in windows[0].counts.keys() - {CLOCK}:
        typer.echo(f"{statistics.median(one.per_request(key) for one in windows):12.4g} {key}")


def plan_of(name: str, experiment: list[str] | None) -> Plan:
    """The smallest plan that has a benchmark of this name.

    Raises:
        UsageError: if it is not the name of a benchmark.
    """
    workload, _, phase, label = [*name.split("/", 3), *[""] * 4][:4]
    series, _, backend = label.partition("@")
    if not backend:
        raise UsageError(f"{name} is not a benchmark: name one as a result does")
    return Plan(
        experiments=tuple(one.name for one in experiments_of(experiment)),
        workloads=(workload,) if workload in load_workloads() else (),
        strategies=(series.partition("[")[0],),
        backends=compilers_of([backend.partition("{")[0]]),
        phases=(phase,),
        length=DEFAULT,
        seed=1,
    )


def found_in(kit: Kit, name: str) -> tuple[Cell, int]:
    """The cell and the variant of a benchmark.

    Raises:
        UsageError: if there is none of this name.
    """
    for cell in kit.cells:
        for number in cell.variants:
            if benchmark_name(cell, kit.variants[number]) == name:
                return cell, number
    raise UsageError(f"there is no benchmark {name}: name one as a result does, and its experiment")


def counted(kit: Kit, cell: Cell, variant: int, command: list[str]) -> Iterator[Window]:
    """Yield perf's counts of each window, each on newly drawn pages.

    Raises:
        EventsError: if perf fails, or the machine has no such counter.
    """
    draw = np.random.default_rng(kit.seed)
    stage = Stage.of(kit, draw)
    for number in range(WINDOWS):
        position = POSITIONS[number % len(POSITIONS)]
        scene = stage.lay_out(cell, np.full(stage.texts(), position))
        with nullcontext() if cell.bypass else withheld():
            tried = scene.turn(variant, cell.turn, TRIED)
            requests = max(TRIED, TRIED * TURN_NS // max(1, tried))
            watched = [*command, "-p", str(os.getpid()), "--", "sleep", WINDOW_S]
            with subprocess.Popen(watched, stderr=subprocess.PIPE, text=True) as perf:
                begun_ns, made = time.process_time_ns(), 0
                while made == 0 or perf.poll() is None:
                    scene.turn(variant, cell.turn, requests)
                    made += requests
                taken_ns = time.process_time_ns() - begun_ns
                said = perf.stderr.read() if perf.stderr else ""
        yield Window(read(said, perf.returncode), taken_ns / made)


def read(said: str, status: int) -> dict[str, float]:
    """The counts by event in the output of ``perf stat -x,``.

    Raises:
        EventsError: if it failed, or an event was not counted.
    """
    lines = [line.split(",") for line in said.splitlines() if line and not line.startswith("#")]
    if status or not all(len(line) >= FIELDS for line in lines):
        raise EventsError(f"perf stat failed: {said.strip().splitlines()[0] if said else status}")
    lacking = [line[EVENT] for line in lines if line[COUNT].startswith("<")]
    if lacking:
        raise EventsError(
            f"this machine does not count {', '.join(lacking)}: see perf list; a virtual machine "
            "has counters only if its host grants it some"
        )
    return {line[EVENT]: float(line[COUNT]) for line in lines}


if __name__ == "__main__":
    run(command, "bench", BenchError)
