"""The power curve: the share of gates that find a slowdown, by the model and in slowed runs.

One panel for each kind of processor.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from reports.figures.style import COLOURS, DASHES, FAINT, INK, MARKERS, QUIET, WIDTH_IN, styled
from reports.gate.power.kept import Kept, Model, Runs, ends, seen

AIMS = ((1.0, 0.95), (2.0, 0.99))  # per cent slower, share of runs
APART = 0.03  # per cent: offset between dots of one size
SLOWEST = 2.5  # per cent, of the axis


@styled
def power(kinds: Sequence[Kept]) -> Figure:
    """Draw one panel per kind, all on one scale."""
    figure = Figure(figsize=(WIDTH_IN, 3.6))
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, kept in zip(panels, kinds, strict=True):
        _panel(axes, kept.studies, kept.model)
        axes.set_title(kept.kind, fontsize=9)
    panels[0].yaxis.set_major_formatter(PercentFormatter(1.0))
    panels[0].set_ylabel("gates that call it slower")
    labelled = dict(zip(*reversed(panels[0].get_legend_handles_labels()), strict=True))
    for axes in panels[1:]:
        labelled |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(
        labelled.values(), labelled.keys(), loc="outside lower center", ncols=3, frameon=False,
        fontsize=7.5,
    )  # fmt: skip
    return figure


def _panel(axes: Axes, studies: dict[str, Runs], model: Model) -> None:
    """Draw a line for each kind of gate and its worst cell, and a dot for each study."""
    for at, case in enumerate(model.cases):
        percent = [100 * point.slowdown for point in case.curve]
        found = np.array([point.found for point in case.curve])
        look: dict[str, Any] = {"color": COLOURS[at], "ls": DASHES[at]}
        axes.plot(percent, found.mean(axis=1), label=f"{case.name}, a drawn cell", **look)
        axes.plot(percent, found.min(axis=1), lw=0.7, label=f"{case.name}, worst cell", **look)
    for (full, name), runs in by_kind(studies).items():
        for added, some in runs.items():
            count = sum(map(seen, some))
            low, high = ends(count, len(some))
            share = count / len(some)
            axes.errorbar(
                100 * added + APART * full, share, [[share - low], [high - share]],
                color=COLOURS[full], capsize=2, marker=MARKERS[full], ms=5, ls="",
                label=name if added == min(runs) else None,
            )  # fmt: skip
    axes.plot(*zip(*AIMS, strict=True), "+", color=INK, ms=9, label="aim")
    axes.axvline(0.5, color=FAINT, lw=4, zorder=0)
    axes.annotate("band", (0.5, 0.02), color=QUIET, ha="center", fontsize=7.5)
    axes.set_xlim(0, SLOWEST)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("one cell's head is slower by, %")


def by_kind(studies: dict[str, Runs]) -> dict[tuple[bool, str], dict[float, Runs]]:
    """Slowed runs by kind of gate and size."""
    kinds: dict[tuple[bool, str], dict[float, Runs]] = {}
    for runs in studies.values():
        study = runs[0].study
        if study.added:
            name = f"{'default' if study.full else 'quick'}, slowed runs"
            kinds.setdefault((study.full, name), {})[study.added] = runs
    return kinds
