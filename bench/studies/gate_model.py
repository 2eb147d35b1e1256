"""``python -m bench.studies.gate_model [FOLDER] [-o KEPT]``: archive and model gate-power's runs.

The current rule is applied to processes resampled, with replacement, from all null runs: whole
processes for false alarms, which preserves correlation between cells; and for each cell alone with
log(1 + d) added, which is a head slower by d. Runs that were really slowed check the model.

The archive is ``runs.jsonl.gz``, one line per run, and ``model.json``, in a folder per kind of
processor. KEPT can also be the FOLDER.
"""

import gzip
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from bench import messages
from bench.errors import BenchError
from bench.gate import cells
from bench.gate.design import LOOKS_QUICK, Design
from bench.gate.trial import Trial, Verdict
from bench.machine.identity import kind
from bench.options import UsageError
from bench.paths import LOCAL_RESULTS, ROOT
from bench.studies.gate_studies import StudyRun
from reports.commands import ending

FOLDER = LOCAL_RESULTS / "gate-power" / kind()
KEPT = ROOT / "results" / "gate-power" / kind()
SLOWDOWNS = (0.0025, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.0125, 0.015, 0.02, 0.03, 0.05)
DRAWN, FINDS = 5000, 100  # null runs; runs per cell and slowdown. None of 5000 bounds 1 in 1000
SEED = 1
NULL = ("same", "shifted")
RUNS, MODEL = "runs.jsonl.gz", "model.json"
REMEDY = "restore it, or remove it and repeat nox -s gate-power"

Values = NDArray[np.float64]


class Case(msgspec.Struct, frozen=True):
    """A kind of gate: its rule, and the processes for which each stage has time."""

    name: str
    design: Design
    first: int
    fresh: int


class Detection(msgspec.Struct, frozen=True):
    """A slowdown of head, and the share of gates that find it, by cell."""

    slowdown: float
    found: list[float]


class ModelledCase(Case, frozen=True):
    """A kind of gate, and what it finds."""

    finds: int  # gates drawn per cell and slowdown
    curve: list[Detection]


class GateModel(msgspec.Struct, frozen=True):
    """The file MODEL."""

    cells: list[str]
    processes: int  # in the pool
    drawn: int  # null runs
    as_measured: dict[str, int]  # alarm, suspicion, none: how many of them
    signs_drawn: dict[str, int]
    cases: list[ModelledCase]


def command(
    folder: Annotated[Path, typer.Argument(help="folder of gate-power's runs")] = FOLDER,
    out: Annotated[Path, typer.Option("-o", "--output", help="folder of the archive")] = KEPT,
    drawn: Annotated[int, typer.Option(help="null runs to draw")] = DRAWN,
) -> None:
    """Archive the runs and the results of the model."""
    kept = texts(folder).values()
    runs = read(folder)
    check_kept(runs, folder, out)
    names, pool = processes(runs)
    draw = np.random.default_rng(SEED)
    quick, default = cases(runs, len(names))
    model = GateModel(
        cells=names,
        processes=len(pool),
        drawn=drawn,
        as_measured=dict(Counter(worst(quick, pool, draw) for _ in range(drawn))),
        signs_drawn=dict(Counter(worst(quick, pool, draw, flip=True) for _ in range(drawn))),
        cases=[
            ModelledCase(
                *(case.name, case.design, case.first, case.fresh, FINDS),
                curve=list(curve(case, pool, draw)),
            )
            for case in (quick, default)
        ],
    )
    out.mkdir(parents=True, exist_ok=True)
    for name, data in (
        (RUNS, gzip.compress(b"".join(b"%b\n" % run for run in kept), mtime=0)),
        (MODEL, msgspec.json.format(messages.encode(model), indent=1) + b"\n"),
    ):
        part = out / f".{name}.part"  # this may be the only copy
        part.write_bytes(data)
        part.replace(out / name)


def texts(folder: Path) -> dict[str, bytes]:
    """All runs of a folder as JSON, by place: separate files, or lines of an archive.

    Raises:
        UsageError: if a file is damaged.
    """
    if (folder / RUNS).exists():
        lines = _unzipped(folder / RUNS).splitlines()
        return {f"{folder / RUNS}, line {at}": line for at, line in enumerate(lines, 1)}
    return {str(path): _unzipped(path).strip() for path in sorted(folder.glob("*-*.json.gz"))}


def read(folder: Path) -> list[StudyRun]:
    """All runs of a folder.

    Raises:
        UsageError: if one is not a run; names the file, the line and the key.
    """
    return [_run(place, text) for place, text in texts(folder).items()]


