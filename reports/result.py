"""Reads a result file (``docs/format.md``) into tidy frames, or says in a line why it cannot.

Columns of ``Result.values``, one row a value:

    workload, shape, phase   the cell (categories in the file's order)
    experiment               that asked for the cell; empty where the file does not say
    axes                     what an experiment varies, "axis=value,..."; empty where nothing
    strategy, form, backend  the series
    variant                  the series beside others of its backend: the form where it is one
    label                    the series beside all others: the backend too where there are more
    role                     baseline, control, candidate, floor, null or sentinel
    descriptors              of a request, mean over the stream
    swept                    data segments or frags; NaN where the shape is no point of a sweep
    sweep                    what is swept; empty where nothing
    code_hash                of the machine code; empty where unknown
    process, round           values of one cell pair where both are the same
    seconds                  per request
    position                 of the code in its cache line then, 0 to 3; -1 where unknown
    paired                   of a condensed file: the ratio to the baseline; NaN where there is none

``Result.benchmarks`` has one row a benchmark: these columns down to ``code_hash``, ``code_bytes``,
and the ``step_...`` of the format, NaN where the file does not know them; of a condensed file also
``rounds_...``.

``Result.firsts`` has axes, workload, shape, phase, label, role and ``first``: seconds of the first
request through code that had not run before, median over processes. It is no steady state, nor is
compiling: neither is ever among the values.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.asked import Asked, asked
from reports.reading import ResultError, text_of
from reports.suite import Benchmark, SuiteError, metadata_of, parse
from reports.wording import printable

COMPILE = "compile"  # a kind of benchmark beside the steady state
SCHEMA_VERSION = 1  # the newest that is understood
ROLES = ("baseline", "control", "candidate", "floor", "null", "sentinel")
NAMES = ("workload", "shape", "phase", "strategy", "form", "backend", "role")
OPTIONAL_NAMES = ("sweep", "code_hash", "experiment")
OF_CODE = (
    "code_bytes",
    "step_instructions",
    "step_loads",
    "step_stores",
    "step_branches",
    "step_conditional_moves",
    "step_calls",
    "step_bytes",
)
CATEGORIES = (
    *("workload", "shape", "phase", "axes"),
    *(*NAMES[3:], *OPTIONAL_NAMES, "variant", "label"),
)
PLAIN_FORM = "as compiled"
OF_ROUNDS = "rounds_"  # what keys begin with that say of a condensed series what its rounds did
BY_POSITION = f"{OF_ROUNDS}by_position"  # the one that is a text
PAIRED_RATIO = "ratio"  # key of a condensed run: the median ratio of its paired rounds
CONDENSED = "condensed"  # key that a file has whose values are processes, not rounds
OF_VALUES = "positions"  # metadata that tell of each value: Result.values has them
POSITIONS = re.compile("[0-3]*")  # 0, 16, 32, 48 bytes into a cache line
UNKNOWN = "?"  # position of a value whose run does not tell
AXES = re.compile(r"\{(.*)\}$", re.DOTALL)
NUMBER_MAX = 1e18  # of descriptors, bytes ...; no count of anything comes near
PROCESS_MAX = 2**31
METADATA_LENGTH_MAX = 400  # characters; a command line is long, an essay is not metadata


@dataclass(frozen=True)
class Result:
    """What one file holds."""

    path: Path  # where it was read
    values: pd.DataFrame  # one row a value, see above
    benchmarks: pd.DataFrame  # one row a benchmark, likewise
    metadata: dict[str, tuple[str, ...]]  # key: its different values over all runs, sorted
    doubts: dict[int, str]  # process: what moved around it; without those that were quiet
    compile_s: dict[str, float]  # STRATEGY[FORM]@BACKEND: seconds to compile its kernels
    firsts: pd.DataFrame  # one row a benchmark that has any: its first requests, see below
    experiments: tuple[Asked, ...] = ()  # what was asked; empty where the file does not say

    @property
    def main(self) -> "Result":
        """What the page's own figures and tables are of; all, where nothing is asked for them."""
        every = set(self.benchmarks["experiment"])
        there = every - {one.name for one in self.experiments if not one.on_page}
        return self.of(*there) if there not in (every, set()) else self

    def of(self, *experiments: str) -> "Result":
        """Return the part that these experiments asked for."""
        parts = (self.values, self.benchmarks)
        chosen = (part[part["experiment"].isin(experiments)] for part in parts)
        values, benchmarks = (_used(part) for part in chosen)
        return replace(self, values=values, benchmarks=benchmarks)

    @property
    def condensed(self) -> bool:
        """Whether a value is all that is left of a process's rounds (``reports.condense``)."""
        return CONDENSED in self.metadata

    @property
    def processes(self) -> int:
        """How many worker processes the run had."""
        return int(self.values["process"].nunique())


