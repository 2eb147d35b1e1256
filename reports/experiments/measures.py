"""The numbers of an expectation: times and slopes, of series and cells picked by patterns.

An expectation most often divides what it picks by something else. A quotient within a cell is one
of paired values, like a ratio to the baseline; between cells it is one of a process's medians. Over
processes it is the Hodges-Lehmann centre with its interval.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reports.experiments import draws as of_draws
from reports.experiments.axes import axes_of, braced, like
from reports.read.experiments import Expectation, Pick
from reports.read.series import LAYOUTS
from reports.rounds.processes import CELL, NS, Rounds, changed, ratios_of
from reports.statistics import signed_rank as statistics
from reports.statistics.signed_rank import Estimate, Values

SAME = "="  # in a pattern: the name of the time that is divided; axes after it are replaced
OF_STEP = ("step_calls", "step_conditional_moves")

Measured = Iterator[tuple[str, str, Estimate]]


def times(expectation: Expectation, cells: Sequence[Rounds]) -> Measured:
    """Yield each picked time of a request, in ns or over another."""
    named = {name_of(cell): cell for cell in cells}
    for name, cell in named.items():
        for row in picked(cell, expectation.of):
            found = _time(expectation, named, cell, row)
            if found is not None and len(found):
                yield name, row["label"], statistics.estimate(found)


def _time(
    expectation: Expectation,
    named: Mapping[str, Rounds],
    cell: Rounds,
    row: Mapping[Hashable, str],
) -> "pd.Series[float] | None":
    """A time of each process, in ns or over another; None if some part is missing."""
    pairs = [
        _elsewhere(named, pick, name_of(cell), row)
        for pick in (expectation.plus, expectation.to)
        if pick is not None
    ]
    if None in pairs:
        return None
    others = [pair for pair in pairs if pair is not None]
    if expectation.plus is None and expectation.to is not None:
        return _over(cell, row["label"], *others[0])
    found = _medians(cell, row["label"])
    if expectation.plus is not None:
        found += _medians(*others[0])
    return (found / _medians(*others[-1])).dropna() if expectation.to is not None else found


def _elsewhere(
    named: Mapping[str, Rounds], pick: Pick, name: str, row: Mapping[Hashable, str]
) -> tuple[Rounds, str] | None:
    """The cell and label that a pick means for a series of a cell, if they exist."""
    other = named.get(named_cell(pick.cell, name))
    label = _label_in(other, pick.series, row) if other else None
    return (other, label) if other and label else None


def slopes(expectation: Expectation, cells: Sequence[Rounds]) -> Measured:
    """Yield the slope of each picked line, in ns or over another's."""
    named = {name_of(cell): cell for cell in cells}
    chosen = {n: c for n, c in named.items() if like(n, expectation.of.cell)}
    for where, part in _sweeps(chosen):
        for row in _common(part, expectation.of):
            found = _slope(part, row["label"])
            if expectation.to is not None:
                base = _label_in(part[0], expectation.to.series, row)
                found = found / _slope(part, base) if base else found[:0]
            found = found.dropna()
            if len(found):
                yield where, row["label"], statistics.estimate(found)


def draws(expectation: Expectation, cells: Sequence[Rounds]) -> Measured:
    """Yield the distribution of each picked series' rounds."""
    for cell in cells:
        for row in picked(cell, expectation.of):
            for where, found in of_draws.MEASURES[expectation.measure](cell, row["label"]):
                yield name_of(cell) + where, row["label"], statistics.estimate(found)


MEASURES: Mapping[str, Callable[[Expectation, Sequence[Rounds]], Measured]] = {
    "time": times,
    "slope": slopes,
    **dict.fromkeys(of_draws.MEASURES, draws),
}


def name_of(cell: Rounds) -> str:
    """WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}."""
    workload, shape, phase, axes, *_ = cell.names[0]
    return f"{workload}/{shape}/{phase}{braced(axes_of(axes))}"


