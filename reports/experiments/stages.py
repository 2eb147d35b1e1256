"""A figure of stages: bars of what each costs more than the one before, and of the whole."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawn
from matplotlib.patches import Patch

from reports.experiments.axes import AT, PANEL, each_panel
from reports.figures.dots import Looks
from reports.figures.panels import panels, titled
from reports.figures.style import COLOURS, INK, styled
from reports.frames.order import by
from reports.read.experiments import Figure
from reports.text.wording import drawable

TITLE_LETTERS = 60  # of a panel
BAR_IN, BAR_FILLED = 0.2, 0.76  # height of a bar's row, and the share of it that the bar fills
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "++")  # colour is never the only distinction


@styled
def stack(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw one bar of stages per series, in panels for what else differs; a column per backend."""
    del look
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    made, grid = panels(
        [part["variant"].nunique() for _, part in parts], BAR_IN, len(backends), sharex="all"
    )
    for axes, here, _ in each_panel(grid, rows, TITLE_LETTERS):
        _bars(axes, here, figure)
    for axes in grid.flat:
        axes.set_xlim(left=0)
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=drawable(stage))
        for (stage, _), colour, hatch in zip(figure.stages, COLOURS, HATCHES, strict=False)
    ]
    made.legend(
        handles=handles,
        loc="outside lower left",
        title=f"ns per request; the line is {drawable(figure.whole)}",
        alignment="left",
        ncols=len(handles),
        frameon=False,
    )
    return titled(made, title)


def pieces(times: "pd.Series[float]", figure: Figure) -> list[float]:
    """The cost of each stage: its time minus that of the stage that it extends."""
    return [
        float(times.get(stage, 0.0)) - (float(times.get(less, 0.0)) if less else 0.0)
        for stage, less in figure.stages
    ]


def _bars(axes: Axes, part: pd.DataFrame, figure: Figure) -> None:
    series = list(part["variant"].unique())
    for at, variant in enumerate(series):
        times = part[part["variant"] == variant].set_index(AT)["centre"]
        left = 0.0
        for width, colour, hatch in zip(pieces(times, figure), COLOURS, HATCHES, strict=False):
            seen = max(width, 0.0)  # noise can make a cost negative
            axes.barh(at, seen, BAR_FILLED, left, color=colour, hatch=hatch, ec="white", lw=0.3)
            left += seen
        if figure.whole in times.index:
            ends = (at - BAR_FILLED / 2, at + BAR_FILLED / 2)
            axes.vlines(float(times[figure.whole]), *ends, color=INK, lw=2)
    axes.set_yticks(range(len(series)), [drawable(variant) for variant in series])
    axes.set_ylim(len(series) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
