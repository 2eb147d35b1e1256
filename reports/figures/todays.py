"""The figure of today's questions: a row a number, a dot a backend, apart from the 2007 answer."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from reports.figures.dots import dots, row_height_in
from reports.figures.panels import legend, panels, titled
from reports.figures.style import COLOURS, MARKERS, Look, styled
from reports.statistics.estimates import columns_of
from reports.statistics.signed_rank import Estimate

ROW_LETTERS = 36


@styled
def quotients(rows: Sequence[tuple[str, Mapping[str, Estimate]]], title: str) -> Figure:
    """Draw each named number: the dots of its backends, with intervals, around 1."""
    frame = pd.DataFrame(
        {"cell": name, "label": backend, "variant": backend, **columns_of(found)}
        for name, by in rows
        for backend, found in by.items()
    )
    backends = list(frame["label"].unique())
    look = {
        backend: Look(COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)], "full")
        for at, backend in enumerate(backends)
    }
    figure, grid = panels([len(rows)], row_height_in(len(backends)), 1)
    axes = grid[0][0]
    dots(axes, frame, look, [name for name, _ in rows])
    axes.set_xlabel("time, over that of what it stands in for")
    legend(figure, frame, look, "by compiler")
    return titled(figure, title)
