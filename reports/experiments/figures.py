"""The kinds of figures that experiments may ask for: how each is drawn and read."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawn

from reports.experiments.axes import AT, PANEL, RATE, each_panel
from reports.experiments.draws import slow_text
from reports.experiments.stages import stack
from reports.figures.curves import lines_over
from reports.figures.dots import BARS, Looks, dots, row_height_in
from reports.figures.panels import legend, panels, titled
from reports.figures.style import INK, WIDTH_IN, Look, styled
from reports.frames.answer import baseline_of
from reports.frames.order import by
from reports.read.experiments import Experiment, Figure
from reports.text.wording import drawable

PANEL_HEIGHT_IN, BAR_IN = 1.9, 0.17
REACH_MIN = 0.05  # of the highest centre; less is not worth a panel
NAME_LETTERS = 48  # of a panel
DRAW_IN = 0.16  # height of a row of draws
DRAWN_SPAN, SCALE_END = (0.7, 2.0), 2.6  # interruptions lie beyond; the rest is for text
OVER_MEDIAN = "time of a draw over the median of its process"
UNITS = {"ns": "ns per request", RATE: "millions of requests per second", "position": OVER_MEDIAN}
FROM_ZERO = ("ns", RATE)  # values whose axes begin at 0; others are drawn around 1
WORDS = {
    "ratio": "Ratio to the baseline",
    "ns": "Nanoseconds per request",
    RATE: "Millions of requests per second",
    "position": "Median draw, over that of all,",
}


@dataclass(frozen=True)
class Kind:
    """A kind of figure."""

    draw: Callable[[pd.DataFrame, Figure, Looks, str], Drawn]
    caption: Callable[[Figure, Experiment], str]


@styled
def curve(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw lines over an axis: a row of panels per other axes, a column per backend."""
    rows = rows.assign(swept=pd.to_numeric(rows[AT])).sort_values("swept", kind="stable")
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    made = Drawn(figsize=(WIDTH_IN, len(parts) * PANEL_HEIGHT_IN + 1.1))
    grid = made.subplots(len(parts), len(backends), sharex="all", sharey="row", squeeze=False)
    for axes, here, _ in each_panel(grid, rows, NAME_LETTERS):
        lines_over(axes, here, look, dashed=True)
    for line, (_, part) in zip(grid, parts, strict=True):
        line[0].set_ylabel(_scale(figure, part), fontsize=7.5)
        line[0].set_ylim(_reach(part))
    _level(grid, figure)
    for axes in grid[-1]:
        axes.set_xlabel(drawable(figure.per or figure.axis))
    legend(made, rows, look, "", ls="-")
    return titled(made, title)


