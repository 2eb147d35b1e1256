"""Benchmarks of a file as series: a row of what each is, and the frame of all their values."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.read import grammar, states
from reports.read.suite import Benchmark, Run
from reports.read.text import ResultError
from reports.text.wording import printable

ROLES = ("baseline", "control", "candidate", "floor", "null", "sentinel")
LAYOUTS = ("baseline", "candidate")  # what is compared
APART = ("control", "sentinel")  # these describe the measurement, not a layout
NAMES = ("workload", "shape", "phase", "strategy", "form", "backend", "role")
OPTIONAL_NAMES = ("sweep", "code_hash", "experiment")
NUMBERS = frozenset(  # metadata that are always numbers
    {
        *("seed", "loops", "turn_us", "cpu", "start_s", "peak_bytes", "cpu_count"),
        *("parent_peak_bytes", "load_avg_1min", "mem_max_rss", "runnable_threads", "uptime"),
    }
)
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
OF_ROUNDS = "rounds_"  # prefix of keys in which a condensed series describes its rounds
OF_TEXT = tuple(f"{OF_ROUNDS}{key}" for key in ("by_position", "decided_by", "state", "rule"))
PAIRED_RATIO = "ratio"  # key of a condensed run: the median ratio of its paired rounds
CONDENSED = "condensed"  # key of a file whose values are processes, not rounds
OF_VALUES = ("positions", "states")  # metadata with one letter per value; columns of Result.values
POSITIONS = re.compile("[0-3]*")  # 0, 16, 32, 48 bytes into a cache line
UNKNOWN = "?"  # position or state of a value whose run does not give it
AXES = re.compile(r"\{([^{}]*)\}$")
NUMBER_MAX = 1e18  # of descriptors, bytes ...; no real count comes near
PROCESS_MAX = 2**31
SECONDS = (1e-15, 1e9)  # of a value: no request takes less than a cycle, or 30 years


def check(path: Path, benchmarks: Sequence[Benchmark]) -> None:
    """Refuse names that break the grammar, and numbers that are not finite, in every kind."""
    for benchmark in benchmarks:
        if not grammar.is_benchmark(benchmark.name):
            _refuse(path, benchmark.name, "is not a valid name")
        for metadata in (benchmark.metadata, *(run.metadata for run in benchmark.runs)):
            for key in NUMBERS & metadata.keys():
                if not grammar.is_number(metadata[key]):
                    _refuse(path, benchmark.name, f"has no number as {key}")


def series_of(path: Path, benchmark: Benchmark) -> dict[str, Any]:
    """The columns of a benchmark that are the same in all of its rows."""
    found = benchmark.metadata
    name = benchmark.name
    axes = _named(path, benchmark)
    if found["role"] not in ROLES:
        _refuse(path, name, f"has the role {printable(found['role'])}, not {', '.join(ROLES)}")
    if not (_is_number(found.get("descriptors")) and found["descriptors"] > 0):
        _refuse(path, name, "has no number of descriptors")
    of_rounds = {key for key in found if key.startswith(OF_ROUNDS)} - {*OF_TEXT}
    for key in ("swept", *OF_CODE, *of_rounds):
        if not _is_number(found.get(key, 0)):
            _refuse(path, name, f"has no number as {printable(key)}")
    return {
        **{key: found.get(key, "") for key in (*NAMES, *OPTIONAL_NAMES)},
        "axes": axes,
        "descriptors": float(found["descriptors"]),
        **{key: float(found.get(key, np.nan)) for key in ("swept", *OF_CODE)},
        **{key: float(found[key]) for key in of_rounds},
        **{key: printable(found.get(key, "")) for key in OF_TEXT},
    }


def _named(path: Path, benchmark: Benchmark) -> str:
    """The axes of a benchmark, after checking its names and that they make up its own."""
    found, name = benchmark.metadata, benchmark.name
    for key in NAMES:
        if not isinstance(found.get(key), str):
            _refuse(path, name, f"has no {key}")
        if key != "role" and not grammar.is_name(found[key]):
            _refuse(path, name, f"has {printable(found[key])!r} as {key}, which is not a name")
    for key in OPTIONAL_NAMES:
        valid = grammar.is_hash if key == "code_hash" else grammar.is_name
        if found.get(key, "") != "" and not valid(found[key]):
            _refuse(path, name, f"has {printable(found[key])!r} as {key}, which is not valid")
    axes = match[1] if (match := AXES.search(name)) else ""
    if not grammar.is_axes(axes):
        _refuse(path, name, f"has {printable(axes)!r} as axes, not AXIS=VALUE,...")
    form = "" if found["form"] == PLAIN_FORM else f"[{found['form']}]"
    parts = "/".join(found[key] for key in ("workload", "shape", "phase", "strategy"))
    told = f"{parts}{form}@{found['backend']}{f'{{{axes}}}' if axes else ''}"
    if name != told:
        _refuse(path, name, f"is {printable(told)} by its metadata")
    return axes


def _is_number(value: Any) -> bool:
    """True for a number that can be calculated with."""
    return grammar.is_number(value) and abs(value) < NUMBER_MAX


def _is_ratio(value: object) -> bool:
    """True for a ratio, or for NaN, which stands for none."""
    return isinstance(value, float) and (np.isnan(value) or 0 < value < NUMBER_MAX)


def labelled(series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The series with their ``variant`` and ``label``."""
    several = len({one["backend"] for one in series}) > 1
    for one in series:
        form = "" if one["form"] == PLAIN_FORM else f"[{one['form']}]"
        backend = f"@{one['backend']}" if several else ""
        one["variant"] = f"{one['strategy']}{form}"
        one["label"] = f"{one['variant']}{backend}"
    return series


