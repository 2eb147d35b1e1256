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
    state                    of the core then: a place in ``states.NAMES``; -1 where unknown
    paired                   of a condensed file: the ratio to the baseline; NaN where there is none

``Result.benchmarks`` has one row a benchmark: these columns down to ``code_hash``, ``code_bytes``,
and the ``step_...`` of the format, NaN where the file does not know them; of a condensed file also
``rounds_...``.

``Result.firsts`` has axes, workload, shape, phase, label, role and ``first``: seconds of the first
request through code that had not run before, median over processes. It is no steady state, nor is
compiling: neither is ever among the values.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from reports.read.experiments import Asked, asked
from reports.read.series import (
    CATEGORIES,
    CONDENSED,
    OF_CODE,
    OF_ROUNDS,
    OF_VALUES,
    categorical,
    check,
    frame,
    labelled,
    series_of,
)
from reports.read.suite import Benchmark, SuiteError, metadata_of, parse
from reports.read.text import ResultError, text_of
from reports.text.wording import printable

COMPILE = "compile"  # a kind of benchmark beside the steady state
SCHEMA_VERSION = 1  # the newest that is understood
RECORDS = ("experiments", "shapes")  # metadata that are no text to be shown
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
    firsts: pd.DataFrame  # one row a benchmark that has any: its first requests, see above
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
        """Whether a value is all that is left of a process's rounds (``condense``)."""
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
    check(path, whole)
    suite, compiling = _by_kind(path, whole)
    series = labelled([series_of(path, benchmark) for benchmark in suite])
    once = categorical(pd.DataFrame(series))
    apart = [key for key in once if key in OF_CODE or str(key).startswith(OF_ROUNDS)]
    each = frame(path, suite, once.drop(columns=apart))
    metadata = _metadata(suite)
    for key in RECORDS:
        metadata.pop(key, None)
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
    except SuiteError as error:
        why = "JSON, but not a pyperf suite" + (f" ({error})" if str(error) else "")
        raise ResultError(f"{path}: {why}; name a result that a run has written") from None


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
        if key not in OF_VALUES:
            found.setdefault(key, set()).add(value)
    return {
        printable(key): tuple(sorted({printable(value, METADATA_LENGTH_MAX) for value in values}))
        for key, values in found.items()
    }
