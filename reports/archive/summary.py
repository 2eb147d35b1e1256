"""The summary of a published result: a small file next to it, from which an archive is built.

    {"version": 1, "result": file name, "sha256": of that file, "date", "machine", "commit",
     "length", "processes", "answers": [sentence],
     "headlines": [{"name", "centre", "low", "high"}]}

A headline is the geometric mean over the named shapes of a workload, for one candidate as compiled
by one compiler: per process, then over processes like every other estimate. Its ends are null with
too few processes.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from reports.compare.sides import series
from reports.frames.answer import answers, headline
from reports.frames.code import by_itself
from reports.frames.tables import Tables
from reports.read import facts
from reports.read.grammar import is_file
from reports.read.result import METADATA_LENGTH_MAX, Result
from reports.read.series import NUMBER_MAX
from reports.read.text import ResultError, json_of, record, stem_of
from reports.rounds.processes import CELL, per_process, rounds
from reports.statistics.signed_rank import Estimate, estimate
from reports.text.wording import printable, ratio_with_interval

VERSION = 1
SUFFIX = ".summary.json"
Ratio = Annotated[float, msgspec.Meta(gt=0, lt=NUMBER_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=int(NUMBER_MAX))]


@dataclass(frozen=True)
class HeadlineRatio:
    """One ratio that is followed from run to run."""

    name: str  # WORKLOAD, SERIES@BACKEND
    centre: Ratio
    low: Ratio | None
    high: Ratio | None

    def __post_init__(self) -> None:
        """Refuse half an interval."""
        if (self.low is None) != (self.high is None):
            raise ValueError("only one of low and high is known")

    @property
    def text(self) -> str:
        """The ratio with its interval."""
        return ratio_with_interval(Estimate(self.centre, self.low, self.high, 0))


@dataclass(frozen=True)
class Summary:
    """What an archive knows about one run."""

    result: str  # file name
    sha256: str  # of that file
    date: str  # of the start, ISO 8601
    machine: str
    commit: str
    length: str
    processes: Count
    answers: list[str]
    headlines: list[HeadlineRatio]

    @property
    def name(self) -> str:
        """The name of its report."""
        return stem_of(Path(self.result))


def summarise(result: Result, tables: Tables, published: Path) -> Summary:
    """The summary of a result that is, or will be, at ``published``."""
    return Summary(
        result=published.name,
        sha256=hashlib.sha256(published.read_bytes()).hexdigest(),
        date=result.metadata.get("date", ("",))[0][:19],
        machine=facts.processor(result),
        commit=facts.shown(result, "commit"),
        length=facts.shown(result, "length"),
        processes=result.processes,
        answers=[f"{one.strategy} {one.text}" for one in answers(tables.ratios)],
        headlines=list(headlines(result, tables)),
    )


def headlines(result: Result, tables: Tables) -> Iterator[HeadlineRatio]:
    """Yield a headline for each workload and series of the answer."""
    rows = by_itself(headline(tables.ratios))
    keys = [*CELL, "label"]
    known = rows.loc[rows["processes"] > 0, keys]
    each = (
        per_process(rounds(result.values)).astype(dict.fromkeys(keys, "str")).merge(known, on=keys)
    )
    each = each.assign(label=series(each), log=np.log(each["ratio"]))
    for (workload, label), part in each.groupby(["workload", "label"], observed=True, sort=False):
        logs = part.pivot_table("log", "process", CELL, observed=True).dropna()
        if len(logs):
            one = estimate(np.exp(logs.mean(axis="columns")))
            yield HeadlineRatio(f"{workload}, {label}", one.centre, one.low, one.high)


def summary_path(published: Path) -> Path:
    """The path of a result's summary."""
    return published.with_name(stem_of(published) + SUFFIX)


def write(summary: Summary, path: Path) -> None:
    """Write a summary."""
    text = json.dumps({"version": VERSION, **asdict(summary)}, indent=1, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def read(path: Path) -> Summary:
    """Read a summary; raise ``ResultError`` if the file is not one."""
    data = json_of(path)
    version = data.get("version") if isinstance(data, dict) else None
    if version is not None and version != VERSION:
        raise ResultError(
            f"{path}: summary version {printable(version)}, but {VERSION} is read; "
            "publish the result again"
        )
    try:
        summary = record(data, Summary, METADATA_LENGTH_MAX)
    except ValueError as error:
        raise ResultError(
            f"{path}: not a summary of a result, {error}; publish the result again"
        ) from None
    if summary.machine == facts.UNKNOWN:  # two of them would become one, with one trend
        raise ResultError(f"{path}: names no machine; publish the result again with --machine NAME")
    if not is_file(summary.result) or summary_path(path.with_name(summary.result)) != path:
        raise ResultError(f"{path}: is of another file, {summary.result}; publish the result again")
    return summary


def machines(summaries: list[Summary]) -> dict[str, list[Summary]]:
    """The summaries by machine, newest first, the machine of the newest first."""
    by_machine: dict[str, list[Summary]] = {}
    for one in sorted(summaries, key=lambda one: (one.date, one.name), reverse=True):
        by_machine.setdefault(one.machine, []).append(one)
    return by_machine


def trends(summaries: list[Summary]) -> dict[str, list[HeadlineRatio]]:
    """By headline, the ratio of each run of one machine, oldest first."""
    by_name: dict[str, list[HeadlineRatio]] = {}
    for one in sorted(summaries, key=lambda one: (one.date, one.name)):
        for ratio in one.headlines:
            by_name.setdefault(ratio.name, []).append(ratio)
    return by_name
