"""A results folder of airspeed velocity: ``asv publish`` and ``asv compare`` read ``asv/``.

Specified by asv's own ``Results``, ``Machine`` and ``Benchmarks`` (file versions 2, 1 and 2). A
benchmark is a workload and phase, its parameters are the cell and the series; a sample is the
seconds of one process. asv needs 99 % intervals, which take eight processes. A folder holds the
results of many commits and machines, but one per commit.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports.compare.sides import series
from reports.exports import Export
from reports.read import facts
from reports.read.text import ResultError, text_of
from reports.statistics.comparable import RESULTS
from reports.statistics.signed_rank import estimate
from reports.text.wording import file_name

RESULTS_VERSION, MACHINE_VERSION, BENCHMARKS_VERSION = 2, 1, 2
CONFIDENCE = 0.99
COLUMNS = (
    *("result", "params", "version", "started_at", "duration"),
    *("stats_ci_99_a", "stats_ci_99_b", "stats_q_25", "stats_q_75"),
    *("stats_number", "stats_repeat", "samples"),
)
PARAMETERS = ["cell", "label"]
NS = 1e-9  # seconds


def write(export: Export, directory: Path) -> Path:
    """Write the folder's three files, or add to those that exist.

    Raises:
        ResultError: if asv would misread the result, or lose what is there.
    """
    machine = file_name(facts.shown(export.result, "hostname"))
    commit = _commit(export)
    folder = directory / "asv"
    processes = export.processes.assign(label=series(export.processes))  # the same in every result
    groups = processes.groupby(["workload", "phase"], observed=True, sort=False)
    parts = {f"{file_name(str(workload))}.{phase}": part for (workload, phase), part in groups}
    python = file_name(facts.shown(export.result, "python_version").split(" ")[0])
    about, version = _machine(export, machine), _version(export)
    results = {
        "commit_hash": commit,
        "env_name": f"py{python}",
        "date": _milliseconds(export),
        "params": about | {"python": python},
        "python": python,
        "requirements": {},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": {name: _row(part, version) for name, part in parts.items()},
        "durations": {},
        "version": RESULTS_VERSION,
    }
    benchmarks = {name: _benchmark(name, part, version) for name, part in parts.items()}
    place = folder / machine / f"{file_name(commit)[:8]}-py{python}.json"
    _hold(place, results, ("commit_hash", "date"), "another run of the same commit")
    _hold(folder / machine / "machine.json", about, ("cpu", "num_cpu"), "another machine")
    known = _merged(folder / "benchmarks.json", benchmarks)
    (folder / machine).mkdir(parents=True, exist_ok=True)
    _dump(place, results)
    _dump(folder / machine / "machine.json", about | {"version": MACHINE_VERSION})
    _dump(folder / "benchmarks.json", known | {"version": BENCHMARKS_VERSION})
    return folder


def _commit(export: Export) -> str:
    """The commit that was measured; asv knows no other state of a checkout."""
    commit = facts.shown(export.result, "commit")
    if commit.endswith("-dirty"):
        raise ResultError(
            f"{export.result.path}: measured with changes on top of "
            f"{commit.removesuffix('-dirty')}, which asv would take for that commit; commit them "
            "and measure again"
        )
    return commit


def _hold(path: Path, now: dict[str, Any], keys: tuple[str, ...], what: str) -> None:
    """Refuse to overwrite a file in which one of these keys differs or is empty."""
    before = _there(path)
    if before and any(before.get(key) != now[key] or not now[key] for key in keys):
        raise ResultError(
            f"{path}: is of {what}, and asv keeps one; export into another folder with -o, or "
            "remove it"
        )


def _merged(path: Path, now: dict[str, Any]) -> dict[str, Any]:
    """The benchmarks that exist merged with those of one more result, parameters of both."""
    merged = {name: one for name, one in _there(path).items() if name != "version"}
    for name, one in now.items():
        old = merged.get(name, one)
        if old["version"] != one["version"]:
            raise ResultError(
                f"{path}: {name} there was measured differently, so asv would drop it; export "
                "into another folder with -o"
            )
        both = zip(old["params"], one["params"], strict=True)
        merged[name] = one | {"params": [list(dict.fromkeys([*a, *b])) for a, b in both]}
    return merged


def _there(path: Path) -> dict[str, Any]:
    """The contents of a file in the folder; empty if there is none."""
    if not path.exists():
        return {}
    try:
        contents: dict[str, Any] = json.loads(text_of(path))
        for name, one in contents.items():
            if path.name == "benchmarks.json" and name != "version":
                one["version"], [tuple(each) for each in one["params"]]
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise ResultError(f"{path}: not written by asv; remove it, or export elsewhere") from None
    return contents


def _row(part: pd.DataFrame, version: str) -> list[Any]:
    """A benchmark's columns: one list entry for each cell with each series."""
    values = {key: rows["ns"].to_numpy() * NS for key, rows in part.groupby(PARAMETERS)}
    cells, labels = _parameters(part)
    each = [values.get((cell, label)) for cell in cells for label in labels]
    estimates = [None if one is None else estimate(one, CONFIDENCE) for one in each]
    ends = [[getattr(one, end) if one else None for one in estimates] for end in ("low", "high")]
    quarters = [
        [None if one is None else float(np.quantile(one, q)) for one in each] for q in (0.25, 0.75)
    ]
    return [
        [one.centre if one else None for one in estimates],
        [[json.dumps(value) for value in values] for values in (cells, labels)],
        version,
        *(None, None),
        *ends,
        *quarters,
        [None if one is None else 1 for one in each],
        [None if one is None else len(one) for one in each],
        [None if one is None else one.tolist() for one in each],
    ]


def _benchmark(name: str, part: pd.DataFrame, version: str) -> dict[str, Any]:
    """What asv knows about a benchmark without its results."""
    return {
        "code": "",
        "name": name,
        "param_names": PARAMETERS,
        "params": [[json.dumps(value) for value in values] for values in _parameters(part)],
        "timeout": 60.0,
        "type": "time",
        "unit": "seconds",
        "version": version,
    }


def _parameters(part: pd.DataFrame) -> tuple[list[str], list[str]]:
    cells, labels = (list(dict.fromkeys(part[key].astype(str))) for key in PARAMETERS)
    return cells, labels


def _version(export: Export) -> str:
    """A hash of how it was measured; asv compares only results with the same one."""
    known = {key: facts.shown(export.result, key) for key in RESULTS}
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()


def _machine(export: Export, name: str) -> dict[str, str]:
    keys = {"cpu": "cpu_model_name", "os": "platform", "num_cpu": "cpu_count"}
    known = {key: facts.shown(export.result, metadata) for key, metadata in keys.items()}
    return {"machine": name, "arch": "", "ram": "", **known}


def _milliseconds(export: Export) -> int:
    """When the run began, as asv dates a commit; 0 if the file does not say.

    pyperf writes local time, and ``utc_offset`` gives its distance from UTC. Without it the date is
    taken for UTC.
    """
    date, offset = (export.result.metadata.get(key, ("",))[0] for key in ("date", "utc_offset"))
    when = pd.to_datetime(f"{date}{offset or '+0000'}", errors="coerce", utc=True)
    return 0 if pd.isna(when) else int(when.timestamp() * 1000)


def _dump(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
