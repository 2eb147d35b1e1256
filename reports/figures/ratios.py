"""Figures of dots in rows: one function per figure.

They take frames of ``reports.frames.tables`` with an added column ``cell``, which names a row.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.dots import STRIP_IN, Looks, dots, name_dots, row_height_in, strips
from reports.figures.panels import legend, panels, titled
from reports.figures.style import INK, QUIET, Look, styled
from reports.frames.answer import baseline_of
from reports.frames.backends import Agreement
from reports.frames.order import by
from reports.rounds.processes import CELL
from reports.text.wording import drawable

HISTOGRAMS, HISTOGRAM_IN, BINS = 2, 0.95, 60  # per row; height; bars of a histogram
DRAWN_SPAN = (0.5, 99.5)  # percentiles of the rounds: a few slow ones would leave a single bar
PLAIN_LOOK = Look(INK, "o", "full")  # of what is not a series


@styled
def ratio_to_baseline(ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the ratio to the baseline in every cell: a row per workload, a column per backend.

    All panels share one scale, so that columns can be compared.
    """
    backends = list(ratios["backend"].unique())
    figure, grid = _cell_panels(ratios, len(backends))
    for row, (workload, part) in zip(grid, by(ratios, "workload"), strict=True):
        cells = list(part["cell"].unique())
        for axes, backend in zip(row, backends, strict=True):
            dots(axes, part[part["backend"] == backend], look, cells)
            axes.set_title(drawable(workload if len(backends) == 1 else f"{workload}: {backend}"))
    scale = f"time of phase {drawable(ratios['phase'].iloc[0])} as a multiple of "
    scale += f"{baseline_of(ratios)}'s" + ", each backend's own" * (len(backends) > 1)
    if len(backends) == 1:
        name_dots(grid[0, 0], by(ratios, "workload")[0][1], look)
        grid[-1, 0].set_xlabel(scale)
    else:
        legend(figure, ratios, look, scale)
    return titled(figure, title)


@styled
def phases(ratios: pd.DataFrame, look: Looks, title: str) -> Figure:
    """Draw the candidates' ratio in every cell: a row of panels per backend, a column per phase."""
    names, backends = list(ratios["phase"].unique()), list(ratios["backend"].unique())
    of_backend = [part.drop_duplicates("variant") for _, part in by(ratios, "backend")]
    figure, grid = panels([len(part) for part in of_backend], STRIP_IN, len(names), sharex="all")
    for line, backend, part in zip(grid, backends, of_backend, strict=True):
        of_row = {row["variant"]: look[row["label"]] for row in part.to_dict("records")}
        for axes, phase in zip(line, names, strict=True):
            here = (ratios["backend"] == backend) & (ratios["phase"] == phase)
            strips(axes, ratios[here], "variant", of_row, list(of_row))
            axes.set_yticks(range(len(of_row)), [drawable(name) for name in of_row])
            axes.set_title(drawable(phase if len(backends) == 1 else f"{backend}: {phase}"))
    scale = f"time as a multiple of {baseline_of(ratios)}'s in the same phase, a dot a shape"
    figure.supxlabel(scale, fontsize=8.5)
    return titled(figure, title)


@styled
def control(ratios: pd.DataFrame, title: str) -> Figure:
    """Draw the ratio of the baseline's copy in every cell: a panel per phase, a row per backend."""
    names, backends = list(ratios["phase"].unique()), list(ratios["backend"].unique())
    figure, grid = panels([len(backends)], STRIP_IN, len(names), sharex="all")
    known = (ratios[["low", "high", "centre"]] - 1).abs()
    reach = 1.1 * float(np.nanmax(known.to_numpy(), initial=1e-4))
    for axes, phase in zip(grid[0], names, strict=True):
        part = ratios[ratios["phase"] == phase]
        strips(axes, part, "backend", dict.fromkeys(backends, PLAIN_LOOK), backends)
        axes.set_title(drawable(phase))
    grid[0, 0].set_xlim(1 - reach, 1 + reach)
    figure.supxlabel(f"time of the copy as a multiple of {baseline_of(ratios)}'s", fontsize=8.5)
    return titled(figure, title)


@styled
def rounds(found: pd.DataFrame, title: str) -> Figure:
    """Draw the rounds of a few ratios: one histogram per cell, with its centre and mean."""
    parts = [part for _, part in found.groupby([*CELL, "label"], observed=True, sort=False)]
    lines = (len(parts) + 1) // HISTOGRAMS
    figure, grid = panels([1] * lines, HISTOGRAM_IN, HISTOGRAMS, sharex="none", sharey="none")
    for axes in grid.flat[len(parts) :]:
        axes.set_visible(False)
    for axes, part in zip(grid.flat, parts, strict=False):
        first = part.iloc[0]
        low, high = np.percentile(part["ratio"], DRAWN_SPAN)
        axes.hist(part["ratio"], np.linspace(low, high, BINS), histtype="stepfilled", color=QUIET)
        axes.axvspan(first["low"], first["high"], color=INK, alpha=0.25, lw=0)
        axes.axvline(first["centre"], color=INK, lw=1.2)
        axes.axvline(first["mean"], color=INK, lw=1.2, ls="--")
        where = f"{first['workload']}/{first['cell']}/{first['phase']}"
        axes.set_title(f"{drawable(where)}\n{drawable(first['label'])}", fontsize=7.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    figure.supxlabel(
        "ratio to the baseline in one round; solid: centre and its interval, dashed: mean",
        fontsize=8.5,
    )
    return titled(figure, title)


@styled
def between_backends(
    across: pd.DataFrame, agreements: Sequence[Agreement], look: Looks, title: str
) -> Figure:
    """Draw the ratio of one backend to another in every cell: one panel per pair and phase."""
    names = list(across["phase"].unique())
    parts = by(across.assign(row=across["strategy"] + "\n" + across["forms"]), "pair")
    rows = [part.drop_duplicates("row").set_index("row")["first"] for _, part in parts]
    figure, grid = panels([len(firsts) for firsts in rows], STRIP_IN, len(names), sharex="all")
    for line, (pair, part), firsts in zip(grid, parts, rows, strict=True):
        of_row = {str(row): look[first] for row, first in firsts.items()}
        ticks = ["\n".join(map(drawable, row.split("\n"))) for row in of_row]
        for axes, phase in zip(line, names, strict=True):
            strips(axes, part[part["phase"] == phase], "row", of_row, list(of_row))
            axes.set_yticks(range(len(ticks)), ticks, fontsize=6.5)
            for one in agreements:
                if (one.pair, one.phase) == (pair, phase):
                    axes.set_title(f"{drawable(pair)}, {phase}: mean {one.mean:.3f}")
                    _draw_limits(axes, one)
    scale = "ratio of the times, one dot per cell; dashed: the accepted limits"
    figure.supxlabel(scale, fontsize=8.5)
    return titled(figure, title)


def _cell_panels(frame: pd.DataFrame, columns: int) -> tuple[Figure, np.ndarray]:
    """A figure with one row of panels per workload, high enough for its cells."""
    cells = [part["cell"].nunique() for _, part in by(frame, "workload")]
    return panels(cells, row_height_in(frame["variant"].nunique()), columns, sharex="all")


def _draw_limits(axes: Axes, agreement: Agreement) -> None:
    """Draw the accepted limits of a pair of backends, and their geometric mean."""
    for limit in (agreement.limit, 1 / agreement.limit):
        axes.axvline(limit, color=QUIET, lw=0.8, ls="--", zorder=1)
    axes.axvline(agreement.mean, color=QUIET, lw=2.4, alpha=0.35, zorder=1)
