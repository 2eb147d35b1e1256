"""Figure of the spread between processes: the median round of each, one dot per process."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.dots import Looks, intervals, rows, strokes
from reports.figures.panels import legend, panels, titled
from reports.figures.style import Look, styled
from reports.frames.answer import baseline_of
from reports.rounds.processes import CELL
from reports.text.wording import drawable

LANE_IN, GAP_IN = 0.2, 0.08  # height of a layout's dots in a row; of the gap between rows
FILLED = 0.8  # share of a lane
STROKE = 0.12  # share of that which the mark of a process is high


@styled
def process_medians(dots: pd.DataFrame, ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw one row per shape, one lane per layout, one dot per process, and the interval."""
    backends, lanes = list(dots["backend"].unique()), dots["variant"].nunique()
    dots = dots.assign(row=dots["workload"].astype(str) + "/" + dots["cell"])
    names = list(dots["row"].unique())
    centres = dots.drop_duplicates([*CELL, "label"]).merge(ratios, on=[*CELL, "label"])
    figure, grid = panels([len(names)], LANE_IN * lanes + GAP_IN, len(backends), sharex="all")
    height = LANE_IN / (LANE_IN * lanes + GAP_IN)
    for axes, backend in zip(grid[0], backends, strict=True):
        here = dots[dots["backend"] == backend]
        labels = [label for label in look if label in set(here["label"])]
        for at, label in enumerate(labels):
            lane = (at - (len(labels) - 1) / 2) * height
            part = here[here["label"] == label]
            centre = centres[centres["label"] == label]
            _dots(axes, part, part["row"].map(names.index) + lane, height, look[label])
            y = centre["row"].map(names.index) + lane
            intervals(axes, centre, y, look[label], elinewidth=5, markersize=0, alpha=0.3)
        rows(axes, [drawable(name) for name in names])
        axes.set_title(drawable(backend))
    legend(
        figure, dots, look, f"median round of a process, as a multiple of {baseline_of(ratios)}'s"
    )
    return titled(figure, title)


def _dots(
    axes: Axes, part: pd.DataFrame, lane: "pd.Series[float]", height: float, look: Look
) -> None:
    """Draw one small stroke per process, the first at the top of its lane."""
    of_row = part.groupby("row", sort=False)["process"]
    order = (of_row.rank(method="first") - 0.5) / of_row.transform("size") - 0.5
    y = lane + order * height * FILLED
    half = height * FILLED * STROKE / 2
    ends = np.column_stack([y - half, y + half])
    strokes(axes, part[["ratio", "ratio"]], ends, color=look.colour, lw=1.0)
