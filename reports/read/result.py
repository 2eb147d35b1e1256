"""Reads a result file (``docs/format.md``) into tidy frames, or says in one line why it cannot.

Columns of ``Result.values``, one row per value:

    workload, shape, phase   the cell (categories in the file's order)
    experiment               that asked for the cell; empty if the file does not say
    axes                     what an experiment varies, "axis=value,..."; empty if nothing
    strategy, form, backend  the series
    variant                  strategy, and the form unless it is the plain one
    label                    variant, and the backend if the file has several
    role                     baseline, control, candidate, floor, null or sentinel
    descriptors              per request, mean over the stream
    swept                    data segments or frags; NaN if the shape is not a point of a sweep
    sweep                    what is swept; empty if nothing
    code_hash                of the machine code; empty if unknown
    process, round           values of one cell pair where both are the same
    seconds                  per request
    position                 of the code in its cache line, 0 to 3; -1 if unknown
    state                    of the core: a place in ``states.NAMES``; -1 if unknown
    paired                   only of a condensed file: the ratio to the baseline; NaN if none

``Result.benchmarks`` has one row per benchmark: these columns down to ``code_hash``,
``code_bytes``, and the ``step_...`` of the format, NaN if the file lacks them; for a condensed
file also ``rounds_...``.

``Result.firsts`` has axes, workload, shape, phase, label, role and ``first``: seconds of the first
request through code that had not run before, median over processes. First requests and compiling
are never among the values, which are of the steady state.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from reports.read.experiments import Experiment
from reports.read.experiments import parse as parse_experiments
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
from reports.statistics.comparable import SCHEMA_VERSION
from reports.text.wording import printable

COMPILE = "compile"  # a kind of benchmark that is not the steady state
RECORDS = ("experiments", "shapes")  # metadata that are no text to be shown
METADATA_LENGTH_MAX = 400  # characters; enough for a command line


@dataclass(frozen=True)
class Result:
    """The contents of one file."""

    path: Path  # where it was read
    values: pd.DataFrame  # one row per value, see above
    benchmarks: pd.DataFrame  # one row per benchmark, see above
    metadata: dict[str, tuple[str, ...]]  # key: its different values over all runs, sorted
    doubts: dict[int, str]  # process: what changed around it; quiet ones are left out
    compile_s: dict[str, float]  # STRATEGY[FORM]@BACKEND: seconds to compile its kernels
    firsts: pd.DataFrame  # one row per benchmark with first requests, see above
    experiments: tuple[Experiment, ...] = ()  # empty if the file does not say

    @property
    def main(self) -> "Result":
        """The part that the page itself shows; everything if no experiment asks for it."""
        every = set(self.benchmarks["experiment"])
        there = every - {one.name for one in self.experiments if not one.on_page}
        return self.of(*there) if there not in (every, set()) else self

    def of(self, *experiments: str) -> "Result":
        """The part that these experiments asked for."""
        parts = (self.values, self.benchmarks)
        chosen = (part[part["experiment"].isin(experiments)] for part in parts)
        values, benchmarks = (_used(part) for part in chosen)
        return replace(self, values=values, benchmarks=benchmarks)

    @property
    def condensed(self) -> bool:
        """True if each process is reduced to one value per series (``condense``)."""
        return CONDENSED in self.metadata

    @property
    def processes(self) -> int:
        """Number of worker processes of the run."""
        return int(self.values["process"].nunique())


def load(path: str | Path) -> Result:
    """Read a result file.

    Raises:
        ResultError: if it is not a result; the message names the file and the remedy.
    """
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
    """The text as a suite."""
    try:
        return parse(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            raise ResultError(f"{path}: not JSON; name a .json or .json.gz result") from None
        raise ResultError(
            f"{path}: truncated or damaged after {error.pos} of {len(text)} characters; "
            "copy it again or measure again"
        ) from None
    except SuiteError as error:
        why = "JSON, but not a pyperf suite" + (f" ({error})" if str(error) else "")
        raise ResultError(f"{path}: {why}; name a result that a run has written") from None


def _by_kind(path: Path, whole: Sequence[Benchmark]) -> tuple[list[Benchmark], dict[str, float]]:
    """The benchmarks of the steady state, and the seconds that compiling took, by label."""
    kinds = [(benchmark, benchmark.metadata.get("kind")) for benchmark in whole]
    steady = [benchmark for benchmark, kind in kinds if kind is None]
    if not steady:
        raise ResultError(f"{path}: contains only compile times; measure again")
    compiling = {
        printable(benchmark.name.partition("/")[2]): float(
            np.median(np.concatenate([run.seconds for run in benchmark.runs]))
        )
        for benchmark, kind in kinds
        if kind == COMPILE
    }
    return steady, compiling


def _firsts(suite: Sequence[Benchmark], once: pd.DataFrame) -> pd.DataFrame:
    """The median of every benchmark's first requests."""
    known = ((value for run in b.runs for value in run.warmups) for b in suite)
    medians = [np.median(found) if found else np.nan for found in map(list, known)]
    columns = ["axes", "workload", "shape", "phase", "label", "role"]
    return once[columns].assign(first=medians).dropna(subset="first")


def _check_schema(path: Path, suite: Sequence[Benchmark]) -> None:
    """Refuse a schema that this version cannot read."""
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


def _experiments(path: Path, suite: Sequence[Benchmark]) -> tuple[Experiment, ...]:
    """The experiments, in the order of the file."""
    texts = {benchmark.metadata.get("experiments", "[]") for benchmark in suite}
    found: dict[str, Experiment] = {}
    for text in sorted(texts):
        try:
            found |= {one.name: one for one in parse_experiments(text)}
        except ResultError as error:
            raise ResultError(f"{path}: {error}") from None
    return tuple(found.values())


def _used(part: pd.DataFrame) -> pd.DataFrame:
    """The part without unused categories."""
    known = {key: part[key].cat.remove_unused_categories() for key in CATEGORIES}
    return part.assign(**known).reset_index(drop=True)


def _doubts(suite: Sequence[Benchmark]) -> dict[int, str]:
    """What each process reported that was not quiet."""
    return {
        benchmark.of(run, "process"): printable(text, METADATA_LENGTH_MAX)
        for benchmark in suite
        for run in benchmark.runs
        if (text := benchmark.of(run, "doubts"))
    }


def _metadata(suite: Sequence[Benchmark]) -> dict[str, tuple[str, ...]]:
    """Every key but OF_VALUES with its different values, made safe to show."""
    found: dict[str, set[object]] = {}
    for key, value in metadata_of(suite):
        if key not in OF_VALUES:
            found.setdefault(key, set()).add(value)
    return {
        printable(key): tuple(sorted({printable(value, METADATA_LENGTH_MAX) for value in values}))
        for key, values in found.items()
    }