@styled
def bars(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw a few values of an axis, one row each, in panels as above: one dot per series."""
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    row_in = row_height_in(max(part["variant"].nunique() for _, part in parts))
    made, grid = panels(
        [part[AT].nunique() for _, part in parts], row_in, len(backends), sharex="all"
    )
    for axes, here, part in each_panel(grid, rows, NAME_LETTERS):
        dots(axes, here.assign(cell=here[AT]), look, list(part[AT].unique()), ratios=False)
    for axes in grid[:, 0]:
        axes.set_ylabel(drawable(figure.per or figure.axis), fontsize=7)
    _level(grid, figure)
    legend(made, rows, look, _scale(figure, rows))
    return titled(made, title)


@styled
def series(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw one bar per series with its name: a row of panels per cell, a column per backend."""
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    counts = [part[AT].nunique() for _, part in parts]
    made, grid = panels(counts, BAR_IN, len(backends), sharex="row")
    for axes, here, part in each_panel(grid, rows, NAME_LETTERS):
        names = list(part[AT].unique())
        for row in here.to_dict("records"):
            _bar(axes, row, names.index(row[AT]), look[row["label"]])
        axes.set_yticks(range(len(names)), [drawable(name) for name in names], fontsize=7)
        axes.set_ylim(len(names) - 0.5, -0.5)
    _level(grid, figure)
    for axes in grid[-1]:
        axes.set_xlabel(_scale(figure, rows), fontsize=7.5)
    return titled(made, title)


@styled
def draws(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw the spread of draws: one row per series, a panel per cell, one column per backend."""
    del figure
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    names = list(rows["variant"].unique())
    made, grid = panels([len(names)] * len(parts), DRAW_IN, len(backends), sharex="all")
    for axes, here, _ in each_panel(grid, rows, NAME_LETTERS):
        for row in here.to_dict("records"):
            _draw_spread(axes, row, names.index(row["variant"]), look)
        axes.axvline(1, color=INK, lw=0.9, ls=":")
        axes.set_xlim(DRAWN_SPAN[0], SCALE_END)
        axes.set_yticks(range(len(names)), [drawable(name) for name in names], fontsize=6.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
    made.supxlabel(OVER_MEDIAN, fontsize=8.5)
    return titled(made, title)


def _draw_spread(axes: Axes, row: Mapping[Hashable, Any], y: int, look: Looks) -> None:
    colour = look[row["label"]].colour
    for low, high, width in (("p01", "p99", 0.8), ("p05", "p95", 2.4), ("p25", "p75", 5.0)):
        ends = np.clip([row[low], row[high]], *DRAWN_SPAN)
        axes.plot(ends, [y, y], color=colour, lw=width, solid_capstyle="butt")
    right = axes.get_yaxis_transform()
    axes.text(0.995, y, slow_text(row), transform=right, fontsize=5.5, ha="right", va="center")


def _bar(axes: Axes, row: Mapping[Hashable, Any], at: int, look: Look) -> None:
    """Draw a value as a bar from zero with its interval, and its number."""
    ends = [[row["centre"] - row["low"]], [row["high"] - row["centre"]]]
    axes.barh(at, row["centre"], 0.72, color=look.colour, alpha=0.3, lw=0)
    axes.errorbar(row["centre"], at, xerr=None if pd.isna(row["low"]) else ends, color=INK, lw=1)
    axes.annotate(
        f"{row['centre']:.3g}",
        (row["centre"], at),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=6.5,
    )


def _reach(part: pd.DataFrame) -> tuple[float, float]:
    """The range of a panel: all centres, and as much of the intervals as stays legible."""
    low, high = float(part["centre"].min()), float(part["centre"].max())
    room = max(high - low, REACH_MIN * high)
    ends = part[["low", "high"]].clip(low - room, high + room)
    least, most = ends["low"].min(), ends["high"].max()
    least, most = (low if pd.isna(least) else least), (high if pd.isna(most) else most)
    return min(low, least) - 0.1 * room, max(high, most) + 0.1 * room


def _level(grid: Any, figure: Figure) -> None:
    """Draw the line of the baseline, or begin at zero, once the ranges of all panels are known."""
    upright = figure.kind == "curve"
    for axes in grid.flat:
        if figure.value not in FROM_ZERO:
            line = axes.axhline if upright else axes.axvline
            line(1, color=INK, lw=0.9, ls=":")
        elif upright:
            axes.set_ylim(bottom=0)
        else:
            axes.set_xlim(left=0)


def _scale(figure: Figure, rows: pd.DataFrame) -> str:
    return f"ratio to {baseline_of(rows)}" if figure.value == "ratio" else UNITS[figure.value]


def _read(figure: Figure, experiment: Experiment) -> str:
    """How to read a figure of the experiment."""
    what = WORDS[figure.value]
    over = figure.per or figure.axis
    what += f" over {over}" if over else ", one bar per series"
    return f"{what}. {experiment.note} {BARS}".replace("  ", " ")


def _read_curve(figure: Figure, experiment: Experiment) -> str:
    """The same, and what a panel does not show."""
    return f"{_read(figure, experiment)} An interval that leaves its panel is wider still."


def _read_draws(figure: Figure, experiment: Experiment) -> str:
    del figure
    return (
        f"Time of single draws over the median of their process: 50 % of them lie in the broad "
        f"bar, 90 % in the narrow one, 98 % on the line, as far as below {DRAWN_SPAN[1]:g}. "
        f"At the right the share of slow draws, and the extra time of the median one. "
        f"{experiment.note}"
    )


KINDS: Mapping[str, Kind] = {
    "curve": Kind(curve, _read_curve),
    "bars": Kind(bars, _read),
    "series": Kind(series, _read),
    "stack": Kind(stack, _read),
    "draws": Kind(draws, _read_draws),
}
