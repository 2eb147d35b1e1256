"""The style of all figures: their colours, and one look per series."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.image import imsave

INK, QUIET, FAINT, PAPER = "#1b1b1f", "#666a70", "#ececef", "#ffffff"
# After Okabe & Ito, "Color universal design" (2008), darkened to a contrast of 4.5:1 on white and
# on the stripes between rows, as names are written in them
COLOURS = ("#0072b2", "#b85000", "#007d5a", "#a8508c", "#866200", "#2d70ab")
LIGHT = (INK, QUIET, FAINT, PAPER, *COLOURS)
DARK = (  # the same on a dark page, as in templates/style.css
    *("#e4e4e7", "#a6aab1", "#26282d", "#16171a"),
    *("#4da9e0", "#f08a4b", "#35b890", "#d58abf", "#cfa83a", "#8dbdec"),
)
MARKERS = ("s", "D", "^", "v", "P", "X")  # colour is never the only distinction
MARKERS_OF_ROLE = {  # by position among the strategies of a role
    **dict.fromkeys(("baseline", "control"), ("o",)),
    "candidate": MARKERS,
    "floor": ("_", "|", "1", "2"),
    "null": ("x",),
    "sentinel": ("+",),
}
FILLS = ("full", "none", "left", "right", "bottom", "top")  # forms of one strategy ...
DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 3)))  # ... and their lines
STYLE: Any = {  # matplotlib's own type lists every possible key
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titley": 1.0,  # nothing is in its way there, so nothing is measured to find that out
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # the first comes with matplotlib
    "font.size": 8.5,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",  # text that can be read and searched, and a third of the size
    "svg.hashsalt": "sg-ring-bench",  # the same file for the same data
    "text.color": INK,
    "text.parse_math": False,  # a name may contain a dollar sign
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
}
# On top of matplotlib's defaults, whatever a matplotlibrc says; the backend is not part of it
SETTINGS: Any = {k: v for k, v in mpl.rcParamsDefault.items() if k != "backend"} | STYLE
WIDTH_IN = 6.6
PNG_DPI = 160

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Look:
    """How one series is drawn in all figures."""

    colour: str
    marker: str
    fill: str

    @property
    def dashes(self) -> Any:
        """The line style, one per fill."""
        return DASHES[FILLS.index(self.fill)]

    def plot(self) -> dict[str, Any]:
        """Matplotlib arguments for a dot."""
        return {
            "color": self.colour,
            "marker": self.marker,
            "fillstyle": self.fill,
            "markerfacecoloralt": PAPER,
            "markersize": 4.5,
        }


def looks(series: pd.DataFrame) -> dict[str, Look]:
    """One look per label: colour and marker by strategy, fill by form."""
    found: dict[str, Look] = {}
    places: dict[str, list[str]] = {}  # of the strategies in their role
    bases = set(series.loc[series["role"] == "baseline", "strategy"])
    once = series[["strategy", "form", "role", "label"]].drop_duplicates("label")
    for strategy, part in once.groupby("strategy", observed=True, sort=False):
        forms = list(part["form"].unique())
        for row in part.to_dict("records"):
            role = "baseline" if strategy in bases else row["role"]  # whatever its form
            beside = places.setdefault(role, [])
            if strategy not in beside:
                beside.append(str(strategy))
            fill = FILLS[forms.index(row["form"]) % len(FILLS)]
            found[row["label"]] = _look(role, beside.index(str(strategy)), fill)
    return found


def _look(role: str, place: int, fill: str) -> Look:
    markers = MARKERS_OF_ROLE[role]
    colour = INK if role in {"baseline", "control"} else QUIET
    if role == "candidate":
        colour = COLOURS[place % len(COLOURS)]
    return Look(colour, markers[place % len(markers)], fill)


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Make a figure's function draw in the style above, whatever matplotlib's settings are."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with mpl.rc_context(SETTINGS):
            return draw(*args, **kwargs)

    return drawn


def save(figure: Figure, stem: Path) -> None:
    """Write the figure as SVG and as PNG."""
    png, svg = (stem.with_name(f"{stem.name}.{kind}") for kind in ("png", "svg"))
    with mpl.rc_context(SETTINGS):
        figure.set_dpi(PNG_DPI)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        figure.set_layout_engine("none")  # it has been laid out, and the PNG's pixels are there
        imsave(png, np.asarray(canvas.buffer_rgba()), dpi=PNG_DPI)  # type: ignore[no-untyped-call]
        # savefig would first draw it all to nowhere, for a layout
        FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None})  # type: ignore[no-untyped-call]
