"""The digest of a study's runs: every ratio that each run reports, and what the run took.

A study is all files ``NAME-00.json.gz``, ``NAME-01.json.gz`` ... in a folder. Its digest is two
small tables, so that a hundred runs can be kept and their evaluation repeated:

``centres.csv.gz``: study, run, workload, shape, phase, label, role, centre, low, high, p05, p95,
apart, position. One row per ratio to the baseline of the same compiler. ``p05`` and ``p95`` enclose
90 % of its rounds; ``apart`` is how far the process with the highest ratio is above the one with
the lowest (1 is twice as high); ``position`` is how far the ratios of code positions differ, 0 if
intervals explain it. Runs of pyperf's own Runner have only the centre.
``runs.csv``: study, run, date, commit, processor, processes, start_s (to a worker's first turn,
median), build_s (compiling and checking everything), peak_bytes (of all processes at once).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyperf

from reports.read.grammar import inert
from reports.read.result import load
from reports.read.stock import bases, cell, suite_of
from reports.read.text import ResultError
from reports.rounds.placement import placement
from reports.rounds.processes import per_process, rounds
from reports.statistics.signed_rank import estimate

RATIO_KEYS = ["workload", "shape", "phase", "label"]
KEY = [*RATIO_KEYS, "role"]
CENTRES, RUNS = "centres.csv.gz", "runs.csv"
STOCK = "stock"  # the study whose files are pyperf's own
SPREAD = ["p05", "p95", "apart", "position"]
DIGITS = 6


def digest(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ratios and the runs of every study in a folder.

    Raises:
        ResultError: if there is no study, or a file is not a result.
    """
    known = studies(folder)
    if not known:
        raise ResultError(f"{folder}: no study's runs; make them with nox -s method")
    found = [
        (study, number, *(_of_stock if study == STOCK else _of_run)(path))
        for study, paths in known.items()
        for number, path in enumerate(paths)
    ]
    centres = [rows.assign(study=study, run=run) for study, run, rows, _ in found]
    runs = [{"study": study, "run": run} | about for study, run, _, about in found]
    order = ["study", "run", *KEY, "centre", "low", "high", *SPREAD]
    return pd.concat(centres, ignore_index=True)[order], pd.DataFrame(runs)


def studies(folder: Path) -> dict[str, list[Path]]:
    """The files of every study, in the order of their names."""
    known: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*-[0-9][0-9].json.gz")):
        known[path.name.rsplit("-", 1)[0]].append(path)
    return dict(known)


def write(centres: pd.DataFrame, runs: pd.DataFrame, folder: Path) -> None:
    """Write both tables.

    Raises:
        ResultError: if the existing ones have studies that these lack.
    """
    there = set(read(folder)[0]["study"]) if (folder / CENTRES).exists() else set()
    if lost := sorted(there - set(centres["study"])):
        raise ResultError(
            f"{folder} has runs of {', '.join(lost)} that are missing here: make them, or keep "
            "these elsewhere with -o"
        )
    folder.mkdir(parents=True, exist_ok=True)
    archive = {"method": "gzip", "mtime": 0}  # the same file for the same data
    centres.round(DIGITS).to_csv(folder / CENTRES, index=False, compression=archive)
    runs.map(inert).to_csv(folder / RUNS, index=False)


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read both tables.

    Raises:
        ResultError: if they are missing.
    """
    try:
        return pd.read_csv(folder / CENTRES), pd.read_csv(folder / RUNS)
    except FileNotFoundError as error:
        raise ResultError(f"{error.filename}: no digest of runs; give their folder") from None


def centres(values: pd.DataFrame) -> pd.DataFrame:
    """A run's ratios by KEY: centre, low, high and SPREAD."""
    cells = rounds(values)
    processes = per_process(cells)
    judged = processes[processes["role"].isin(["candidate", "control"])].dropna(subset="ratio")
    rows = []
    for key, part in judged.groupby(KEY, observed=True, sort=False):
        found = estimate(part["ratio"])
        ends = {"centre": found.centre, "low": found.low, "high": found.high}
        apart = part["ratio"].max() / part["ratio"].min() - 1
        rows.append(dict(zip(KEY, key, strict=True)) | ends | {"apart": apart})
    placed = placement(cells)
    moved = placed["position_spread"].where(placed["moved_by_position"].astype(bool), 0.0)
    spans = placed[[*RATIO_KEYS, "p05", "p95"]].assign(position=moved.astype(float))
    return pd.DataFrame(rows).merge(spans, how="left", on=RATIO_KEYS)


def ratio_name(row: Mapping[Hashable, Any]) -> str:
    """The name of a row's ratio."""
    return f"{row['workload']}/{row['shape']}/{row['phase']} {row['label']}"


def _of_run(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    result = load(path)
    known = result.metadata
    first = {key: next(iter(known.get(key, ("",)))) for key in ("date", "commit", "cpu_model_name")}
    workers = len(known.get("cpu", ("one",)))
    worker = "peak_bytes" if "peak_bytes" in known else "mem_max_rss"  # or the parent's, if larger
    peak = max(
        _largest(known, "build_peak_bytes") + _largest(known, "parent_peak_bytes"),
        _largest(known, "parent_peak_bytes") + workers * _largest(known, worker),
    )
    starts = sorted(float(text) for text in known.get("start_s", ()))
    return centres(result.values), {
        "date": first["date"][:16],
        "commit": first["commit"],
        "processor": first["cpu_model_name"],
        "processes": result.processes,
        "start_s": starts[len(starts) // 2] if starts else float("nan"),
        "build_s": _largest(known, "build_s"),
        "peak_bytes": peak,
    }


def _of_stock(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The ratios of means that pyperf's own Runner measured, and the facts of its run."""
    suite = suite_of(path)
    rows = list(_stock_rows(suite, bases(suite)))
    begun = [dates[0] for one in suite if (dates := one.get_dates())]
    about = {"date": str(min(begun, default=""))[:16]}
    return pd.DataFrame(rows), about


def _stock_rows(suite: pyperf.BenchmarkSuite, means: dict[str, float]) -> Iterator[dict[str, Any]]:
    for one in suite:
        about = one.get_metadata()
        if about["role"] == "candidate":
            workload, shape, phase, label = one.get_name().split("/")
            named = {"workload": workload, "shape": shape, "phase": phase, "label": label}
            ratio = {"role": "candidate", "centre": one.mean() / means[cell(one)]}
            yield named | ratio | dict.fromkeys(["low", "high", *SPREAD], np.nan)


def _largest(known: dict[str, tuple[str, ...]], key: str) -> float:
    return max(map(float, known.get(key, ("nan",))))
