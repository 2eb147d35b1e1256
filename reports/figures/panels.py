"""The parts that figures of several panels share: grid, title, legend, order."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from reports.figures.dots import Looks
from reports.figures.style import WIDTH_IN, Look
from reports.text.wording import drawable

if TYPE_CHECKING:
    from matplotlib.artist import Artist

HEAD_IN, PANEL_IN = 0.8, 0.35  # height of title and scale; of a panel without its rows
TITLE_LETTERS = 84  # in one line of a figure's title
LINE_IN = 0.18  # height of a line of names
LEGEND_LETTERS = 90  # in one line of a legend, counting three per mark


def panels(rows: Sequence[int], row_in: float, columns: int, **shared: Any) -> tuple[Figure, Any]:
    """A figure with one panel per entry of ``rows``, and its axes as an array."""
    height = HEAD_IN + sum(PANEL_IN + count * row_in for count in rows)
    figure = Figure(figsize=(WIDTH_IN, height))
    options: dict[str, Any] = {"sharex": "col", "sharey": "row", "squeeze": False} | shared
    ratios = [count * row_in + 0.1 for count in rows]
    grid = figure.subplots(len(rows), columns, height_ratios=ratios, **options)
    for axes in np.ravel(grid):
        axes.xaxis.set_major_locator(MaxNLocator(12 // columns, steps=[1, 2, 5, 10]))
    return figure, grid


def titled(figure: Figure, title: str) -> Figure:
    """Put the title above the figure, at its left edge."""
    lines = [textwrap.fill(line, TITLE_LETTERS) for line in title.splitlines()]
    figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=9.5, weight="bold")
    return figure


def legend(
    figure: Figure, frame: pd.DataFrame, look: Looks, scale: str, *, bars: bool = False, **line: Any
) -> None:
    """Name scale and series below the panels, which are too narrow for names next to dots.

    Series drawn as ``bars`` have squares as keys, others their mark.
    The figure grows by the height of the names, so that the panels do not shrink.
    """
    variant = frame.drop_duplicates("label").set_index("label")["variant"]
    known: dict[str, Look] = {}  # a series looks the same for all backends
    for label in look:
        if label in variant.index:
            known.setdefault(drawable(variant[label]), look[label])
    options = {"ls": "", **line}
    handles: list[Artist] = [
        Patch(facecolor=known[name].colour, label=name)
        if bars
        else Line2D([], [], label=name, **options, **known[name].plot())
        for name in known
    ]
    widest = max(map(len, known), default=1) + 3
    columns = max(1, min(4, LEGEND_LETTERS // widest))
    height = LINE_IN * math.ceil(len(known) / columns)
    figure.set_figheight(figure.get_figheight() + height)
    figure.legend(
        handles=handles,
        loc="outside lower left",
        title=scale,
        alignment="left",
        ncols=columns,
        frameon=False,
        labelcolor="linecolor",
    )