def _unzipped(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UsageError(f"{path}: damaged gzip data: {REMEDY}") from None


def _run(place: str, text: bytes) -> StudyRun:
    try:
        return messages.decode(text, StudyRun)
    except ValueError as error:
        raise UsageError(f"{place}: {error}: {REMEDY}") from None


def check_kept(runs: list[StudyRun], folder: Path, out: Path) -> None:
    """Refuse to overwrite an archive that has more runs of a study.

    Raises:
        UsageError: if it has; hours of measuring would be lost.
    """
    if not (out / RUNS).exists():
        return
    made, kept = (Counter(run.study.name for run in some) for some in (runs, read(out)))
    fewer = sorted(name for name in kept if made[name] < kept[name])
    if fewer:
        raise UsageError(
            f"{out / RUNS} has more runs of {', '.join(fewer)} than {folder}: make them, or "
            "write elsewhere with -o"
        )


def cases(runs: list[StudyRun], count: int) -> tuple[Case, Case]:
    """The quick gate and the default one, which has twice the cells and time for all its looks.

    A quick gate runs out of time before it runs out of looks: it has the median number of processes
    of the null runs, and as many fresh ones as the median of those that confirmed nothing.
    """
    first = int(np.median([run.processes for run in runs if run.study.name in NULL]))
    quick_ones = (run for run in runs if not run.study.full and run.study.longer == 1)
    rows = [row for run in quick_ones for row in run.rows if row.fresh]
    unsure = [row.fresh for row in rows if row.verdict == Verdict.INCONCLUSIVE.value]
    taken = unsure or [row.fresh for row in rows]
    fresh = int(np.median(taken)) if taken else 0
    default = Design(count * len(cells.DEFAULT) // len(cells.QUICK))
    last = default.looks[-1]
    quick = Design(count, looks_max=LOOKS_QUICK)
    return Case("quick", quick, first, fresh), Case("default", default, last, last)


def processes(runs: list[StudyRun]) -> tuple[list[str], Values]:
    """The cells' names, and one row per process of a null run that measured all of them.

    Raises:
        UsageError: if there are none, or of several kinds.
    """
    tables = defaultdict(list)
    for run in runs:
        if run.study.name in NULL:
            rows = run.rows
            least = min(len(row.values) for row in rows)
            columns = np.array([row.values[:least] for row in rows]).reshape(len(rows), least)
            tables[tuple(f"{row.cell} {row.variant}" for row in rows)].append(columns.T)
    if len(tables) != 1:
        raise UsageError(f"the null runs have {len(tables)} sets of cells; exactly one is needed")
    ((names, parts),) = tables.items()
    return list(names), np.concatenate(parts)


def tried(case: Case, values: Values) -> Trial:
    """The rule's verdict on a cell, from its first processes and then its fresh ones."""
    trial = Trial(case.design)
    left = case.first
    for process, value in enumerate(values.tolist()):
        if not (trial.open and left):
            break
        before = trial.suspicion
        trial.add(process, value, process + 1)
        left = case.fresh if trial.suspicion is not before else left - 1
    return trial


def worst(case: Case, pool: Values, draw: np.random.Generator, *, flip: bool = False) -> str:
    """How far a null run drawn from the pool goes wrong: "alarm", "suspicion" or "none".

    An alarm needs both stages to err; the design bounds the suspicions of the first one.
    Unchanged, processes have the bias of the gate and of a pool that is too small. ``flip`` gives
    each a random sign, which makes them exactly null.
    """
    count = case.first + case.fresh
    signs = draw.choice((-1.0, 1.0), (count, 1)) if flip else 1.0
    drawn = pool[draw.integers(0, len(pool), count)] * signs
    trials = [tried(case, column) for column in drawn.T]
    if any(trial.end() in {Verdict.SLOWER, Verdict.FASTER} for trial in trials):
        return "alarm"
    return "suspicion" if any(trial.suspicion for trial in trials) else "none"


def curve(case: Case, pool: Values, draw: np.random.Generator) -> Iterator[Detection]:
    """For each slowdown, the share of runs that find it, by cell."""
    for slowdown in SLOWDOWNS:
        shares = []
        for column in pool.T:
            drawn = column[draw.integers(0, len(column), (FINDS, case.first + case.fresh))]
            slower = drawn + math.log1p(slowdown)
            shares.append(sum(tried(case, one).end() is Verdict.SLOWER for one in slower) / FINDS)
        yield Detection(slowdown, shares)


if __name__ == "__main__":
    ending.run(command, "bench", BenchError)
