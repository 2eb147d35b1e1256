"""Instruction counts of a result's code: the file next to the result, see ``docs/format.md``."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from reports.frames.code import OF_SERIES
from reports.read import grammar
from reports.read.result import Result
from reports.read.series import NUMBER_MAX, ROLES
from reports.read.text import ResultError, stem_of, text_of
from reports.statistics.comparable import SCHEMA_VERSION
from reports.text.wording import printable

CELL_AND_SERIES = ["workload", "shape", "phase", "axes", "strategy", "form", "backend"]
TEXTS = (*CELL_AND_SERIES, "role", "code_hash")
OPTIONAL = ("axes",)
VALID = {  # key: pattern of its texts, if they are not plain names
    "axes": grammar.is_axes,
    "code_hash": grammar.is_hash,
    "role": ROLES.__contains__,
}
NUMBERS = ("descriptors", "instructions")
COLUMNS = [*OF_SERIES, "workload", "shape", "swept", *NUMBERS, "instructions_per_descriptor"]
NOTHING = pd.DataFrame(columns=COLUMNS)
REMEDY = "delete it, or count again with nox -s counts"


@dataclass(frozen=True)
class Counts:
    """The counts of a file, and a note on what is left out."""

    found: pd.DataFrame  # COLUMNS, one row per cell and series whose counted code was timed
    note: str  # why counts are missing or left out; empty if all are shown


def counts_of(result: Result) -> Counts:
    """The counts next to a result; raise ``ResultError`` if their file is damaged."""
    path = result.path.with_name(f"{stem_of(result.path)}.counts.json")
    if not path.exists():
        return Counts(
            NOTHING,
            f"No instructions were counted: there is no {printable(path.name)} next to the result. "
            f"Make it with nox -s counts -- {printable(result.path.name)}",
        )
    return _agreeing(result, _load(path), path.name)


def _agreeing(result: Result, counted: pd.DataFrame, name: str) -> Counts:
    """The counts of cells that were timed, if the same code was counted and timed."""
    timed = result.benchmarks[result.benchmarks["axes"] == ""]
    timed = timed[[*CELL_AND_SERIES, "variant", "label", "swept", "code_hash"]]
    both = counted.merge(timed, on=CELL_AND_SERIES, suffixes=("", "_timed"))
    same = both["code_hash"] == both["code_hash_timed"]
    both["instructions_per_descriptor"] = both["instructions"] / both["descriptors"]
    found = both[same]
    return Counts(found[COLUMNS].reset_index(drop=True), _note(both, same, printable(name)))


def _note(both: pd.DataFrame, same: "pd.Series[bool]", name: str) -> str:
    again = "Count again, from the checkout that measured"
    if both.empty:
        return f"{name} counts nothing that was timed. {again}."
    if same.all():
        return ""
    first = both[~same].iloc[0]
    where = "/".join(first[key] for key in ("workload", "shape", "phase", "label"))
    return (
        f"{len(both) - same.sum()} of {len(both)} counts are left out, as other machine code was "
        f"timed (first {where}: {first['code_hash']} was counted, "
        f"{first['code_hash_timed'] or 'unknown'} timed). {again}."
    )


def _load(path: Path) -> pd.DataFrame:
    """The file's records."""
    try:
        data: Any = json.loads(text_of(path))
    except (RecursionError, ValueError):
        raise ResultError(f"{path}: truncated or damaged JSON; {REMEDY}") from None
    if not isinstance(data, dict) or not isinstance(data.get("counts"), list):
        raise ResultError(f"{path}: contains no counts; {REMEDY}")
    version = data.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ResultError(
            f"{path}: schema version {printable(version)}, but this report reads up to "
            f"{SCHEMA_VERSION}; {REMEDY}"
        )
    rows = [_checked(path, at, record) for at, record in enumerate(data["counts"])]
    return pd.DataFrame(rows, columns=[*TEXTS, *NUMBERS])


def _checked(path: Path, at: int, record: Any) -> dict[str, Any]:
    """A record, after checking its names and numbers against docs/format.md."""
    if not isinstance(record, dict):
        raise ResultError(f"{path}: count {at} is not a record; {REMEDY}")
    for key in TEXTS:
        text = record.get(key, "" if key in OPTIONAL else None)
        if not isinstance(text, str):
            raise ResultError(f"{path}: count {at} has no {key}; {REMEDY}")
        if not VALID.get(key, grammar.is_name)(text):
            raise ResultError(
                f"{path}: count {at} has {printable(text)!r} as {key}, against docs/format.md; "
                f"{REMEDY}"
            )
    for key in NUMBERS:
        if not _is_count(record.get(key)):
            raise ResultError(f"{path}: count {at} has no number of {key}; {REMEDY}")
    if not record["descriptors"]:
        raise ResultError(f"{path}: count {at} has no descriptors; {REMEDY}")
    texts = {key: record.get(key, "") for key in TEXTS}
    return texts | {key: float(record[key]) for key in NUMBERS}


def _is_count(value: Any) -> bool:
    return grammar.is_number(value) and 0 <= value < NUMBER_MAX
