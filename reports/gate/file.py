"""Reads the gate's file, checking what a report needs; the file may contain more."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from reports.read.series import NUMBER_MAX
from reports.read.text import ResultError, json_of, record

TEXT_LENGTH_MAX = 4000  # characters; a command with many cells is long
Number = Annotated[float, msgspec.Meta(gt=-NUMBER_MAX, lt=NUMBER_MAX)]  # and not NaN
GateVerdict = Literal[
    "slower", "faster", "failed", "inconclusive", "not timed", "same", "identical"
]
ORDER: tuple[GateVerdict, ...] = get_args(GateVerdict)  # most important first
Whole = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0, lt=NUMBER_MAX)]


class Decision(msgspec.Struct, frozen=True):
    """The gate's decision on one cell and layout, see ``bench/gate/record.py``."""

    cell: str
    variant: str
    verdict: GateVerdict
    why: str
    ratio: Number | None
    low: Number | None
    high: Number | None
    seen: Number | None
    found: Number | None
    count_base: Number | None
    count_head: Number | None
    count_verdict: Literal["more", "fewer", "same", ""]
    suspected: bool = False

    def __post_init__(self) -> None:
        """Refuse half an interval and half a pair of counts."""
        for pair in (("low", "high"), ("count_base", "count_head")):
            if len({getattr(self, end) is None for end in pair}) > 1:
                raise ValueError(f"only one of {' and '.join(pair)} is known")


class Version(msgspec.Struct, frozen=True):
    """One side of the comparison."""

    name: str
    commit: str
    changes: str
    versions: dict[str, str]


class Design(msgspec.Struct, frozen=True):
    """What was fixed beforehand."""

    band: Number


class Step(msgspec.Struct, frozen=True):
    """A step of the gate: how long it was said to take, if that was known, and how long it took."""

    name: str
    took_s: Seconds
    said_s: Seconds | None = None


class GateFile(msgspec.Struct, frozen=True):
    """The whole file."""

    schema_version: Literal[1]
    status: Literal[0, 1, 2]
    why: str
    base: Version
    head: Version
    design: Design
    new: list[str]
    removed: list[str]
    renamed: dict[str, str]
    mode: Literal["times", "counts"]
    notes: list[str]
    processes: Whole
    command: str
    seed: int
    rows: list[Decision]
    seconds: Seconds = 0.0  # that the gate took
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a command that no shell would take."""
        shlex.split(self.command)


def load(path: Path) -> GateFile:
    """Read the gate's file, its texts made safe to show.

    Raises:
        ResultError: if it is another file, or not complete.
    """
    data = json_of(path)
    if not (isinstance(data, dict) and {"schema_version", "mode"} <= data.keys()):
        # a run of gate-power has no mode
        raise ResultError(f"{path}: not a file of the gate; name a .gate.json.gz")
    try:
        return decoded(data)
    except ValueError as error:
        raise ResultError(
            f"{path}: not a complete file of the gate, {error}; run the gate again"
        ) from None


def decoded(data: dict[str, Any]) -> GateFile:
    """The record of plain JSON data; ValueError if something is missing or wrong."""
    return record(data, GateFile, TEXT_LENGTH_MAX)
