"""``python -m reports.neighbour FILE CELL SERIES -o STEM``: draws the effect of a busy neighbour.

Draws what watched the core round by round, and the rounds of one ratio by the state of the core.
CELL is WORKLOAD/SHAPE/PHASE, SERIES as labelled in the report; STEM.svg is written.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from matplotlib.figure import Figure

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.figures.panels import titled
from reports.figures.style import COLOURS, INK, QUIET, save, styled
from reports.read import states
from reports.read.result import load
from reports.read.text import ResultError
from reports.rounds.processes import CELL, Rounds, every, ratios_of
from reports.rounds.watch import sums_over_chain, watched
from reports.text.wording import drawable

COLOURS_OF = {"alone": COLOURS[0], "shared": COLOURS[1], "neither": QUIET, "": INK}
MARKS_OF = {"alone": ".", "shared": "^", "neither": "x", "": "."}  # not by colour alone
DASHES_OF = {"alone": "-", "shared": "--"}
BINS = 60
SHOWN = (0.5, 99.5)  # percentiles of the rounds: a few slow ones would leave a single bar
WIDTH_IN, HEIGHT_IN = 6.6, 4.6


@styled
def neighbour(sentinels: pd.DataFrame, cell: Rounds, label: str, title: str) -> Figure:
    """Draw the sentinels round by round, and a ratio's rounds by the state of the core."""
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN))
    above, below = figure.subplots(2, 1)
    _watched(
        above, sentinels.sort_values(["process", "round"], kind="stable").reset_index(drop=True)
    )
    _by_state(below, cell, label)
    return titled(figure, title)


def main(
    file: Path,
    cell: str,
    series: str,
    output: Annotated[Path, typer.Option("--output", "-o", help="the figure, without suffix")],
) -> None:
    """Draw a neighbour on the core from a result that watched for one."""
    with refusing(output):
        sentinels = watched(file)
        if sentinels.empty:
            raise ResultError(f"{file}: its run did not watch the core; measure again")
        here = _cell_of(file, every(load(file).values), cell, series)
        title = f"A neighbour on the core, and {series} of {cell} without and with it"
        save(neighbour(sentinels, here, series, title), output)
        output.with_suffix(".png").unlink()
    typer.echo(output.with_suffix(".svg"))


def _watched(axes: Any, order: pd.DataFrame) -> None:
    """Draw the time of a sum in steps of the chain, one mark per round."""
    slow = sums_over_chain(order)
    for state, colour in COLOURS_OF.items():
        part = slow[order["state"] == state]
        if len(part):
            look = {"color": colour, "marker": MARKS_OF[state], "markersize": 2.5}
            axes.plot(part.index, part, ls="", label=state or "unknown", **look)
    low, high = np.nanpercentile(slow, SHOWN)
    axes.set_ylim(low * 0.95, high * 1.1)
    axes.set_xlabel("round, one process after the other")
    axes.set_ylabel("a sum, in steps of the chain")
    axes.legend(frameon=False, ncols=4, loc="upper right")


def _by_state(axes: Any, cell: Rounds, label: str) -> None:
    """Draw the distribution of a ratio's rounds, one histogram per state."""
    ratios = ratios_of(cell)[label].to_numpy()
    low, high = np.nanpercentile(ratios, SHOWN).tolist()
    bins = np.linspace(low, high, BINS).tolist()
    for at in (states.ALONE, states.SHARED):
        part = ratios[cell.states == at]
        part = part[~np.isnan(part)]
        if len(part):
            name = states.name(at)
            look = {"color": COLOURS_OF[name], "ls": DASHES_OF[name], "lw": 1.4}
            words = f"{name}: median {np.median(part):.2f}"
            axes.hist(part, bins, density=True, histtype="step", label=words, **look)
    axes.set_xlabel(f"{drawable(label)} over its baseline, in one round")
    axes.set_yticks([])
    axes.legend(frameon=False)


def _cell_of(file: Path, cells: list[Rounds], name: str, series: str) -> Rounds:
    """The cell of this name.

    Raises:
        ResultError: if there is none, or the series is not in it.
    """
    named = {"/".join(map(str, cell.series.iloc[0][CELL[:-1]])): cell for cell in cells}
    if name not in named:
        raise ResultError(f"{file}: no cell {name}; give a name from the report")
    if series not in named[name].series.index:
        there = ", ".join(map(str, named[name].series.index))
        raise ResultError(f"{file}: no series {series} in {name}; name one of {there}")
    return named[name]


if __name__ == "__main__":
    run(main, "reports")
