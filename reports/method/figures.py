"""The figures of docs/method.md: one function each."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, NullFormatter

from reports.figures.style import COLOURS, DASHES, FAINT, INK, MARKERS, PAPER, WIDTH_IN, styled
from reports.method.agreement import deviations
from reports.method.digest import RATIO_KEYS, STOCK
from reports.method.moves import TURN, TURN_US
from reports.method.reach import QUIET

TURN_CELLS = ("max-read", "seg-64", "4k-read")  # long, medium, short lists
STUDIES = ("quiet", "alone", "busy", "bandwidth", "fixed", STOCK)


@styled
def turn_length(centres: pd.DataFrame) -> Figure:
    """Draw each layout's ratio over the length of a turn: one panel per shape and backend."""
    length = centres["study"].str.extract(TURN)[0].astype(float)
    known = centres[length.notna() & (centres["role"] == "candidate")].assign(us=length)
    cells = [shape for shape in TURN_CELLS if (known["shape"] == shape).any()]
    parts = known["label"].str.rpartition("@")
    known = known.assign(variant=parts[0], backend=parts[2])
    backends = list(known["backend"].unique())
    figure = Figure(figsize=(WIDTH_IN, 1.9 * max(1, len(cells)) + 0.5))
    grid = figure.subplots(
        max(1, len(cells)), max(1, len(backends)), squeeze=False, sharex=True, sharey="row"
    )
    variants = list(known["variant"].unique())
    for row, shape in zip(grid, cells, strict=False):
        for axes, backend in zip(row, backends, strict=True):
            part = known[(known["shape"] == shape) & (known["backend"] == backend)]
            for at, variant in enumerate(variants):
                _curve(axes, part[part["variant"] == variant], at, variant)
            _log(axes)
            axes.set_title(f"{shape}: {backend}")
            axes.axvline(TURN_US, color=FAINT, lw=5, zorder=0)
    for axes in grid[-1]:
        axes.set_xlabel("length of a turn in us (grey: the length in runs)")
    figure.supylabel("ratio to the baseline, % off that at 100 us", fontsize=8.5)
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False, fontsize=7.5)
    return figure


def _curve(axes: Axes, rows: pd.DataFrame, at: int, name: str) -> None:
    rows = rows.sort_values("us")
    base = rows.loc[rows["us"] == TURN_US, "centre"]
    if base.empty:
        return
    percent = 100 * (rows["centre"] / float(base.iloc[0]) - 1)
    half = 50 * (rows["high"] - rows["low"])
    axes.errorbar(
        rows["us"], percent, half, label=name, color=COLOURS[at % len(COLOURS)], lw=1,
        ls=DASHES[at % len(DASHES)], marker=MARKERS[at % len(MARKERS)], ms=3.5, elinewidth=0.7,
    )  # fmt: skip
    axes.axhline(0, color=INK, lw=0.6, ls=":")


@styled
def run_spread(centres: pd.DataFrame) -> Figure:
    """Draw the spread over whole runs of every ratio, one row per condition; lines are medians."""
    off = deviations(centres)
    rows = [(study, role) for study in STUDIES for role in ("candidate", "control")]
    there = [key for key in rows if ((off["study"] == key[0]) & (off["role"] == key[1])).any()]
    figure = Figure(figsize=(WIDTH_IN, 0.36 * len(there) + 0.7))
    axes = figure.subplots()
    draw = np.random.default_rng(1)  # of heights only, so that dots do not hide each other
    for at, (study, role) in enumerate(there):
        percent = off.loc[(off["study"] == study) & (off["role"] == role), "percent"]
        colour = COLOURS[0] if role == "candidate" else INK
        heights = at + draw.uniform(-0.3, 0.3, len(percent))
        axes.plot(percent, heights, ".", ms=3, color=colour, alpha=0.5, mec=PAPER, mew=0.2)
        axes.plot([percent.median()] * 2, [at - 0.4, at + 0.4], color=INK, lw=1.6)
    names = [f"{study}: {'A/A' if role == 'control' else 'ratios'}" for study, role in there]
    axes.set_yticks(range(len(there)), names)
    axes.set_ylim(len(there) - 0.5, -0.5)
    _log(axes)
    axes.set_xlabel("standard deviation over whole runs, %")
    return figure


@styled
def against_stock(centres: pd.DataFrame) -> Figure:
    """Draw what minutes of pyperf's Runner and of ours report: a panel per cell, a dot per run."""
    stock = centres[centres["study"] == STOCK]
    ours = centres[centres["study"] == QUIET]
    cells = stock[["workload", "shape", "phase"]].drop_duplicates().to_dict("records")
    figure = Figure(figsize=(WIDTH_IN, 2.4))
    grid = figure.subplots(1, max(1, len(cells)), squeeze=False)
    for axes, cell in zip(grid[0], cells, strict=False):
        labels = [
            key["label"]
            for key in _of(stock, cell)[RATIO_KEYS].drop_duplicates().to_dict("records")
        ]
        for at, label in enumerate(labels):
            for shift, (name, found) in enumerate((("pyperf", stock), ("ours", ours))):
                part = _of(found, cell)
                ratios = part.loc[part["label"] == label, "centre"]
                places = np.full(len(ratios), at + 0.3 * shift - 0.15)
                look = {"color": COLOURS[1 - shift], "marker": "ox"[shift], "fillstyle": "none"}
                axes.plot(places, ratios, ls="", ms=4, label=name * (not at), **look)
        axes.set_xticks(range(len(labels)), [label.rpartition("@")[0] for label in labels])
        axes.tick_params(axis="x", labelsize=6.5, rotation=12)
        axes.set_title("/".join(cell.values()))
    grid[0, 0].set_ylabel("ratio to the baseline")
    if cells:
        grid[0, 0].legend(frameon=False, fontsize=7.5)
    return figure


def _log(axes: Axes) -> None:
    """Make the x axis logarithmic, with plain numbers."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _of(found: pd.DataFrame, cell: Mapping[Hashable, str]) -> pd.DataFrame:
    here = [found[key].astype(str) == value for key, value in cell.items()]
    return found[np.logical_and.reduce(here)]
