"""Reads the gate's file, checking what a report needs; the file may contain more."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, get_args

import msgspec

from reports.read.series import NUMBER_MAX
from reports.read.text import ResultError, text_of
from reports.text.wording import printable

TEXT_LENGTH_MAX = 4000  # characters; a command with many cells is long
Number = Annotated[float, msgspec.Meta(gt=-NUMBER_MAX, lt=NUMBER_MAX)]  # and not NaN
Verdict = Literal["slower", "faster", "failed", "inconclusive", "not timed", "same", "identical"]
ORDER: tuple[str, ...] = get_args(Verdict)  # most important first
Whole = Annotated[int, msgspec.Meta(ge=0)]


class Row(TypedDict):
    """One cell and layout, see ``bench/gate/record.py``."""

    cell: str
    variant: str
    verdict: Verdict
    why: str
    ratio: Number | None
    low: Number | None
    high: Number | None
    seen: Number | None
    found: Number | None
    count_base: Number | None
    count_head: Number | None
    count_verdict: Literal["more", "fewer", "same", ""]


class Version(TypedDict):
    """One side."""

    name: str
    commit: str
    changes: str
    versions: dict[str, str]


class Design(TypedDict):
    """What was fixed beforehand."""

    band: Number


class GateFile(TypedDict):
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
    rows: list[Row]


def load(path: Path) -> dict[str, Any]:
    """Return what the gate's file says, its texts fit to be shown.

    Raises:
        ResultError: if it is none.
    """
    try:
        found: dict[str, Any] = json.loads(text_of(path))
        ours = {"schema_version", "mode"} <= found.keys()  # a run of gate-power has no mode
    except (AttributeError, RecursionError, ValueError):
        ours = False
    if not ours:
        raise ResultError(f"{path}: not a file of the gate; name a .gate.json.gz")
    try:
        msgspec.convert(found, GateFile)
        shlex.split(found["command"])
        shown: dict[str, Any] = _shown(found)
        why = "" if all(map(_is_whole, found["rows"])) else "half of a pair in one of its rows"
    except (RecursionError, ValueError) as error:
        why = str(error)
    if why:
        raise ResultError(f"{path}: not a complete file of the gate, {why}; run the gate again")
    return shown


def _is_whole(row: dict[str, Any]) -> bool:
    """Return whether what is known in pairs is."""
    pairs = (("low", "high"), ("count_base", "count_head"))
    return all((row[one] is None) == (row[other] is None) for one, other in pairs)


def _shown(part: Any) -> Any:
    """Return a part of the file without control characters in any text."""
    if isinstance(part, str):
        return printable(part, TEXT_LENGTH_MAX)
    if isinstance(part, dict):
        return {printable(key): _shown(value) for key, value in part.items()}
    return [_shown(one) for one in part] if isinstance(part, list) else part
