"""The figures of a report: one function a figure, each of the series of one backend.

Their frames are those of ``reports.tables`` with a column ``cell``, which names a row.
"""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reports import wording
from reports.drawing import INK, QUIET, WIDTH_IN, Look, dots, name_dots, row_height_in, styled
from reports.tables import estimate_of
from reports.wording import drawable

HEAD_IN, PANEL_IN = 0.8, 0.35  # height of title and scale; of what a panel adds to its rows
LOG_SPAN = 16  # a sweep over more than this factor has a scale of powers of two
TITLE_LETTERS = 84  # in a line of a figure's title
NAME_GAP = 0.075  # of a panel's height, between names at the ends of lines
Looks = Mapping[str, Look]


@styled
def ratio_to_baseline(ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the candidates' ratio to the baseline in every cell, a panel a workload."""
    figure, grid = _panels(ratios, [ratios["phase"].iloc[0]])
    for axes, (workload, part) in zip(grid[:, 0], _by(ratios, "workload"), strict=True):
        dots(axes, part, look)
        axes.set_title(drawable(workload))
    name_dots(grid[0, 0], _by(ratios, "workload")[0][1], look)
    phase = drawable(ratios["phase"].iloc[0])
    grid[-1, 0].set_xlabel(f"time of phase {phase} as a multiple of {_baseline(ratios)}'s")
    return _titled(figure, title)


@styled
def phases(ratios: pd.DataFrame, baseline_ns: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the candidates' ratio in every phase, and at the edge the baseline's nanoseconds."""
    names = list(ratios["phase"].unique())
    figure, grid = _panels(ratios, names)
    for row, (workload, part) in zip(grid, _by(ratios, "workload"), strict=True):
        for axes, phase in zip(row, names, strict=True):
            dots(axes, part[part["phase"] == phase], look, list(part["cell"].unique()))
            axes.set_title(drawable(f"{workload}: {phase}"))
            here = (baseline_ns["workload"] == workload) & (baseline_ns["phase"] == phase)
            _write_ns(axes, baseline_ns[here], list(part["cell"].unique()))
    scale = f"multiple of {_baseline(ratios)}'s time, which stands beside each row in ns"
    _legend(figure, ratios, look, scale)
    return _titled(figure, title)


@styled
def control(ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the ratio of the baseline's copy to the baseline in every cell, a panel a phase."""
    names = list(ratios["phase"].unique())
    figure, grid = _panels(ratios, names)
    known = ratios[["low", "high", "centre"]] - 1
    reach = 1.1 * float(np.nanmax(known.abs().to_numpy(), initial=1e-4))
    for row, (workload, part) in zip(grid, _by(ratios, "workload"), strict=True):
        for axes, phase in zip(row, names, strict=True):
            dots(axes, part[part["phase"] == phase], look, list(part["cell"].unique()))
            axes.set_title(drawable(f"{workload}: {phase}"))
            axes.set_xlim(1 - reach, 1 + reach)
    figure.supxlabel(f"time of the copy as a multiple of {_baseline(ratios)}'s", fontsize=8.5)
    return _titled(figure, title)


@styled
def sweep(per_descriptor: pd.DataFrame, ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw every sweep: above nanoseconds per descriptor, below the ratio to the baseline."""
    workloads = list(per_descriptor["workload"].unique())
    figure = Figure(figsize=(WIDTH_IN, 5.4))
    grid = figure.subplots(2, len(workloads), sharex="col", sharey="row", squeeze=False)
    for column, workload in zip(grid.T, workloads, strict=True):
        for axes, frame in zip(column, (per_descriptor, ratios), strict=True):
            _lines(axes, frame[frame["workload"] == workload], look)
        swept = per_descriptor.loc[per_descriptor["workload"] == workload, "sweep"].iloc[0]
        column[0].set_title(drawable(workload))
        column[1].axhline(1, color=INK, lw=0.9, ls=":")
        column[1].set_xlabel(f"{drawable(swept)} of a request")
    grid[0, 0].set_ylabel("ns per descriptor")
    grid[0, 0].set_ylim(bottom=0)
    grid[1, 0].set_ylabel(f"ratio to {_baseline(ratios)}")
    for axes, frame in zip(grid[:, -1], (per_descriptor, ratios), strict=True):
        _name_lines(axes, frame[frame["workload"] == workloads[-1]], look)
    return _titled(figure, title)


def _panels(frame: pd.DataFrame, columns: list[str]) -> tuple[Figure, np.ndarray]:
    """Return a figure with a row of panels a workload, as high as its cells ask for."""
    cells = [part["cell"].nunique() for _, part in _by(frame, "workload")]
    row = row_height_in(frame["label"].nunique())
    height = HEAD_IN + sum(PANEL_IN + count * row for count in cells)
    figure = Figure(figsize=(WIDTH_IN, height))
    grid = figure.subplots(
        len(cells),
        len(columns),
        sharex="col",
        sharey="row",
        squeeze=False,
        height_ratios=[count * row + 0.1 for count in cells],
    )
    for axes in grid.flat:
        axes.xaxis.set_major_locator(MaxNLocator(12 // len(columns), steps=[1, 2, 5, 10]))
    return figure, grid


def _by(frame: pd.DataFrame, key: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the frame's parts in the file's order."""
    return [(str(name), part) for name, part in frame.groupby(key, observed=True, sort=False)]


def _baseline(ratios: pd.DataFrame) -> str:
    """Return the name of what the ratios are to."""
    return drawable(ratios.loc[ratios["processes"] > 0, "against"].iloc[0])


def _titled(figure: Figure, title: str) -> Figure:
    """Put the title over the figure, from its left edge."""
    lines = [textwrap.fill(line, TITLE_LETTERS) for line in title.splitlines()]
    figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=9.5, weight="bold")
    return figure


def _legend(figure: Figure, frame: pd.DataFrame, look: Looks, scale: str) -> None:
    """Name scale and series under the panels, which are too narrow for names beside dots."""
    labels = [label for label in look if label in set(frame["label"])]
    handles = [Line2D([], [], ls="", label=drawable(at), **look[at].plot()) for at in labels]
    figure.legend(
        handles=handles,
        loc="outside lower left",
        title=scale,
        alignment="left",
        ncols=3,
        frameon=False,
        labelcolor="linecolor",
    )


def _write_ns(axes: Axes, baseline_ns: pd.DataFrame, cells: list[str]) -> None:
    """Write the baseline's time at the right edge of each row."""
    for row in baseline_ns.to_dict("records"):
        found = estimate_of(row)
        axes.text(
            1.02,
            cells.index(row["cell"]),
            wording.time(found) if found else "",
            color=QUIET,
            fontsize=6.5,
            va="center",
            transform=axes.get_yaxis_transform(),
        )


def _lines(axes: Axes, frame: pd.DataFrame, look: Looks) -> None:
    """Draw a line a series over the sweep, with the interval of each point."""
    for label, part in _by(frame[frame["processes"] > 0], "label"):
        ends = [part["centre"] - part["low"], part["high"] - part["centre"]]
        axes.errorbar(
            part["swept"],
            part["centre"],
            yerr=None if part["low"].isna().any() else ends,
            lw=1.1,
            elinewidth=1.2,
            **look[label].plot(),
        )
    least, most = frame["swept"].min(), frame["swept"].max()
    if least >= 1 and most / least >= LOG_SPAN:
        ticks = 2 ** np.arange(np.ceil(np.log2(least)), np.log2(most) + 1, 1)
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()


def _name_lines(axes: Axes, frame: pd.DataFrame, look: Looks) -> None:
    """Write each series' name at its line's end, moved apart where ends are close."""
    low, high = axes.get_ylim()
    last = frame[frame["processes"] > 0].drop_duplicates("label", keep="last")
    below = -np.inf
    for row in last.sort_values("centre").to_dict("records"):
        place = max((row["centre"] - low) / (high - low), below + NAME_GAP)
        below = place
        axes.text(
            1.03,
            place,
            drawable(row["label"]),
            color=look[row["label"]].colour,
            fontsize=7.5,
            va="center",
            transform=axes.transAxes,
        )