def load(path: str | Path) -> Result:
    """Return what the file holds; raise ``ResultError`` where it is none of ours."""
    path = Path(path)
    whole = _parse(path, text_of(path))
    _check_schema(path, whole)
    suite, compiling = _by_kind(path, whole)
    series = _labelled([_series(path, benchmark) for benchmark in suite])
    once = _categorical(pd.DataFrame(series))
    apart = [key for key in once if key in OF_CODE or str(key).startswith(OF_ROUNDS)]
    each = _frame(path, suite, once.drop(columns=apart))
    metadata = _metadata(suite)
    metadata.pop("experiments", None)  # a record, not a text to be shown
    firsts, known = _firsts(suite, once), _experiments(path, suite)
    return Result(path, each, once, metadata, _doubts(suite), compiling, firsts, known)


def _parse(path: Path, text: str) -> list[Benchmark]:
    """Return the text as a suite."""
    try:
        return parse(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise ResultError(f"{path}: not JSON; name a .json or .json.gz result") from None
        raise ResultError(
            f"{path}: truncated or damaged after {error.pos} of {len(text)} characters; "
            "copy it again or measure anew"
        ) from None
    except SuiteError:
        raise ResultError(
            f"{path}: JSON, but not a pyperf suite; name a result that a run has written"
        ) from None


def _by_kind(path: Path, whole: Sequence[Benchmark]) -> tuple[list[Benchmark], dict[str, float]]:
    """Return the benchmarks of the steady state, and the seconds that compiling took, by label."""
    kinds = [(benchmark, benchmark.metadata.get("kind")) for benchmark in whole]
    steady = [benchmark for benchmark, kind in kinds if kind is None]
    if not steady:
        raise ResultError(f"{path}: nothing but compiling in it; measure anew")
    compiling = {
        printable(benchmark.name.partition("/")[2]): float(
            np.median(np.concatenate([run.seconds for run in benchmark.runs]))
        )
        for benchmark, kind in kinds
        if kind == COMPILE
    }
    return steady, compiling


def _firsts(suite: Sequence[Benchmark], once: pd.DataFrame) -> pd.DataFrame:
    """Return the median of every benchmark's first requests."""
    known = ((value for run in b.runs for value in run.warmups) for b in suite)
    medians = [np.median(found) if found else np.nan for found in map(list, known)]
    columns = ["axes", "workload", "shape", "phase", "label", "role"]
    return once[columns].assign(first=medians).dropna(subset="first")


def _check_schema(path: Path, suite: Sequence[Benchmark]) -> None:
    """Refuse what this version does not know how to read."""
    for benchmark in suite:
        version = benchmark.metadata.get("schema_version")
        if version is None:
            raise ResultError(
                f"{path}: a pyperf file, but not of this suite (no schema_version); "
                "use python -m pyperf show"
            )
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise ResultError(
                f"{path}: schema version {printable(version)}, but this report reads up to "
                f"{SCHEMA_VERSION}; render it with the checkout that measured it, or a newer one"
            )


def _series(path: Path, benchmark: Benchmark) -> dict[str, Any]:
    """Return a benchmark's columns that are the same in all of its rows."""
    found = benchmark.metadata
    name = benchmark.name
    for key in NAMES:
        if not isinstance(found.get(key), str):
            _refuse(path, name, f"has no {key}")
    if found["role"] not in ROLES:
        _refuse(path, name, f"has the role {printable(found['role'])}, not {', '.join(ROLES)}")
    if not (_is_number(found.get("descriptors")) and found["descriptors"] > 0):
        _refuse(path, name, "has no number of descriptors")
    of_rounds = {key for key in found if key.startswith(OF_ROUNDS)} - {BY_POSITION}
    for key in ("swept", *OF_CODE, *of_rounds):
        if not _is_number(found.get(key, 0)):
            _refuse(path, name, f"has no number as {printable(key)}")
    axes = AXES.search(name)
    texts = {key: printable(found.get(key, "")) for key in (*NAMES, *OPTIONAL_NAMES)}
    return {
        **texts,
        "axes": printable(axes[1]) if axes else "",
        "descriptors": float(found["descriptors"]),
        **{key: float(found.get(key, np.nan)) for key in ("swept", *OF_CODE)},
        **{key: float(found[key]) for key in of_rounds},
        BY_POSITION: printable(found.get(BY_POSITION, "")),
    }


def _is_number(value: object) -> bool:
    """Return whether the value is a number that can be calculated with: not NaN, no infinity."""
    return isinstance(value, int | float) and abs(value) < NUMBER_MAX


def _is_ratio(value: object) -> bool:
    """Return whether the value is a ratio, or NaN, which says that there is none."""
    return isinstance(value, float) and (np.isnan(value) or 0 < value < NUMBER_MAX)


def _labelled(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the series with what they are called beside others."""
    several = len({one["backend"] for one in series}) > 1
    for one in series:
        form = "" if one["form"] == PLAIN_FORM else f"[{one['form']}]"
        backend = f"@{one['backend']}" if several else ""
        one["variant"] = f"{one['strategy']}{form}"
        one["label"] = f"{one['variant']}{backend}"
    return series


def _categorical(series: pd.DataFrame) -> pd.DataFrame:
    """Return the series with texts as categories: a million rows of them fit in 60 MB."""
    return series.assign(
        **{key: pd.Categorical(series[key], series[key].unique()) for key in CATEGORIES}
    )


def _frame(path: Path, suite: Sequence[Benchmark], series: pd.DataFrame) -> pd.DataFrame:
    """Return one row a value."""
    condensed = any(CONDENSED in benchmark.metadata for benchmark in suite)
    numbers = [_numbers(path, benchmark, condensed=condensed) for benchmark in suite]
    lengths = [len(number["seconds"]) for number in numbers]
    each = series.loc[np.repeat(np.arange(len(series)), lengths)].reset_index(drop=True)
    for key in numbers[0]:
        each[key] = np.concatenate([number[key] for number in numbers])
    if not np.isfinite(each["seconds"]).all():
        raise ResultError(f"{path}: a value is not a finite time; measure anew")
    return each


def _numbers(path: Path, benchmark: Benchmark, *, condensed: bool) -> dict[str, NDArray[Any]]:
    """Return a benchmark's process, round, seconds and position, a row a value."""
    runs = [run for run in benchmark.runs if len(run.seconds)]  # others calibrate
    processes = [benchmark.of(run, "process") for run in runs]
    if not all(isinstance(one, int) and abs(one) < PROCESS_MAX for one in processes):
        _refuse(path, benchmark.name, "has a run without the number of its process")
    if len(set(processes)) < len(processes):
        complaint = "has a process twice: name each of the files that were joined"
        _refuse(path, benchmark.name, complaint)
    lengths = [len(run.seconds) for run in runs]
    texts = [
        _digits(str(benchmark.of(run, OF_VALUES, "")), length)
        for run, length in zip(runs, lengths, strict=True)
    ]
    digits = np.frombuffer("".join(texts).encode(), dtype=np.int8)
    found = {
        "process": np.repeat(np.array(processes, dtype=np.int64), lengths),
        "round": np.concatenate([np.arange(length) for length in (0, *lengths)]),
        "seconds": np.concatenate([run.seconds for run in runs] or [np.empty(0)]),
        "position": np.where(digits == ord(UNKNOWN), np.int8(-1), digits - np.int8(ord("0"))),
    }
    if condensed:
        ratios = [benchmark.of(run, PAIRED_RATIO, np.nan) for run in runs]
        if not all(_is_ratio(ratio) for ratio in ratios):
            _refuse(path, benchmark.name, f"has no number as {PAIRED_RATIO}")
        found["paired"] = np.repeat(np.array(ratios, dtype=np.float64), lengths)
    return found


def _digits(positions: str, length: int) -> str:
    """Return a digit a value; UNKNOWN for each where the run does not tell."""
    known = len(positions) == length and POSITIONS.fullmatch(positions)
    return positions if known else UNKNOWN * length


def _experiments(path: Path, suite: Sequence[Benchmark]) -> tuple[Asked, ...]:
    """Return what was asked, in the order of the file."""
    texts = {benchmark.metadata.get("experiments", "[]") for benchmark in suite}
    found: dict[str, Asked] = {}
    for text in sorted(texts):
        try:
            found |= {one.name: one for one in asked(text)}
        except ResultError as error:
            raise ResultError(f"{path}: {error}") from None
    return tuple(found.values())


def _used(part: pd.DataFrame) -> pd.DataFrame:
    """Return a part without the categories that none of its rows has."""
    known = {key: part[key].cat.remove_unused_categories() for key in CATEGORIES}
    return part.assign(**known).reset_index(drop=True)


def _doubts(suite: Sequence[Benchmark]) -> dict[int, str]:
    """Return what was to be doubted about each process that was not quiet."""
    return {
        benchmark.of(run, "process"): printable(text, METADATA_LENGTH_MAX)
        for benchmark in suite
        for run in benchmark.runs
        if (text := benchmark.of(run, "doubts"))
    }


def _metadata(suite: Sequence[Benchmark]) -> dict[str, tuple[str, ...]]:
    """Return every key but OF_VALUES with its different values, made fit to be shown."""
    found: dict[str, set[object]] = {}
    for key, value in metadata_of(suite):
        if key != OF_VALUES:
            found.setdefault(key, set()).add(value)
    return {
        printable(key): tuple(sorted({printable(value, METADATA_LENGTH_MAX) for value in values}))
        for key, values in found.items()
    }


def _refuse(path: Path, name: str, complaint: str) -> None:
    """Raise the error of a benchmark that breaks the format."""
    raise ResultError(f"{path}: {printable(name)} {complaint}; see docs/format.md")
