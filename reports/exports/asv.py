"""A results folder of airspeed velocity: ``asv publish`` and ``asv compare`` read ``asv/``.

Specified by asv's own ``Results``, ``Machine`` and ``Benchmarks`` (file versions 2, 1 and 2). A
benchmark is a workload and phase, its parameters are the cell and the series; a sample is one
process's seconds. asv wants intervals of 99 %, which take eight processes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports import facts
from reports.exports import Found
from reports.statistics import estimate
from reports.wording import file_name

RESULTS_VERSION, MACHINE_VERSION, BENCHMARKS_VERSION = 2, 1, 2
CONFIDENCE = 0.99
COLUMNS = (
    *("result", "params", "version", "started_at", "duration"),
    *("stats_ci_99_a", "stats_ci_99_b", "stats_q_25", "stats_q_75"),
    *("stats_number", "stats_repeat", "samples"),
)
PARAMETERS = ["cell", "label"]
NS = 1e-9  # seconds


def write(found: Found, directory: Path) -> Path:
    """Write the folder's three files."""
    machine = file_name(facts.shown(found.result, "hostname"))
    commit = facts.shown(found.result, "commit").removesuffix("-dirty")
    folder = directory / "asv"
    (folder / machine).mkdir(parents=True, exist_ok=True)
    groups = found.processes.groupby(["workload", "phase"], observed=True, sort=False)
    parts = {f"{file_name(str(workload))}.{phase}": part for (workload, phase), part in groups}
    python = file_name(facts.shown(found.result, "python_version").split(" ")[0])
    about = _machine(found, machine)
    results = {
        "commit_hash": commit,
        "env_name": f"py{python}",
        "date": _milliseconds(found),
        "params": about | {"python": python},
        "python": python,
        "requirements": {},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": {name: _row(part, _version(part)) for name, part in parts.items()},
        "durations": {},
        "version": RESULTS_VERSION,
    }
    benchmarks = {name: _benchmark(name, part) for name, part in parts.items()}
    _dump(folder / machine / f"{file_name(commit)[:8]}-py{python}.json", results)
    _dump(folder / machine / "machine.json", about | {"version": MACHINE_VERSION})
    _dump(folder / "benchmarks.json", benchmarks | {"version": BENCHMARKS_VERSION})
    return folder


def _row(part: pd.DataFrame, version: str) -> list[Any]:
    """Return a benchmark's columns: a list entry for each cell with each series."""
    values = {key: rows["ns"].to_numpy() * NS for key, rows in part.groupby(PARAMETERS)}
    cells, labels = _parameters(part)
    each = [values.get((cell, label)) for cell in cells for label in labels]
    found = [None if one is None else estimate(one, CONFIDENCE) for one in each]
    ends = [[getattr(one, end) if one else None for one in found] for end in ("low", "high")]
    quarters = [
        [None if one is None else float(np.quantile(one, q)) for one in each] for q in (0.25, 0.75)
    ]
    return [
        [one.centre if one else None for one in found],
        [[json.dumps(value) for value in values] for values in (cells, labels)],
        version,
        *(None, None),
        *ends,
        *quarters,
        [None if one is None else 1 for one in each],
        [None if one is None else len(one) for one in each],
        [None if one is None else one.tolist() for one in each],
    ]


def _benchmark(name: str, part: pd.DataFrame) -> dict[str, Any]:
    """Return what asv knows of a benchmark without its results."""
    return {
        "code": "",
        "name": name,
        "param_names": PARAMETERS,
        "params": [[json.dumps(value) for value in values] for values in _parameters(part)],
        "timeout": 60.0,
        "type": "time",
        "unit": "seconds",
        "version": _version(part),
    }


def _parameters(part: pd.DataFrame) -> tuple[list[str], list[str]]:
    cells, labels = (list(dict.fromkeys(part[key].astype(str))) for key in PARAMETERS)
    return cells, labels


def _version(part: pd.DataFrame) -> str:
    """Return what changes when asv should not compare any more: a benchmark's parameters."""
    return hashlib.sha256(json.dumps(_parameters(part)).encode()).hexdigest()


def _machine(found: Found, name: str) -> dict[str, str]:
    keys = {"cpu": "cpu_model_name", "os": "platform", "num_cpu": "cpu_count"}
    known = {key: facts.shown(found.result, metadata) for key, metadata in keys.items()}
    return {"machine": name, "arch": "", "ram": "", **known}


def _milliseconds(found: Found) -> int:
    """Return when the run began, as asv dates a commit; 0 where the file does not say."""
    date = found.result.metadata.get("date", ("",))[0]
    when = pd.to_datetime(date, errors="coerce")
    return 0 if pd.isna(when) else int(when.timestamp() * 1000)


def _dump(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
