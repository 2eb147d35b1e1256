"""The place of cells on an axis, and the rows that a figure draws."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from reports.frames.order import by
from reports.read.experiments import Figure, Pick
from reports.read.series import LAYOUTS
from reports.text.wording import drawable

AT = "at"  # column added by ``drawn``: the cell's value on the figure's axis
REFERENCE_ROLES = {"draws": ("sentinel",)}  # roles that a kind of figure draws as reference
OF_SHAPE = ("swept", "descriptors")  # axes that no experiment varies
RATE, NS_PER_MILLION = "rate", 1e3  # a value of figures: millions of requests per second
PANEL = "panel"  # column added by ``drawn``: what the cells of a panel share


def axes_of(text: str) -> dict[str, str]:
    """axis=value,... as a dictionary."""
    return dict(pair.partition("=")[::2] for pair in text.split(",") if pair)


def braced(axes: dict[str, str]) -> str:
    """Axes in the notation of names, in braces."""
    text = ",".join(f"{axis}={value}" for axis, value in sorted(axes.items()))
    return f"{{{text}}}" if text else ""


def like(name: str, pattern: str) -> bool:
    """True if a name matches a pattern, in which brackets stand for themselves."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def drawn(frame: pd.DataFrame, figure: Figure) -> pd.DataFrame:
    """The rows that a figure draws, with the columns AT and PANEL."""
    kind = "ns" if figure.value == RATE else figure.value
    roles = (*LAYOUTS, *REFERENCE_ROLES.get(figure.value, ()))
    shown = frame["role"].isin(roles) & (frame["kind"] == kind)
    found = frame[shown & _chosen(frame, figure.pick)].copy()
    if figure.value == RATE:
        ends = {"centre": "centre", "low": "high", "high": "low"}
        found = found.assign(**{end: NS_PER_MILLION / found[of] for end, of in ends.items()})
    axes = [axes_of(text) for text in found["axes"].astype(str)]
    axis = figure.axis or "variant"
    found[AT] = [
        row[axis] if axis in row else _place(own, figure)
        for row, own in zip(found.to_dict("records"), axes, strict=True)
    ]
    found[PANEL] = [
        _panel(row["workload"], row["shape"], row["phase"], own, figure)
        for row, own in zip(found.to_dict("records"), axes, strict=True)
    ]
    return found.dropna(subset=AT)


def each_panel(
    grid: Any, rows: pd.DataFrame, letters: int
) -> Iterator[tuple[Axes, pd.DataFrame, pd.DataFrame]]:
    """Yield each panel of a grid, titled: a row per PANEL, a column per backend.

    With its rows, and with those of the same PANEL by all backends.
    """
    backends = list(rows["backend"].unique())
    for line, (name, part) in zip(grid, by(rows, PANEL), strict=True):
        for axes, backend in zip(line, backends, strict=True):
            axes.set_title(f"{drawable(name, letters)}\n{drawable(backend)}", fontsize=7)
            yield axes, part[part["backend"] == backend], part


def _place(axes: dict[str, str], figure: Figure) -> str | None:
    """A cell's value on the figure's axis, joined with those along it; None if it has none."""
    if figure.axis not in axes or figure.kind == "curve":
        return axes.get(figure.axis)
    return ", ".join([axes[figure.axis], *(f"{name} {axes[name]}" for name in figure.along)])


def _panel(workload: str, shape: str, phase: str, axes: dict[str, str], figure: Figure) -> str:
    """What a cell shares with those that differ only on the figure's axis."""
    own = {figure.axis, *figure.along}
    others = braced({name: value for name, value in axes.items() if name not in own})
    along = figure.axis not in OF_SHAPE  # otherwise the shape differs
    return f"{workload}/{shape}/{phase}{others}" if along else f"{workload}/{phase}{others}"


def _chosen(frame: pd.DataFrame, pick: Pick) -> "pd.Series[bool]":
    names = [
        like(
            f"{row['workload']}/{row['shape']}/{row['phase']}{braced(axes_of(str(row['axes'])))}",
            pick.cell,
        )
        and like(row["variant"], pick.series)
        for row in frame.to_dict("records")
    ]
    return pd.Series(names, frame.index, dtype=bool)
