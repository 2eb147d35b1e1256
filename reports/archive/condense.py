"""Condenses a result: one value per process and series, and what its rounds showed.

An hour's rounds are a hundred megabytes, but every interval is made of one number per process: the
centre of its rounds in the published state. A condensed result keeps that, as a pyperf suite with
one value per run, the median round, and next to it the centre of the paired ratios to the baseline
(``ratio``, metadata of the run), which is not the ratio of the medians. What only rounds can show,
the effect of placement on a ratio and the rule of its centre, is kept in each benchmark's metadata
(``rounds_...``, the columns of ``reports.rounds.placement``). The file says so (``condensed``) and
names the file it is made from (``condensed_from``). Single rounds are lost, as are rounds with a
neighbour where others are published; ratios between backends become those of medians.
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.archive.suite import Data
from reports.read.result import Result
from reports.read.series import OF_ROUNDS, PAIRED_RATIO
from reports.rounds.placement import COLUMNS, placement
from reports.rounds.processes import CELL, NS, per_process, rounds
from reports.rounds.watch import WATCH

KEYS = [*CELL, "label"]
DIGITS = 6  # significant digits; the seventh is at most 0.0005 % of a value
FOLLOWS = ("loops", "positions", "states")  # metadata of a run that describe its rounds


def condensed(data: Data, result: Result, origin: str) -> Data:
    """The suite ``data``, read as ``result``, condensed; ``origin`` is the hash of its file."""
    cells = rounds(result.values)
    medians = _medians(per_process(cells))
    placed = {_key(row): row for row in placement(cells).to_dict("records")}
    firsts = {_key(row): row["first"] for row in result.firsts.to_dict("records")}
    steady = iter(result.benchmarks.to_dict("records"))
    benchmarks = []
    for one in data["benchmarks"]:
        if kind := one.get("metadata", {}).get("kind"):
            benchmarks.append(_watched(one) if kind == WATCH else one)
            continue
        key = _key(next(steady))
        shared = _without_rounds(one.get("metadata", {}))
        metadata = shared | dict(_of_rounds(placed.get(key, {})))
        process = shared.get("process")  # of all runs, if there is only one
        runs = list(_runs(one["runs"], process, medians.get(key, {})))
        if first := firsts.get(key):
            runs[0]["warmups"] = [[1, _rounded(first)]]
        benchmarks.append({**one, "metadata": metadata, "runs": runs})
    each = result.values  # noqa: PD011  (a frame of ours)
    counts = each.groupby("process")["round"].nunique()
    ends = " to ".join(map(str, dict.fromkeys((counts.min(), counts.max()))))
    about = {
        "condensed": f"each process to one value, of {ends} rounds",
        "condensed_from": origin,
    }
    return {**data, "metadata": data.get("metadata", {}) | about, "benchmarks": benchmarks}


def _watched(one: Data) -> Data:
    """What a sentinel read: the median of each process, as everything else in the file."""
    runs = [
        {
            **run,
            "metadata": _without_rounds(run.get("metadata", {})),
            "values": [_rounded(float(np.median(run["values"])))],
        }
        for run in one["runs"]
    ]
    return {**one, "metadata": _without_rounds(one.get("metadata", {})), "runs": runs}


def _medians(processes: pd.DataFrame) -> dict[tuple[Any, ...], dict[int, tuple[float, float]]]:
    """Seconds and ratio by series and process."""
    medians: dict[tuple[Any, ...], dict[int, tuple[float, float]]] = {}
    for row in processes.to_dict("records"):
        ratio = np.nan if row["label"] == row["against"] else row["ratio"]
        medians.setdefault(_key(row), {})[row["process"]] = row["ns"] / NS, ratio
    return medians


def _runs(
    runs: list[Data], only: int | None, medians: Mapping[int, tuple[float, float]]
) -> Iterator[Data]:
    """Yield one run per process, with its value and, if there is a baseline, the ratio to it."""
    for run in runs:
        known = _without_rounds(run.get("metadata", {}))
        process = known.get("process", only)
        if process is not None and process in medians:
            seconds, ratio = medians[process]
            more = {PAIRED_RATIO: _rounded(ratio)} if np.isfinite(ratio) else {}
            yield {"metadata": known | more, "values": [_rounded(seconds)]}


def _of_rounds(row: Mapping[Hashable, Any]) -> Iterator[tuple[str, Any]]:
    """Yield as metadata what the rounds of a series showed."""
    for column in COLUMNS:
        value = row.get(column, "")
        if isinstance(value, str):
            known: Any = value or None
        else:
            known = _rounded(value) if np.isfinite(value) else None
        if known is not None:
            yield f"{OF_ROUNDS}{column}", known


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _without_rounds(metadata: Data) -> Data:
    return {key: value for key, value in metadata.items() if key not in FOLLOWS}


def _key(row: Mapping[Hashable, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in KEYS)
