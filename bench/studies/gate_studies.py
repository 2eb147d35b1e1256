"""The studies of ``gate-power``: gates on pairs of which the truth is known, and their records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from bench.gate.design import Design
from bench.gate.record import Row
from bench.studies.disturb import Load

EDITS = Path(__file__).with_name("edits")


@dataclass(frozen=True)
class GateStudy:
    """Repeated gates of one kind; quick ones unless ``full``."""

    name: str
    runs: int
    null: bool  # nothing is really slower
    edit: str = ""  # a patch of ``edits`` that only head has
    shifted: bool = False  # head's code lies 16 bytes farther
    added: float = 0.0  # share of uncredited requests of head in one drawn cell
    workers: tuple[int, ...] = (0, 1)  # indices of CPUs
    load: Load = ()
    longer: float = 1.0  # factor of the gate's time, with fewer workers
    full: bool = False  # a default gate: twice the cells, and the full time


class Slowed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The pair and cell whose head was slowed; empty if none was."""

    cell: str = ""
    variant: str = ""


class StudyRun(msgspec.Struct, frozen=True, kw_only=True):
    """One gate of a study: a file, and a line of the archive."""

    schema_version: Literal[1] = 1
    study: GateStudy
    slowed: Slowed
    commit: str
    date: str  # ISO 8601
    seconds: float
    machine: dict[str, str]
    design: Design
    seed: int
    processes: int
    notes: list[str]
    rows: list[Row]


STUDIES = (
    GateStudy("same", 200, null=True),
    GateStudy("shifted", 100, null=True, shifted=True),
    GateStudy("neutral", 60, null=False, edit="neutral"),
    *(
        GateStudy(f"slowed-{share:g}", runs, null=False, added=share / 100)
        for share, runs in ((0.5, 60), (1, 60), (2, 60), (5, 20))
    ),
    GateStudy("default-slowed-1", 20, null=False, added=0.01, full=True),
    *(GateStudy(edit, 10, null=False, edit=edit) for edit in ("counting", "unlikely", "rebuilt")),
    GateStudy("busy-same", 60, null=True, load=(("busy", 0), ("busy", 1)), longer=2.0),
    GateStudy("busy-other", 60, null=True, workers=(0,), load=(("busy", 1),), longer=2.0),
    GateStudy("bandwidth", 60, null=True, workers=(0,), load=(("bandwidth", 1),), longer=2.0),
)
