"""``python -m reports.method FOLDER``: how finely whole runs agree, from the files of bench.method.

A study is all files ``NAME-00.json.gz``, ``NAME-01.json.gz`` ... of a folder. What is compared over
runs is what a run would report: the centre of a ratio, and its interval.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from reports.pairing import per_process, rounds
from reports.reading import ResultError
from reports.result import load
from reports.statistics import estimate, hodges_lehmann

BAD_USE = 2
RUNS_MIN = 3  # of which a spread says anything
KEY = ["workload", "shape", "phase", "label", "role"]


@dataclass(frozen=True)
class Spread:
    """How far the runs of a study are apart in one role."""

    study: str
    role: str
    runs: int
    cells: int
    median_percent: float  # standard deviation over runs, median cell
    worst_percent: float
    worst_cell: str
    covered: float  # share of (run, cell) whose interval holds the centre of the other runs


def centres(path: Path) -> pd.DataFrame:
    """Return a run's ratios: centre, low and high by cell, label and role."""
    processes = per_process(rounds(load(path).values))
    judged = processes[processes["role"].isin(["candidate", "control"])].dropna(subset="ratio")
    rows = []
    for key, part in judged.groupby(KEY, observed=True, sort=False):
        found = estimate(part["ratio"])
        ends = {"centre": found.centre, "low": found.low, "high": found.high}
        rows.append(dict(zip(KEY, key, strict=True)) | ends)
    return pd.DataFrame(rows)


def spreads(study: str, runs: list[pd.DataFrame]) -> list[Spread]:
    """Return how far the runs of a study are apart, candidates and controls apart."""
    whole = pd.concat(runs, keys=range(len(runs)), names=["run"]).reset_index("run")
    found = []
    for role, part in whole.groupby("role", observed=True, sort=False):
        groups = part.groupby(["workload", "shape", "phase", "label"], observed=True)
        cells = [(key, rows) for key, rows in groups if len(rows) >= RUNS_MIN]
        off = {"/".join(map(str, key)): float(rows["centre"].std(ddof=1)) for key, rows in cells}
        worst = max(off, key=lambda key: off[key])
        held = [holds for _, rows in cells for holds in coverage(rows)]
        median = float(np.median(list(off.values())))
        share = float(np.mean(held))
        found.append(
            Spread(
                study,
                str(role),
                len(runs),
                len(cells),
                100 * median,
                100 * off[worst],
                worst,
                share,
            )
        )
    return found


def coverage(rows: pd.DataFrame) -> list[bool]:
    """Return, run by run, whether the interval holds the centre of all other runs."""
    centre = rows["centre"].to_numpy()
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    others = [hodges_lehmann(np.delete(centre, at)) for at in range(len(centre))]
    return [bool(a <= other <= b) for a, b, other in zip(low, high, others, strict=True)]


def studies(folder: Path) -> dict[str, list[Path]]:
    """Return the files of every study, in the order of their names."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*-[0-9][0-9].json.gz")):
        found[path.name.rsplit("-", 1)[0]].append(path)
    return dict(found)


def table_of(found: list[Spread]) -> Table:
    """Return the spreads as a table."""
    table = Table(box=None, pad_edge=False, title="standard deviation of a ratio over whole runs")
    for heading in ("study", "role", "runs", "cells", "median", "worst", "covered", "worst cell"):
        text = heading in {"study", "role", "worst cell"}
        table.add_column(heading, justify="left" if text else "right")
    for one in found:
        table.add_row(
            *(one.study, one.role, str(one.runs), str(one.cells)),
            *(f"{one.median_percent:.2f} %", f"{one.worst_percent:.2f} %"),
            *(f"{100 * one.covered:.1f} %", one.worst_cell),
        )
    return table


def main(folder: Path) -> None:
    """Print the spread of every study with enough runs."""
    try:
        known = {name: files for name, files in studies(folder).items() if len(files) >= RUNS_MIN}
        found = [
            spread
            for name, files in known.items()
            if not name.startswith("stock")
            for spread in spreads(name, [centres(path) for path in files])
        ]
    except ResultError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USE) from None
    if not found:
        typer.echo(
            f"{folder}: no study with {RUNS_MIN} runs; make them with nox -s method", err=True
        )
        raise typer.Exit(BAD_USE)
    Console().print(table_of(found))


if __name__ == "__main__":
    typer.run(main)