def with_code(cells: Sequence[Rounds], benchmarks: pd.DataFrame) -> list[Rounds]:
    """The cells with the properties of a step of the walk added to their series."""
    keys = [*CELL, "variant", "backend"]
    rows = benchmarks[[*keys, *OF_STEP]].to_dict("records")
    known = {tuple(row[key] for key in keys): _code(row) for row in rows}
    return [
        changed(cell, series=cell.series.assign(code=[known[name] for name in cell.names]))
        for cell in cells
    ]


def _code(row: Mapping[Hashable, Any]) -> str:
    calls, moves = (row[key] for key in OF_STEP)
    if np.isnan(calls) or np.isnan(moves):
        return ""
    return "calls" if calls else "moves" if moves else "branches"


def picked(cell: Rounds, pick: Pick) -> Iterator[Mapping[Hashable, str]]:
    """Yield the layouts of a cell that a pick chooses, without copies and null strategies."""
    if not like(name_of(cell), pick.cell):
        return
    for row in cell.series.to_dict("records"):
        alike = like(row["variant"], pick.series) and pick.code in {"", str(row.get("code"))}
        if row["role"] in LAYOUTS and alike:
            yield row


def named_cell(pattern: str, name: str) -> str:
    """The cell that ``=`` means for ``name``, with other axes if the pattern has some."""
    if not pattern.startswith(SAME):
        return pattern
    plain, _, axes = name.removesuffix("}").partition("{")
    known = axes_of(axes) | axes_of(pattern[1:].strip("{}"))
    return f"{plain}{braced(known)}"


def _label_in(cell: Rounds, series: str, row: Mapping[Hashable, str]) -> str | None:
    """The label of a series of the same backend in a cell; None if it is not there."""
    wanted = row["variant"] if series == SAME else series
    there = cell.series[
        (cell.series["variant"] == wanted) & (cell.series["backend"] == row["backend"])
    ]
    return None if there.empty else str(there["label"].iloc[0])


def _medians(cell: Rounds, label: str) -> "pd.Series[float]":
    """Nanoseconds of each process's median round."""
    return _centres(cell, cell.seconds[label].to_numpy() * NS)


def _over(cell: Rounds, label: str, other: Rounds, against: str) -> "pd.Series[float]":
    """A quotient for each process, of paired values if both are of one cell."""
    if cell is not other:
        return (_medians(cell, label) / _medians(other, against)).dropna()
    values = cell.seconds if cell.paired is None else ratios_of(cell)
    return _centres(cell, (values[label] / values[against]).to_numpy())


def _centres(cell: Rounds, values: Values) -> "pd.Series[float]":
    """The median round of each process of a cell."""
    middle = statistics.medians(cell.places.cube(values)[..., np.newaxis])[:, 0]
    return pd.Series(middle, cell.places.processes).dropna()


def _sweeps(cells: Mapping[str, Rounds]) -> Iterator[tuple[str, list[Rounds]]]:
    """Yield the cells of one workload and phase, which a line can go over."""
    sweeps: dict[str, list[Rounds]] = {}
    for cell in cells.values():
        workload, _, phase, *_ = cell.names[0]
        sweeps.setdefault(f"{workload}/{phase}", []).append(cell)
    yield from sweeps.items()


def _common(cells: Sequence[Rounds], pick: Pick) -> Iterator[Mapping[Hashable, str]]:
    """Yield the picked series that all of the cells have."""
    first, *others = cells
    for row in picked(first, replace(pick, cell="*")):
        if others and all(row["label"] in cell.series.index for cell in others):
            yield row


def _slope(cells: Sequence[Rounds], label: str) -> "pd.Series[float]":
    """The slope of each process that has a value in every cell."""
    x = [float(cell.series["descriptors"].iloc[0]) for cell in cells]
    points = pd.concat([_medians(cell, label) for cell in cells], axis="columns", join="inner")
    return pd.Series(statistics.least_squares(x, points.to_numpy())[0], points.index)
