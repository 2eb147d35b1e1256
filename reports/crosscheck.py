"""``python -m reports.crosscheck FILE``: how well the backends of one result agree."""

import math
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.commands.screen import screen, table
from reports.frames import backends
from reports.frames.backends import Agreement
from reports.frames.descriptors import COUNTS, LONG, LONG_MIN, by_descriptors
from reports.frames.tables import Tables, tabulate
from reports.page.evidence import alone_sentence, gap_sentence
from reports.read.result import load
from reports.statistics.estimates import estimate_of
from reports.text import wording

HEADINGS = ("backends", "phase", "cells", "mean", "farthest from 1", "where")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(file: Annotated[Path, typer.Argument(help="A result file, .json or .json.gz.")]) -> None:
    """Print each pair of backends: their mean ratio, the worst cell, and cells beyond limits."""
    with refusing():
        tables = tabulate(load(file))
    show(screen(), tables)


def show(console: Console, tables: Tables) -> None:
    """Print the summary, followed by every cell beyond its limit."""
    known = backends.agreements(tables.across)
    if not known:
        console.print("Only one backend was measured.")
        return
    console.print(_summary(known))
    console.print(_lengths(tables.across))
    for one in known:
        console.print(_beyond(one))
    for sentence in (gap_sentence(tables), alone_sentence(tables)):
        if sentence:
            console.print(Text(sentence))


def _summary(known: list[Agreement]) -> Table:
    rows = (
        (
            *(one.pair, one.phase, one.cells, f"{one.mean:.3f}"),
            *(wording.ratio_with_interval(one.worst_found), one.worst),
        )
        for one in known
    )
    title = "One backend's time as a multiple of another's, like for like"
    return table(title, HEADINGS, rows, ["where"])


def _lengths(across: pd.DataFrame) -> Table:
    heads = [*(str(length) for length in COUNTS), f"{LONG_MIN} and more"]
    known = across[(across["processes"] > 0) & (across["axes"] == "")]
    rows = (
        (
            *(row["pair"], row["phase"]),
            *("" if math.isnan(row[key]) else f"{row[key]:.3f}" for key in (*COUNTS, LONG)),
            backends.what(row),
        )
        for row in by_descriptors(known, ["pair", "phase", "strategy", "forms"]).to_dict("records")
    )
    title = "Geometric means over cells of one length, in descriptors"
    return table(title, ("backends", "phase", *heads, "where"), rows, ["where"])


def _beyond(one: Agreement) -> Table | Text:
    """The cells beyond the limit, or a line that there are none."""
    limits = f"{1 / one.limit:.2f} to {one.limit:.2f}"
    if one.beyond.empty:
        return Text(f"{one.pair}, {one.phase}: all {one.cells} cells within {limits}.")
    title = f"{one.pair}, {one.phase}: {len(one.beyond)} of {one.cells} cells outside {limits}"
    rows = (
        (wording.ratio_with_interval(ratio), backends.place(row))
        for row in one.beyond.to_dict("records")
        if (ratio := estimate_of(row)) is not None
    )
    return table(title, ("ratio", "where"), rows, ["where"])


if __name__ == "__main__":
    run(app, "reports")
