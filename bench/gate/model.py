"""``python -m bench.gate.model FOLDER``: curves from the null runs of ``gate-power``.

The rule in force is run again on processes drawn, with replacement, from all null runs: whole
processes for false alarms, so that what moved cells together still does; and for each cell
alone with log(1 + d) added, which is a head slower by d. The runs that were really slowed check it.
"""

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from bench.asked import UsageError
from bench.cli import refuse
from bench.gate.design import LOOKS_QUICK, Design
from bench.gate.trial import Trial, Verdict

SLOWDOWNS = (0.0025, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.02, 0.03, 0.05)
RUNS, FINDS = 2000, 40  # null runs drawn, and runs a cell and slowdown
SEED = 1
NULL = ("same", "shifted")
RESULT = "model.json"

Values = NDArray[np.float64]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(
    folder: Annotated[Path, typer.Argument(help="where gate-power keeps its runs")],
    runs: Annotated[int, typer.Option(help="null runs to draw")] = RUNS,
) -> None:
    """Write what the model says beside the runs."""
    draw = np.random.default_rng(SEED)
    names, pool = processes(folder)
    design = Design(len(names), looks_max=LOOKS_QUICK)
    found = {
        "cells": names,
        "processes": len(pool),
        "runs": runs,
        "alarms": sum(alarm(design, pool, draw) for _ in range(runs)),
        "alarms_flipped": sum(alarm(design, pool, draw, flip=True) for _ in range(runs)),
        "curve": list(curve(design, pool, draw)),
    }
    (folder / RESULT).write_text(json.dumps(found))


def processes(folder: Path) -> tuple[list[str], Values]:
    """Return the cells' names, and a row for each process of the null runs that measured all.

    Raises:
        UsageError: if there are none.
    """
    tables = defaultdict(list)
    for path in sorted(p for name in NULL for p in folder.glob(f"{name}-*.json.gz")):
        rows = json.loads(gzip.decompress(path.read_bytes()))["rows"]
        least = min(len(row["values"]) for row in rows)
        columns = np.array([row["values"][:least] for row in rows]).reshape(len(rows), least)
        tables[tuple(f"{row['cell']} {row['variant']}" for row in rows)].append(columns.T)
    if len(tables) != 1:
        raise UsageError(f"{folder}: the null runs are of {len(tables)} kinds, one is needed")
    ((names, parts),) = tables.items()
    return list(names), np.concatenate(parts)


def decided(design: Design, values: Values) -> Verdict:
    """Return what the rule makes of a cell's processes."""
    trial = Trial(design)
    for process, value in enumerate(values.tolist()):
        if not trial.open:
            break
        trial.add(process, value, process + 1)
    return trial.end()


def alarm(design: Design, pool: Values, draw: np.random.Generator, *, flip: bool = False) -> bool:
    """Return whether a null run drawn from the pool calls anything slower or faster.

    As they are, processes keep what bias the gate has, and that of a pool that is too small.
    ``flip`` has each with either sign, which makes them exactly null.
    """
    count = 2 * design.looks[-1]
    signs = draw.choice((-1.0, 1.0), (count, 1)) if flip else 1.0
    drawn = pool[draw.integers(0, len(pool), count)] * signs
    wrong = {Verdict.SLOWER, Verdict.FASTER}
    return any(decided(design, column) in wrong for column in drawn.T)


def curve(design: Design, pool: Values, draw: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield, for each slowdown, the share of runs that find it, by cell."""
    for slowdown in SLOWDOWNS:
        found = []
        for column in pool.T:
            drawn = column[draw.integers(0, len(column), (FINDS, 2 * design.looks[-1]))]
            slower = drawn + math.log1p(slowdown)
            found.append(sum(decided(design, one) is Verdict.SLOWER for one in slower) / FINDS)
        yield {"slowdown": slowdown, "found": found}


def main() -> None:
    """Run the command; every foreseen fault is one line."""
    refuse(app)


if __name__ == "__main__":
    main()
