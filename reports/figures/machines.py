"""The figure of several machines: one scale, a column a machine, a panel a layout and compiler."""

import math
import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reports.figures.style import FAINT, INK, WIDTH_IN, Look, looks, styled
from reports.frames.order import by
from reports.text.wording import drawable

NARROW_IN = 3.4  # of a phone: its text is then as large as the page's
PANEL_IN, HEAD_IN = 1.35, 0.6  # height of a panel; of the names below all
FILLED = 0.72  # share of a column that its dots fill
LETTERS_PER_IN = 12  # of names below the columns
ROOM = 1.06  # beyond the highest and below the lowest end
TICKS = (
    0.1,
    0.2,
    0.5,
    2,
    5,
    10,
    0.7,
    1.5,
    3,
    4,
    7,
    0.3,
    0.8,
    1.25,
    1.2,
    0.9,
    1.1,
    0.6,
    1.75,
)  # best first
TICK_ROOM = 0.11  # between two ticks, as a share of the scale
DOT = {"markersize": 3.0, "elinewidth": 0.8, "mew": 0.7, "ls": ""}


@styled
def machines(
    rows: pd.DataFrame, names: Sequence[str], scale: str, *, narrow: bool = False
) -> Figure:
    """Draw each layout's ratio to the baseline on each machine, from short requests to long ones.

    ``rows`` has a row per ratio and machine: ``strategy``, ``form``, ``backend``, ``role``,
    ``label``, ``column`` (a place in ``names``), ``descriptors`` and an estimate. A name may
    have several lines.
    """
    strategies = by(rows, "strategy")
    backends = list(rows["backend"].unique())
    look = looks(rows)
    places = [(layout, backend) for layout, _ in strategies for backend in backends]
    across = 1 if narrow or len(backends) == 1 else len(backends)
    lines = -(-len(places) // across)
    figure = Figure(figsize=(NARROW_IN if narrow else WIDTH_IN, HEAD_IN + PANEL_IN * lines))
    grid = figure.subplots(lines, across, sharex="all", sharey="all", squeeze=False)
    for axes, (layout, backend) in zip(grid.flat, places, strict=True):
        part = rows[(rows["strategy"] == layout) & (rows["backend"] == backend)]
        axes.set_title(f"{drawable(layout)}, {drawable(backend)}")
        for label, one in part.groupby("label", sort=False):
            _dots(axes, one, look[str(label)])
        axes.axhline(1, color=INK, lw=0.9, ls=":", zorder=1)
        for at in range(0, len(names), 2):
            axes.axvspan(at - 0.5, at + 0.5, color=FAINT, alpha=0.6, lw=0, zorder=0)
    _scaled(grid[0, 0], rows)
    figure.supylabel(scale, fontsize=7.5)
    letters = max(6, int(LETTERS_PER_IN * figure.get_figwidth() / (len(names) * across)))
    shown = [
        "\n".join(
            line for part in name.split("\n") for line in textwrap.wrap(drawable(part), letters)
        )
        for name in names
    ]
    for axes in grid[-1]:
        axes.set_xticks(range(len(names)), shown, fontsize=7.5)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.tick_params(axis="x", length=0)
    return figure


def _dots(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    """Draw a series: in each column its requests from left to right by length."""
    ordered = rows.sort_values(["column", "descriptors"], kind="stable")
    count = ordered.groupby("column")["column"].transform("size")
    place = ordered.groupby("column").cumcount()
    x = ordered["column"] + ((place + 0.5) / count - 0.5) * FILLED
    known = ordered["low"].notna() & ordered["high"].notna()
    ends = [
        np.where(known, ordered["centre"] - ordered["low"], 0.0),
        np.where(known, ordered["high"] - ordered["centre"], 0.0),
    ]
    axes.errorbar(x, ordered["centre"], yerr=ends, **{**look.plot(), **DOT})


def _scaled(axes: Axes, rows: pd.DataFrame) -> None:
    """Give ratios a scale on which half and twice are equally far from 1."""
    low = min(1.0, float(rows[["low", "centre"]].min().min())) / ROOM
    high = max(1.0, float(rows[["high", "centre"]].max().max())) * ROOM
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within a scale, 1 among them, none too near to another."""
    room = TICK_ROOM * math.log(high / low)
    found = [1.0]
    for tick in TICKS:
        if low <= tick <= high and all(abs(math.log(tick / one)) >= room for one in found):
            found.append(tick)
    return sorted(found)
