"""Figures of lines over a sweep, and of time over instructions: one function per figure."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reports.figures.dots import Looks
from reports.figures.panels import legend, titled
from reports.figures.style import INK, PAPER, QUIET, WIDTH_IN, styled
from reports.frames.answer import baseline_of
from reports.frames.order import by
from reports.text.wording import drawable

POWERS_MAX = 12  # of an axis with room for a number at every second one
LOG_SPAN = 16  # a sweep over more than this factor gets a log2 scale
REFERENCES = ("floor", "null")  # roles drawn as reference lines
PANEL_HEIGHT_IN = 2.1


@styled
def sweep(per_descriptor: pd.DataFrame, ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw a sweep: nanoseconds per descriptor above, the ratio below; a column per backend."""
    backends = list(per_descriptor["backend"].unique())
    figure = Figure(figsize=(WIDTH_IN, 2 * PANEL_HEIGHT_IN + 0.9))
    grid = figure.subplots(2, len(backends), sharex="all", sharey="row", squeeze=False)
    is_reference = per_descriptor["role"].isin(REFERENCES)
    for column, backend in zip(grid.T, backends, strict=True):
        here = per_descriptor["backend"] == backend
        lines_over(column[0], per_descriptor[here & ~is_reference], look)
        _references(column[0], per_descriptor[here & is_reference])
        lines_over(column[1], ratios[ratios["backend"] == backend], look)
        column[0].set_title(drawable(backend))
        column[1].axhline(1, color=INK, lw=0.9, ls=":")
        column[1].set_xlabel(f"{drawable(per_descriptor['sweep'].iloc[0])} of a request")
    grid[0, 0].set_ylabel("ns per descriptor")
    grid[0, 0].set_ylim(bottom=0)
    grid[1, 0].set_ylabel(f"ratio to {baseline_of(ratios)}")
    legend(figure, per_descriptor[~is_reference], look, "", ls="-")
    return titled(figure, title)


@styled
def decisions(ratios: pd.DataFrame, kinds: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the ratio of each strategy's forms over a sweep: one row per strategy."""
    parts, backends = by(ratios, "strategy"), list(ratios["backend"].unique())
    figure = Figure(figsize=(WIDTH_IN, len(parts) * (PANEL_HEIGHT_IN + 0.2) + 1.2))
    grid = figure.subplots(len(parts), len(backends), sharex="all", sharey="row", squeeze=False)
    for row, (strategy, part) in zip(grid, parts, strict=True):
        for axes, backend in zip(row, backends, strict=True):
            lines_over(axes, part[part["backend"] == backend], look, dashed=True)
            axes.axhline(1, color=INK, lw=0.9, ls=":")
            own = kinds[(kinds["strategy"] == strategy) & (kinds["backend"] == backend)]["kind"]
            made = f"\nby itself: {own.iloc[0]}" if len(own) and own.iloc[0] else ""
            axes.set_title(f"{drawable(strategy, 24)}, {drawable(backend, 8)}{made}", fontsize=7)
    for axes in grid[-1]:
        axes.set_xlabel(f"{drawable(ratios['sweep'].iloc[0])} of a request")
    legend(figure, ratios, look, f"ratio to {baseline_of(ratios)} of the same backend", ls="-")
    return titled(figure, title)


@styled
def instructions(counted: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw time over instructions per descriptor, one dot per series, one panel per backend."""
    parts = by(counted, "backend")
    figure = Figure(figsize=(WIDTH_IN, PANEL_HEIGHT_IN + 1.9))
    grid = figure.subplots(1, len(parts), sharex=True, sharey=True, squeeze=False)
    for axes, (backend, part) in zip(grid[0], parts, strict=True):
        for row in part.to_dict("records"):
            ends = [[row["centre"] - row["low"]], [row["high"] - row["centre"]]]
            axes.errorbar(
                row["instructions_per_descriptor"],
                row["centre"],
                yerr=None if pd.isna(row["low"]) else ends,
                **look[row["label"]].plot(),
            )
        axes.set_title(drawable(backend))
        axes.set_xlabel("instructions per descriptor")
    grid[0, 0].set_ylabel("ns per descriptor")
    grid[0, 0].set_ylim(bottom=0)
    grid[0, 0].set_xlim(left=0)
    legend(figure, counted, look, "")
    return titled(figure, title)


def lines_over(axes: Axes, frame: pd.DataFrame, look: Looks, *, dashed: bool = False) -> None:
    """Draw one line per series over the sweep, with the interval of each point."""
    if frame.empty:
        return
    for label, part in by(frame[frame["processes"] > 0], "label"):
        ends = [part["centre"] - part["low"], part["high"] - part["centre"]]
        axes.errorbar(
            part["swept"],
            part["centre"],
            yerr=None if part["low"].isna().any() else ends,
            ls=look[label].dashes if dashed else "-",
            lw=1.1,
            elinewidth=1.2,
            **look[label].plot(),
        )
    least, most = frame["swept"].min(), frame["swept"].max()
    if least >= 1 and most / least >= LOG_SPAN:
        ticks = list(_powers_of_two(least, most))
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _powers_of_two(least: float, most: float) -> Iterator[float]:
    """Yield every second power of two in this range, every fourth of a long one."""
    first, last = np.ceil(np.log2(least)), np.log2(most)
    yield from 2.0 ** np.arange(first, last + 1, 2 if last - first <= POWERS_MAX else 4)


def _references(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw reference series as thin lines, named inside the panel."""
    for _, part in by(frame[frame["processes"] > 0], "label"):
        axes.plot(part["swept"], part["centre"], color=QUIET, lw=0.7, zorder=1)
        last = part.iloc[-1]
        axes.annotate(
            drawable(last["variant"], 20),
            (last["swept"], last["centre"]),
            color=QUIET,
            fontsize=6.5,
            ha="right",
            va="center",
            bbox={"facecolor": PAPER, "lw": 0, "pad": 0.6},  # interrupts the line at its name
        )
