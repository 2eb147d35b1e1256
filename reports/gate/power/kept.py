"""Reads what ``bench.studies.gate_model`` keeps, by kind of processor.

For each kind: runs by study, and the model drawn from the null runs.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from scipy.stats import binomtest

from reports.read.text import ResultError, text_of
from reports.statistics.signed_rank import CONFIDENCE

ALARMS = ("slower", "faster")
RUNS, MODEL = "runs.jsonl.gz", "model.json"

Kind = TypeVar("Kind")


class Study(msgspec.Struct, frozen=True):
    """The study that a run belongs to."""

    name: str
    null: bool  # nothing is really slower
    added: float  # by which one head was slowed, as a share
    edit: str = ""  # the patch that head has
    full: bool = False  # a default gate, not a quick one


class Slowed(msgspec.Struct, frozen=True):
    """The cell whose head was slowed; empty if none was."""

    cell: str = ""
    variant: str = ""


class Decision(msgspec.Struct, frozen=True):
    """The gate's decision on one cell."""

    cell: str
    variant: str
    verdict: str
    code_base: str
    code_head: str
    processes: int  # first ones
    values: list[float]  # log(head / base) of each process


class Run(msgspec.Struct, frozen=True):
    """One run of the gate."""

    study: Study
    slowed: Slowed
    commit: str
    machine: dict[str, str]
    rows: list[Decision]
    date: str = ""  # ISO 8601; the oldest have none

    def is_slowed(self, row: Decision) -> bool:
        """True if the row is the cell whose head was slowed."""
        return (row.cell, row.variant) == (self.slowed.cell, self.slowed.variant)


class Point(msgspec.Struct, frozen=True):
    """A slowdown of head, and the share of gates that find it, by cell."""

    slowdown: float
    found: list[float]


class Case(msgspec.Struct, frozen=True):
    """A kind of gate, and what it finds."""

    name: str
    curve: list[Point]


class Model(msgspec.Struct, frozen=True):
    """Gates drawn from the processes of null runs."""

    processes: int  # to draw from
    drawn: int  # null gates
    as_measured: dict[str, int]  # how many of them end in "alarm", "suspicion" or "none"
    signs_drawn: dict[str, int]
    cases: list[Case]


Runs = list[Run]


@dataclass(frozen=True)
class Kept:
    """What is kept for one kind of processor."""

    kind: str
    studies: dict[str, Runs]
    model: Model

    @property
    def runs(self) -> Runs:
        """All runs."""
        return [run for runs in self.studies.values() for run in runs]

    @property
    def null(self) -> Runs:
        """The runs in which nothing is slower, including disturbed ones."""
        return [run for run in self.runs if run.study.null]


def load(folder: Path) -> list[Kept]:
    """Every kind in a folder.

    Raises:
        ResultError: if there is none, or one is damaged; the text names the place and the remedy.
    """
    kinds = sorted(path.parent for path in folder.glob(f"*/{RUNS}"))
    if not kinds:
        raise ResultError(f"{folder}: no {RUNS}; nox -s gate-power makes it")
    return [Kept(one.name, _studies(one / RUNS), _model(one / MODEL)) for one in kinds]


def _studies(path: Path) -> dict[str, Runs]:
    studies = defaultdict(list)
    for at, line in enumerate(text_of(path).splitlines(), 1):
        run = _decoded(line, Run, f"{path}, line {at}")
        studies[run.study.name].append(run)
    return dict(studies)


def _model(path: Path) -> Model:
    return _decoded(text_of(path), Model, str(path))


def _decoded(text: str, kind: type[Kind], place: str) -> Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise ResultError(f"{place}: {error}; nox -s gate-power makes it") from None


def alarmed(run: Run) -> bool:
    """True if a cell was called slower or faster that is not."""
    return any(row.verdict in ALARMS and not run.is_slowed(row) for row in run.rows)


def seen(run: Run) -> bool:
    """True if the slowed cell was called slower."""
    return any(row.verdict == "slower" and run.is_slowed(row) for row in run.rows)


def inconclusive(runs: Runs) -> float:
    """The share of inconclusive cells."""
    verdicts = [row.verdict for run in runs for row in run.rows]
    return verdicts.count("inconclusive") / max(1, len(verdicts))


def ends(count: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper & Pearson, Biometrika 26 (1934), 404)."""
    found = binomtest(count, of).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)
