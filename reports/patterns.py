"""The kinds of figures that experiments may ask for: how each is drawn and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawn
from numpy import arange

from reports.asked import Asked, Figure
from reports.axes import AT, PANEL
from reports.curves import lines_over
from reports.drawing import INK, WIDTH_IN, styled
from reports.marks import Looks
from reports.panels import baseline_of, by, legend, titled
from reports.wording import drawable

BARS = "Bars are 95 % intervals; where none is seen it is shorter than the mark is wide."
PANEL_HEIGHT_IN, BAR_IN = 1.9, 0.13


@dataclass(frozen=True)
class Kind:
    """A kind of figure."""

    draw: Callable[[pd.DataFrame, Figure, Looks, str], Drawn]
    caption: Callable[[Figure, Asked], str]


@styled
def curve(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw lines over an axis: a row of panels for what else differs, a column a backend."""
    rows = rows.assign(swept=pd.to_numeric(rows[AT])).sort_values("swept", kind="stable")
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    made = Drawn(figsize=(WIDTH_IN, len(parts) * PANEL_HEIGHT_IN + 1.1))
    grid = made.subplots(len(parts), len(backends), sharex="all", sharey="row", squeeze=False)
    for line, (name, part) in zip(grid, parts, strict=True):
        for axes, backend in zip(line, backends, strict=True):
            lines_over(axes, part[part["backend"] == backend], look, dashed=True)
            axes.set_title(drawable(f"{name}, {backend}"), fontsize=7.5)
            _level(axes, figure)
        line[0].set_ylabel(_scale(figure, part), fontsize=7.5)
    for axes in grid[-1]:
        axes.set_xlabel(drawable(figure.per or figure.axis))
    legend(made, rows, look, "", ls="-")
    return titled(made, title)


@styled
def bars(rows: pd.DataFrame, figure: Figure, look: Looks, title: str) -> Drawn:
    """Draw a bar a series at each value of an axis, in panels as above."""
    parts, backends = by(rows, PANEL), list(rows["backend"].unique())
    counts = [
        part.drop_duplicates([AT, "variant"]).shape[0] + part[AT].nunique() for _, part in parts
    ]
    made = Drawn(figsize=(WIDTH_IN, sum(0.45 + BAR_IN * count for count in counts) + 0.9))
    grid = made.subplots(
        len(parts), len(backends), sharex="all", sharey="row", squeeze=False, height_ratios=counts
    )
    for line, (name, part) in zip(grid, parts, strict=True):
        for axes, backend in zip(line, backends, strict=True):
            _bars(axes, part[part["backend"] == backend], list(part[AT].unique()), look)
            axes.set_title(drawable(f"{name}, {backend}"), fontsize=7.5)
            _level(axes, figure)
    for axes in grid[-1]:
        axes.set_xlabel(_scale(figure, rows), fontsize=7.5)
    legend(made, rows, look, "", ls="-")
    return titled(made, title)


def _bars(axes: Axes, part: pd.DataFrame, places: list[str], look: Looks) -> None:
    """Draw the bars of one panel, a group a value of the axis, from the top."""
    variants = list(part["variant"].unique())
    step = 1 / (len(variants) + 1)
    for row in part.to_dict("records"):
        at = places.index(row[AT]) + (variants.index(row["variant"]) + 1) * step - 0.5
        shown = look[row["label"]]
        axes.barh(at, row["centre"], step * 0.8, color=shown.colour, alpha=0.35, edgecolor="none")
        ends = [[row["centre"] - row["low"]], [row["high"] - row["centre"]]]
        axes.errorbar(row["centre"], at, xerr=None if pd.isna(row["low"]) else ends, **shown.plot())
    axes.set_yticks(arange(len(places)), [drawable(str(place), 24) for place in places])
    axes.set_ylim(len(places) - 0.5, -0.5)


def _level(axes: Axes, figure: Figure) -> None:
    """Draw where the baseline is, or begin at zero."""
    if figure.value == "ratio" and figure.kind == "curve":
        axes.axhline(1, color=INK, lw=0.9, ls=":")
    elif figure.value == "ratio":
        axes.axvline(1, color=INK, lw=0.9, ls=":")
    elif figure.kind == "curve":
        axes.set_ylim(bottom=0)


def _scale(figure: Figure, rows: pd.DataFrame) -> str:
    return f"ratio to {baseline_of(rows)}" if figure.value == "ratio" else "ns per request"


def _read(figure: Figure, asked: Asked) -> str:
    """Return how to read a figure of the experiment."""
    what = "Ratio to the baseline" if figure.value == "ratio" else "Nanoseconds per request"
    over = figure.per or figure.axis
    return f"{what} over {over}. {asked.note} {BARS}".replace("  ", " ")


KINDS: Mapping[str, Kind] = {"curve": Kind(curve, _read), "bars": Kind(bars, _read)}
