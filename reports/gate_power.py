"""``python -m reports.gate_power FOLDER``: how often the gate erred, and what it found.

Shares stand with exact binomial intervals (Clopper & Pearson, Biometrika 26 (1934), 404-413).
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from scipy.stats import binomtest

from reports.reading import ResultError, text_of
from reports.statistics import CONFIDENCE, estimate

ALARMS = ("slower", "faster")
MODEL, REPORT = "model.json", "report.md"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Runs = list[dict[str, Any]]


@app.command()
def main(folder: Annotated[Path, typer.Argument(help="Where gate-power keeps its runs.")]) -> None:
    """Print the report, and write it beside the runs."""
    try:
        studies = load(folder)
        model = folder / MODEL
        curve = json.loads(model.read_text()) if model.exists() else None
    except ResultError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    text = "\n".join(report(studies, curve)) + "\n"
    (folder / REPORT).write_text(text)
    typer.echo(text, nl=False)


def load(folder: Path) -> dict[str, Runs]:
    """Return the runs by study.

    Raises:
        ResultError: if there are none.
    """
    found = defaultdict(list)
    for path in sorted(folder.glob("*-*.json.gz")):
        run = json.loads(text_of(path))
        found[run["study"]["name"]].append(run)
    if not found:
        raise ResultError(f"{folder}: no runs; python -m bench.gate.power makes them")
    return dict(found)


def report(studies: dict[str, Runs], model: dict[str, Any] | None) -> Iterator[str]:
    """Yield the report's lines, in Markdown."""
    every = [run for runs in studies.values() for run in runs]
    machines = sorted({run["machine"]["processor"] for run in every})
    commits = sorted({run["commit"] for run in every})
    yield f"{len(every)} quick gates on {'; '.join(machines)}; commit {', '.join(commits)}."
    null = [run for runs in studies.values() for run in runs if run["study"]["null"]]
    if null:
        alarms = share(sum(map(alarmed, null)), len(null))
        yield from ("", f"False alarms over all null runs: {alarms}.")
    yield from ("", "| study | runs | alarm | found | cells inconclusive |")
    yield "| --- | --: | --- | --- | --: |"
    for name, runs in studies.items():
        alarm = share(sum(map(alarmed, runs)), len(runs)) if runs[0]["study"]["null"] else ""
        slowed = [run for run in runs if run["slowed"]]
        found = share(sum(map(seen, slowed)), len(slowed)) if slowed else ""
        other = share(sum(map(alarmed, slowed)), len(slowed)) if slowed else alarm
        yield f"| {name} | {len(runs)} | {other} | {found} | {inconclusive(runs):.0%} |"
    for name, runs in studies.items():
        if runs[0]["study"]["edit"]:
            yield from ("", f"Sizes of `{name}`, all first processes of its runs:", "")
            yield from sizes(runs)
    if model:
        yield from ("", *modelled(model))


def alarmed(run: dict[str, Any]) -> bool:
    """Return whether anything was called slower or faster but the cell that truly is."""
    return any(row["verdict"] in ALARMS and not slow(run, row) for row in run["rows"])


def seen(run: dict[str, Any]) -> bool:
    """Return whether the slowed cell was called slower."""
    return any(row["verdict"] == "slower" and slow(run, row) for row in run["rows"])


def slow(run: dict[str, Any], row: dict[str, Any]) -> bool:
    """Return whether the row is the cell whose head was slowed."""
    slowed = run["slowed"]
    return bool(slowed) and (row["cell"], row["variant"]) == (slowed["cell"], slowed["variant"])


def inconclusive(runs: Runs) -> float:
    """Return the share of cells that ended so."""
    rows = [row for run in runs for row in run["rows"]]
    count = sum(1 for row in rows if row["verdict"] == "inconclusive")
    return count / max(1, len(rows))


def share(count: int, of: int) -> str:
    """Return a share with its exact 95 % interval."""
    if not of:
        return "no runs"
    found = binomtest(count, of).proportion_ci(CONFIDENCE, method="exact")
    return f"{count} of {of} ({100 * found.low:.2g} to {100 * found.high:.2g} %)"


def sizes(runs: Runs) -> Iterator[str]:
    """Yield a line for each cell whose code differs: head / base over all first processes."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for run in runs:
        for row in run["rows"]:
            if row["code_base"] != row["code_head"]:
                values[row["cell"], row["variant"]] += row["values"][: row["processes"]]
    yield from ("| cell | head / base | processes |", "| --- | --- | --: |")
    for (cell, variant), some in values.items():
        if not some:
            continue
        found = estimate(some)
        ends = (found.low, found.high)
        between = "" if None in ends else " [{:.4f}, {:.4f}]".format(*np.exp(np.array(ends, float)))
        yield f"| {cell} {variant} | {np.exp(found.centre):.4f}{between} | {len(some)} |"


def modelled(model: dict[str, Any]) -> Iterator[str]:
    """Yield what the model says: alarms, and found by slowdown in the median and worst cell."""
    yield (
        f"Model, {model['processes']} processes of null runs drawn anew: alarms in "
        f"{share(model['alarms'], model['runs'])} null runs; with signs drawn, which is exact for "
        f"identical code, {share(model['alarms_flipped'], model['runs'])}."
    )
    yield from ("", "| slowdown | found, median cell | worst cell |", "| --: | --: | --: |")
    for point in model["curve"]:
        found = np.array(point["found"])
        yield f"| {100 * point['slowdown']:g} % | {np.median(found):.0%} | {found.min():.0%} |"


if __name__ == "__main__":
    app(prog_name="python -m reports.gate_power")
