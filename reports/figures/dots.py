"""Dots with their intervals: one row per cell, or one row for all cells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from reports.figures.style import FAINT, INK, Look
from reports.text.wording import drawable

SERIES_IN, ROW_GAP_IN = 0.13, 0.09  # height of a series in a row, and of the gap between rows
STRIP_IN = 0.34  # height of a row for all cells
STRIP_FILLED = 0.8  # share of such a row that its dots fill
TICK = 0.05  # half the height of a dot in it
DIRECT_LABEL_PT = 6  # between a dot and its name

BARS = "Bars are 95 % intervals; one that cannot be seen is shorter than its mark is wide."
Looks = Mapping[str, Look]


def row_height_in(series: int) -> float:
    """The height of a row of dots, in inches."""
    return SERIES_IN * series + ROW_GAP_IN


def dots(
    axes: Axes,
    frame: pd.DataFrame,
    look: Looks,
    cells: Sequence[str],
    *,
    ratios: bool = True,
) -> None:
    """Draw one row per cell, from the top, with a dot and interval per series."""
    places = {cell: at for at, cell in enumerate(cells)}
    for label, shift, part in _by_label(frame, look):
        y = part["cell"].map(places).astype(float) + shift
        known = part["processes"] > 0
        intervals(axes, part[known], y[known], look[label])
        for at in y[~known]:
            _write_missing(axes, part["variant"].iloc[0], at, look[label])
    rows(axes, [drawable(cell) for cell in cells], ratios=ratios)


def name_dots(axes: Axes, frame: pd.DataFrame, look: Looks) -> None:
    """Write each series' name next to its dot in the first cell that has it."""
    cells = list(frame["cell"].unique())
    middle = sum(axes.get_xlim()) / 2
    for label, shift, part in _by_label(frame, look):
        known = part[part["processes"] > 0]
        if known.empty:
            continue
        row = known.iloc[0]
        y = cells.index(row["cell"]) + shift
        right = row["centre"] < middle
        end = row["centre"] if pd.isna(row["low"]) else row["high" if right else "low"]
        axes.annotate(
            drawable(row["variant"]),
            (end, y),
            color=look[label].colour,
            fontsize=7.5,
            va="center",
            ha="left" if right else "right",
            textcoords="offset points",
            xytext=(DIRECT_LABEL_PT if right else -DIRECT_LABEL_PT, 0),
        )


def strips(axes: Axes, frame: pd.DataFrame, key: str, look: Looks, names: Sequence[str]) -> None:
    """Draw one row per value of ``key``, with one small dot per cell, in order from the top."""
    for at, name in enumerate(names):
        part = frame[(frame[key] == name) & (frame["processes"] > 0)]
        if part.empty:
            continue
        steps = pd.Series(range(len(part)), part.index)
        y = at + ((steps + 0.5) / len(part) - 0.5) * STRIP_FILLED
        _ticks(axes, part, y, look[name])
    rows(axes, list(names))


def strokes(axes: Axes, x: ArrayLike, y: ArrayLike, **drawn: Any) -> None:
    """Draw many strokes, each a row of ``x`` and ``y``, as one element of a figure's file."""
    ends = (np.asarray(values, dtype=np.float64) for values in (x, y))
    parted = (np.column_stack([one, np.full(len(one), np.nan)]).ravel() for one in ends)
    axes.plot(*parted, solid_capstyle="butt", **drawn)


def intervals(
    axes: Axes, known: pd.DataFrame, y: "pd.Series[float]", look: Look, **more: float
) -> None:
    """Draw dots at these heights, each with its interval."""
    if known.empty:
        return
    ends = [known["centre"] - known["low"], known["high"] - known["centre"]]
    drawn = {"ls": "", "elinewidth": 1.4, **look.plot(), **more}
    axes.errorbar(known["centre"], y, xerr=None if known["low"].isna().any() else ends, **drawn)


def rows(axes: Axes, names: Sequence[str], *, ratios: bool = True) -> None:
    """Shade every other row and name the rows; for ratios, draw a line at 1."""
    for at in range(0, len(names), 2):
        axes.axhspan(at - 0.5, at + 0.5, color=FAINT, alpha=0.6, lw=0, zorder=0)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    if ratios:
        axes.axvline(1, color=INK, lw=0.9, ls=":", zorder=1)


def _ticks(axes: Axes, part: pd.DataFrame, y: "pd.Series[float]", look: Look) -> None:
    """Draw a small tick at each centre, and its interval."""
    tick = TICK * STRIP_FILLED
    strokes(
        axes,
        part[["centre", "centre"]],
        np.column_stack([y - tick, y + tick]),
        color=look.colour,
        lw=1.1,
    )
    known = part["low"].notna()
    ends, level = part.loc[known, ["low", "high"]], np.column_stack([y[known], y[known]])
    strokes(axes, ends, level, color=look.colour, lw=0.7)


def _by_label(frame: pd.DataFrame, look: Looks) -> Iterator[tuple[str, float, pd.DataFrame]]:
    """Yield each label in the order of the looks, its offset below the middle, and its rows."""
    parts = dict(list(frame.groupby("label", observed=True, sort=False)))
    labels = [label for label in look if label in parts]
    for at, label in enumerate(labels):
        yield label, (at - (len(labels) - 1) / 2) * 0.8 / max(len(labels), 3), parts[label]


def _write_missing(axes: Axes, name: str, y: float, look: Look) -> None:
    axes.text(
        0.99,
        y,
        f"{drawable(name)}: missing",
        color=look.colour,
        fontsize=6.5,
        style="italic",
        ha="right",
        va="center",
        transform=axes.get_yaxis_transform(),
    )
