"""``python -m bench.studies.gate_power``: repeated gates of which the truth is known.

Each run writes a file with its verdicts and the value of each process in each cell. A run whose
file exists is not repeated, so an interrupted study continues. ``bench.studies.gate_model``
archives the files and models them; ``reports.gate.power`` reads both.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bench import result
from bench.cli import interruptible
from bench.errors import BenchError
from bench.gate import cells
from bench.gate.cli import SECONDS, SECONDS_QUICK
from bench.gate.design import LOOKS, LOOKS_QUICK, Design
from bench.gate.record import rows
from bench.gate.run import Gate, measure, prepare, save
from bench.gate.steps import Steps
from bench.gate.trial import Trial
from bench.gate.versions.joint_kit import Place, shifted, slowed
from bench.gate.versions.sides import Pair
from bench.gate.versions.versions import Asked, compiled
from bench.lock import alone
from bench.machine.cpus import choose_cpus
from bench.machine.identity import kind, machine
from bench.options import Backends, chosen, compilers_of
from bench.output import write_record
from bench.progress import Progress
from bench.studies.disturb import under
from bench.studies.gate_model import FOLDER, KEPT, read
from bench.studies.gate_studies import EDITS, STUDIES, GateStudy, Slowed, StudyRun
from reports.commands import ending

SEED = 7


def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    study: Annotated[list[str] | None, typer.Option(help="only this study")] = None,
    runs: Annotated[int | None, typer.Option(help="at most this many of each")] = None,
    backend: Backends = None,
    cell: Annotated[list[str] | None, typer.Option(help="WORKLOAD/SHAPE/PHASE")] = None,
    out: Annotated[Path, typer.Option("-o", "--output", help="folder of all runs")] = FOLDER,
    *,
    listed: Annotated[bool, typer.Option("--list", help="only list the existing runs")] = False,
) -> None:
    """Make the missing runs, or list them."""
    names = chosen("study", study, [s.name for s in STUDIES])
    quick = Asked(
        base="HEAD",
        head="HEAD",
        cells=tuple(cell or cells.QUICK),
        backends=compilers_of(backend),
        design=Design(0, looks_max=LOOKS_QUICK),
        seconds=SECONDS_QUICK,
        seed=SEED,
        time_identical=True,
    )
    every = tuple(cell or cells.DEFAULT)
    full = replace(quick, cells=every, design=Design(0, looks_max=LOOKS), seconds=SECONDS)
    out.mkdir(parents=True, exist_ok=True)
    kept = Counter(run.study.name for run in read(KEPT))
    typer.echo(f"{kind()}: {kept.total() or 'no'} runs of this kind of processor are archived")
    with interruptible("and all finished runs are kept"), nullcontext() if listed else alone():
        for one in (s for s in STUDIES if s.name in names):
            paths = list(files(one, out))[:runs]
            missing = [path for path in paths if not path.exists()]
            made = f"{len(paths) - len(missing)} of {len(paths)} runs exist"
            typer.echo(f"{one.name}: {made}, {kept[one.name]} are archived")
            if missing and not listed:
                make(one, full if one.full else quick, missing)


def files(study: GateStudy, folder: Path) -> Iterator[Path]:
    """The files of a study's runs."""
    for number in range(study.runs):
        yield folder / f"{study.name}-{number:03}.json.gz"


def make(study: GateStudy, asked: Asked, paths: list[Path]) -> None:
    """Compile and approve once, then make all missing runs."""
    patch = EDITS / f"{study.edit}.patch" if study.edit else None
    sides = compiled(asked, patch)
    pairs = tuple(map(moved, sides.matched.pairs)) if study.shifted else sides.matched.pairs
    with tempfile.TemporaryDirectory(prefix="sg-ring-gate-") as name:
        gate = prepare(asked, pairs, Path(name))
        for path in paths:
            one(study, gate, asked, path, Path(name))
            typer.echo(path.name)


def moved(pair: Pair) -> Pair:
    """The pair, with head's code at other positions."""
    return replace(
        pair, head=replace(pair.head, codes={k: shifted(c) for k, c in pair.head.codes.items()})
    )


def one(study: GateStudy, gate: Gate, asked: Asked, path: Path, folder: Path) -> None:
    """Make one run; placements, orders and the slowed cell are drawn with its own seed."""
    seed = f"{asked.seed} {path.name}"
    draw = random.Random(seed)
    kit = replace(gate.kit, seed=draw.randrange(2**32))
    slow = draw.choice(sorted(gate.trials, key=lambda p: (p.cell, p.pair))) if study.added else None
    save(slowed(kit, slow, study.added) if slow else kit, folder)
    trials = {place: Trial(gate.design) for place in gate.trials}
    run = Gate(kit, gate.pairs, gate.design, trials)
    cpus = choose_cpus()
    with under(study.load, cpus):
        workers = sorted({cpus[which % len(cpus)] for which in study.workers})
        seconds = asked.seconds * study.longer
        start_s = time.monotonic()
        measure(run, folder, seconds, workers, Steps(Progress(quiet=True)))
        taken_s = time.monotonic() - start_s
    write_record(record(study, run, slow, taken_s), path)


def record(study: GateStudy, run: Gate, slow: Place | None, seconds: float) -> StudyRun:
    """The content of a run's file."""
    names = (run.kit.cells[slow.cell].name, run.pairs[slow.pair].name) if slow else ()
    return StudyRun(
        study=study,
        slowed=Slowed(*names),
        commit=result.commit(),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        seconds=round(seconds, 1),
        machine=machine(),
        design=run.design,
        seed=run.kit.seed,
        processes=run.processes,
        notes=run.notes,
        rows=rows(run),
    )


if __name__ == "__main__":
    ending.run(command, "bench", BenchError)
