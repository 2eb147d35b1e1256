"""How figures look: ink, one look a series, and rows of dots with their intervals."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.wording import drawable

INK, QUIET, FAINT, PAPER = "#1b1b1f", "#666a70", "#ececef", "#ffffff"
# After Okabe & Ito, "Color universal design" (2008), darkened to a contrast of 3:1 on white
COLOURS = ("#0072b2", "#d55e00", "#008a63", "#a8508c", "#997000", "#3a86c8")
MARKERS = ("s", "D", "^", "v", "P", "X")  # colour never tells alone
MARKERS_OF_ROLE = {"baseline": "o", "control": "o", "floor": "_", "null": "x"}
FILLS = ("full", "none", "left", "right", "bottom", "top")  # forms of one strategy
STYLE: Any = {  # matplotlib's own type of it names every key there is
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "font.size": 8.5,
    "savefig.dpi": 160,
    "svg.hashsalt": "sg-ring-bench",  # the same file for the same data
    "text.color": INK,
    "text.parse_math": False,  # a name may have a dollar sign
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
}
WIDTH_IN = 6.6
SERIES_IN, ROW_GAP_IN = 0.145, 0.11  # height of a row: its series, and the gap between rows
DIRECT_LABEL_PT = 6  # between a dot and its name

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Look:
    """How one series is drawn in all figures."""

    colour: str
    marker: str
    fill: str

    def plot(self) -> dict[str, Any]:
        """Return the arguments of matplotlib for a dot."""
        return {
            "color": self.colour,
            "marker": self.marker,
            "fillstyle": self.fill,
            "markerfacecoloralt": PAPER,
            "markersize": 4.5,
        }


def looks(series: pd.DataFrame) -> dict[str, Look]:
    """Return a look by label: colour and marker by strategy, filling by form."""
    found: dict[str, Look] = {}
    strategies: dict[str, list[str]] = {}  # and their forms
    candidates = list(series.loc[series["role"] == "candidate", "strategy"].unique())
    for row in series.drop_duplicates("label").to_dict("records"):
        forms = strategies.setdefault(row["strategy"], [])
        if row["form"] not in forms:
            forms.append(row["form"])
        fill = FILLS[forms.index(row["form"]) % len(FILLS)]
        if row["role"] != "candidate":
            colour = QUIET if row["role"] in {"null", "floor"} else INK
            found[row["label"]] = Look(colour, MARKERS_OF_ROLE[row["role"]], fill)
            continue
        place = candidates.index(row["strategy"])
        found[row["label"]] = Look(
            COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], fill
        )
    return found


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Make a figure's function draw in the style above, whatever matplotlib's settings are."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn


def save(figure: Figure, stem: Path) -> None:
    """Write the figure as SVG and as PNG."""
    with mpl.rc_context(STYLE):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # it is laid out now; each format would do so again
        figure.savefig(stem.with_name(f"{stem.name}.svg"), metadata={"Date": None})
        figure.savefig(stem.with_name(f"{stem.name}.png"))


def row_height_in(series: int) -> float:
    """Return the height of a row of dots."""
    return SERIES_IN * series + ROW_GAP_IN


def dots(
    axes: Axes,
    frame: pd.DataFrame,
    look: Mapping[str, Look],
    cells: Sequence[str] | None = None,
) -> None:
    """Draw a row a cell, from the top, and in it a dot with interval a series."""
    cells = list(frame["cell"].unique()) if cells is None else cells
    labels = _labels(frame, look)
    for row in frame.to_dict("records"):
        _dot(axes, row, cells.index(row["cell"]) + _shift(labels, row["label"]), look[row["label"]])
    for at in range(0, len(cells), 2):
        axes.axhspan(at - 0.5, at + 0.5, color=FAINT, alpha=0.6, lw=0, zorder=0)
    axes.set_yticks(range(len(cells)), [drawable(cell) for cell in cells])
    axes.set_ylim(len(cells) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=INK, lw=0.9, ls=":", zorder=1)


def _labels(frame: pd.DataFrame, look: Mapping[str, Look]) -> list[str]:
    """Return the frame's labels in the order of their looks."""
    return [label for label in look if label in set(frame["label"])]


def _shift(labels: Sequence[str], label: str) -> float:
    """Return how far below the middle of its row a series is drawn."""
    return (labels.index(label) - (len(labels) - 1) / 2) * 0.8 / max(len(labels), 3)


def _dot(axes: Axes, row: Mapping[Hashable, Any], y: float, look: Look) -> None:
    """Draw one series of one cell, or write that it is missing."""
    if row["processes"] == 0:
        axes.text(
            0.99,
            y,
            f"{drawable(row['label'])}: missing",
            color=look.colour,
            fontsize=6.5,
            style="italic",
            ha="right",
            va="center",
            transform=axes.get_yaxis_transform(),
        )
        return
    ends = [[row["centre"] - row["low"]], [row["high"] - row["centre"]]]
    interval = None if pd.isna(row["low"]) else ends
    axes.errorbar(row["centre"], y, xerr=interval, elinewidth=1.4, **look.plot())


def name_dots(axes: Axes, frame: pd.DataFrame, look: Mapping[str, Look]) -> None:
    """Write each series' name beside its dot in the first cell that has it."""
    labels, cells = _labels(frame, look), list(frame["cell"].unique())
    middle = sum(axes.get_xlim()) / 2
    for label in labels:
        known = frame[(frame["label"] == label) & (frame["processes"] > 0)]
        if known.empty:
            continue
        row = known.iloc[0]
        y = cells.index(row["cell"]) + _shift(labels, label)
        right = row["centre"] < middle
        end = row["centre"] if pd.isna(row["low"]) else row["high" if right else "low"]
        axes.annotate(
            drawable(label),
            (end, y),
            color=look[label].colour,
            fontsize=7.5,
            va="center",
            ha="left" if right else "right",
            textcoords="offset points",
            xytext=(DIRECT_LABEL_PT if right else -DIRECT_LABEL_PT, 0),
        )