def categorical(series: pd.DataFrame) -> pd.DataFrame:
    """The series with texts as categories, so that a million rows fit in 60 MB."""
    return series.assign(
        **{key: pd.Categorical(series[key], series[key].unique()) for key in CATEGORIES}
    )


def frame(path: Path, suite: Sequence[Benchmark], series: pd.DataFrame) -> pd.DataFrame:
    """One row per value."""
    condensed = any(CONDENSED in benchmark.metadata for benchmark in suite)
    numbers = [_numbers(path, benchmark, condensed=condensed) for benchmark in suite]
    lengths = [len(number["seconds"]) for number in numbers]
    each = series.loc[np.repeat(np.arange(len(series)), lengths)].reset_index(drop=True)
    for key in numbers[0]:
        each[key] = np.concatenate([number[key] for number in numbers])
    if not each["seconds"].between(*SECONDS).all():  # no division by what is beyond
        raise ResultError(f"{path}: a value is not a finite time; measure again")
    return each


def _numbers(path: Path, benchmark: Benchmark, *, condensed: bool) -> dict[str, NDArray[Any]]:
    """A benchmark's process, round, seconds, position and state, one row per value."""
    runs = [run for run in benchmark.runs if len(run.seconds)]  # others calibrate
    processes = [benchmark.of(run, "process") for run in runs]
    if not all(isinstance(one, int) and abs(one) < PROCESS_MAX for one in processes):
        _refuse(path, benchmark.name, "has a run without the number of its process")
    if len(set(processes)) < len(processes):
        complaint = "has a process twice: name each of the files that were joined"
        _refuse(path, benchmark.name, complaint)
    lengths = [len(run.seconds) for run in runs]
    found = {
        "process": np.repeat(np.array(processes, dtype=np.int64), lengths),
        "round": np.concatenate([np.arange(length) for length in (0, *lengths)]),
        "seconds": np.concatenate([run.seconds for run in runs] or [np.empty(0)]),
        "position": _places(benchmark, runs, OF_VALUES[0], POSITIONS, "0123"),
        "state": _places(benchmark, runs, OF_VALUES[1], states.PATTERN, states.LETTERS),
    }
    if condensed:
        ratios = [benchmark.of(run, PAIRED_RATIO, np.nan) for run in runs]
        if not all(_is_ratio(ratio) for ratio in ratios):
            _refuse(path, benchmark.name, f"has no number as {PAIRED_RATIO}")
        found["paired"] = np.repeat(np.array(ratios, dtype=np.float64), lengths)
    return found


def _places(
    benchmark: Benchmark, runs: Sequence[Run], key: str, pattern: re.Pattern[str], letters: str
) -> NDArray[np.int8]:
    """The place of each value's letter in ``letters``; -1 if its run does not give it."""
    texts = []
    for run in runs:
        text = str(benchmark.of(run, key, ""))
        known = len(text) == len(run.seconds) and pattern.fullmatch(text)
        texts.append(text if known else UNKNOWN * len(run.seconds))
    table = np.full(128, -1, dtype=np.int8)
    table[[ord(letter) for letter in letters]] = range(len(letters))
    found: NDArray[np.int8] = table[np.frombuffer("".join(texts).encode(), dtype=np.int8)]
    return found


def _refuse(path: Path, name: str, complaint: str) -> None:
    """Raise the error of a benchmark that breaks the format."""
    raise ResultError(f"{path}: {printable(name)} {complaint}; see docs/format.md")
