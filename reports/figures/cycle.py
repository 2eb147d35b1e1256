"""Figure of the parts of a whole cycle: map, add, and the rest, stacked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures import dots as marks
from reports.figures.dots import Looks
from reports.figures.panels import legend, panels, titled
from reports.figures.style import FAINT, PAPER, Look, styled
from reports.frames.cycle import PARTS, REST
from reports.frames.order import by
from reports.text.wording import drawable

BAR_IN, GAP_IN = 0.11, 0.09  # height of a bar; of the gap between two shapes
BAR = 0.86  # share of its height that a bar fills


@styled
def cycle(shares: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the parts of each layout's cycle: a row of panels per workload, a column per backend."""
    backends, labels = list(shares["backend"].unique()), shares["variant"].nunique()
    parts = by(shares, "workload")
    rows = [part["cell"].nunique() for _, part in parts]
    figure, grid = panels(rows, BAR_IN * labels + GAP_IN, len(backends), sharex="all")
    for line, (workload, part) in zip(grid, parts, strict=True):
        cells = list(part["cell"].unique())
        for axes, backend in zip(line, backends, strict=True):
            _bars(axes, part[part["backend"] == backend], look, cells)
            axes.set_title(drawable(workload if len(backends) == 1 else f"{workload}: {backend}"))
    _name_parts(grid[0, 0], shares)
    base = drawable(shares.loc[shares["role"] == "baseline", "variant"].iloc[0])
    scale = f"share of the whole cycle of {base}, each backend's own"
    legend(figure, shares, look, scale, bars=True)
    return titled(figure, title)


def _bars(axes: Axes, shares: pd.DataFrame, look: Looks, cells: Sequence[str]) -> None:
    """Draw one row per cell with one bar per layout: map pale, add full, the rest hollow."""
    labels = [label for label in look if label in set(shares["label"])]
    height = BAR_IN / (BAR_IN * len(labels) + GAP_IN)
    places = {cell: at for at, cell in enumerate(cells)}
    for at, label in enumerate(labels):
        part = shares[shares["label"] == label]
        y = part["cell"].map(places).astype(float) + (at - (len(labels) - 1) / 2) * height
        left = np.zeros(len(part))
        for name in (*PARTS, REST):
            width = part[name].clip(lower=0).to_numpy()
            axes.barh(y, width, height * BAR, left, **_filling(name, look[label]))
            left = left + width
    marks.rows(axes, [drawable(cell) for cell in cells])


def _filling(part: str, look: Look) -> dict[str, Any]:
    """The fill of a part's piece of a bar: parts differ in fill, layouts in colour."""
    shades = {"map": look.colour, "add": look.colour, REST: PAPER}
    alpha = {"map": 0.4}.get(part, 1.0)
    return {"facecolor": shades[part], "edgecolor": look.colour, "lw": 0.6, "alpha": alpha}


def _name_parts(axes: Axes, shares: pd.DataFrame) -> None:
    """Name the pieces of the first bar, above it."""
    first, left = shares.iloc[0], 0.0
    for name in (*PARTS, REST):
        width = max(first[name], 0)
        box = {"facecolor": FAINT, "lw": 0, "pad": 0.8}
        axes.text(left + width / 2, -0.5, name, fontsize=6.5, ha="center", va="center", bbox=box)
        left += width
