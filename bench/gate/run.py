"""A gate, from two sides to a verdict per cell: approve, measure, decide."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import kit as kits
from bench.compile.build import harness
from bench.errors import BenchError
from bench.gate.cells import named
from bench.gate.counts import Counted
from bench.gate.design import Design
from bench.gate.schedule import KITS, GateSchedule
from bench.gate.steps import CONFIRM_SHARE, CONFIRMING, MEASURING, Steps
from bench.gate.trial import Trial
from bench.gate.versions.approve import approved
from bench.gate.versions.joint_kit import BASE, HEAD, Place, holding, join, swap
from bench.gate.versions.sides import Pair
from bench.gate.versions.versions import Asked
from bench.kit import Cell, Kit
from bench.machine.cpus import choose_cpus
from bench.messages import Options
from bench.processes.pool import opened
from bench.worker.siblings import undisturbed
from reports.statistics.centre import Rule

POLL_S = 0.02  # processes are short: a longer wait would cost more than polling
OPTIONS = Options()


class GateError(BenchError):
    """A gate that cannot continue; the text says why."""


@dataclass(frozen=True)
class Untimed:
    """A cell and pair that no process measures."""

    cell: str
    pair: Pair
    failure: str = ""  # empty: identical code


@dataclass
class Gate:
    """A gate's kit, and everything decided in it."""

    kit: Kit
    pairs: tuple[Pair, ...]  # timed, in the order of the kit
    design: Design
    trials: dict[Place, Trial]
    untimed: tuple[Untimed, ...] = ()
    notes: list[str] = field(default_factory=list)
    processes: int = 0
    rules: dict[Place, Rule] | None = None  # of centres; None: chosen by the first processes
    counts: dict[tuple[str, str], Counted] | None = None  # by cell and pair

    def identical(self, place: Place) -> bool:
        """Whether both sides of a place are identical code."""
        return self.pairs[place.pair].identical(self.kit.cells[place.cell].phase)


def prepare(asked: Asked, pairs: tuple[Pair, ...], folder: Path) -> Gate:
    """A gate that is ready to measure: with an approved kit, and a trial per cell and pair.

    Identical code is not timed, except for one such pair: its difference is the noise.
    """
    cells = [cell for cell, _ in named(asked.cells)]
    timed = timed_of(asked, pairs)
    sample = [pair for pair in pairs if pair not in timed][: bool(timed)]
    timed = (*timed, *sample)
    faults: dict[str, str] = {}
    kit = join(timed, cells, harness(), asked.seed)
    if timed:
        kit, faults = approved(kit, folder)
    good = tuple(p for p in timed if not {f"{p.name} {side}" for side in (BASE, HEAD)} & {*faults})
    kit = _only(kit, good)
    gate = Gate(kit, good, asked.design, {})
    places = [
        Place(number, pair)
        for number, cell in enumerate(kit.cells)
        for pair in range(len(good))
        if cell.phase in kit.variants[2 * pair].phases
    ]
    watched = {p for p in places if gate.identical(p) and not asked.time_identical}
    gate.design = replace(asked.design, cells=max(1, len(places) - len(watched)))
    gate.trials = {place: Trial(gate.design, watched=place in watched) for place in places}
    gate.untimed = tuple(_untimed(pairs, good, cells, faults))
    save(kit, folder)
    return gate


def timed_of(asked: Asked, pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """The pairs to time: those whose code differs in some cell, unless all are asked for."""
    phases = {cell.phase for cell, _ in named(asked.cells)}
    differ = tuple(pair for pair in pairs if not all(map(pair.identical, phases)))
    return pairs if asked.time_identical else differ


def save(kit: Kit, folder: Path) -> None:
    """Write the kit for the workers twice: with base first and with head first."""
    kits.save(kit, folder / KITS[0])
    kits.save(swap(kit), folder / KITS[1])


def _only(kit: Kit, pairs: tuple[Pair, ...]) -> Kit:
    """The kit with only these pairs."""
    names = {f"{pair.name} {side}" for pair in pairs for side in (BASE, HEAD)}
    variants = tuple(variant for variant in kit.variants if variant.label in names)
    return holding(kit, variants)


def _untimed(
    pairs: tuple[Pair, ...],
    good: tuple[Pair, ...],
    cells: list[Cell],
    faults: dict[str, str],
) -> Iterator[Untimed]:
    for cell in cells:
        for pair in pairs:
            there = [cell.phase in side.phases for side in (pair.base, pair.head)]
            if any(there) and not all(there):
                yield Untimed(cell.name, pair, f"only one side has phase {cell.phase}")
            elif all(there) and pair not in good:
                yield Untimed(cell.name, pair, _fault(pair, faults))


def _fault(pair: Pair, faults: dict[str, str]) -> str:
    """The fault of a pair, head's first; empty for identical code."""
    of_sides = ((side, faults.get(f"{pair.name} {side}")) for side in (HEAD, BASE))
    return next((f"{side}: {fault}" for side, fault in of_sides if fault), "")


def workers(gate: Gate, folder: Path) -> list[int]:
    """The CPUs to measure on; a note of the gate says if that are fewer than there are."""
    cpus, note = undisturbed(gate.kit, choose_cpus(), folder)
    gate.notes += note
    return cpus


def measure(gate: Gate, folder: Path, seconds: float, cpus: list[int], steps: Steps) -> None:
    """Measure until every cell is decided or the time is over.

    Raises:
        GateError: if no process can measure here.
    """
    steps.begin(MEASURING)
    progress = steps.progress
    end_s, confirm_s = time.monotonic() + seconds, CONFIRM_SHARE * seconds
    schedule = GateSchedule(gate.kit, gate.trials, end_s, confirm_s)
    schedule.numbers.rules = gate.rules
    progress.begin(end_s, len(gate.trials))
    with opened(folder, OPTIONS, cpus) as pool:
        while True:
            if schedule.prolonged(time.monotonic()):
                progress.close()
                steps.begin(CONFIRMING)
                progress.begin(end_s + confirm_s, len(gate.trials))
            task = schedule.next(time.monotonic()) if pool.free else None
            if task is not None:
                pool.start(task)
                continue
            if not pool.running:
                break
            time.sleep(POLL_S)
            for outcome in pool.ended():
                schedule.ended(outcome, time.monotonic())
                _forget(folder, outcome.process)
            progress.update(schedule.found, len(pool.running), lambda: 1.0)
    steps.end()
    if schedule.refused:
        raise GateError(f"no process can measure here: {schedule.refused}")
    gate.processes = schedule.found
    gate.notes += schedule.seen.note
    gate.notes += [f"process {o.process} died ({o.fault})" for o in schedule.died]
    for trial in gate.trials.values():
        trial.end()


def _forget(folder: Path, process: int) -> None:
    """Remove the files of a process: there are hundreds of them."""
    for path in folder.glob(f"process-{process:04}.*"):
        path.unlink()
