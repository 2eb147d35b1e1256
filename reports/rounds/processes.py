"""From values to one number per process: the centre of its rounds, for a time and for its ratio.

Rounds with the core to itself are published, in every cell that has enough of them:
PROCESSES_MIN processes with ROUNDS_MIN such rounds each. A cell with too few of them publishes the
rounds with a busy neighbour, and one with too few of those publishes all. Times use the median
over rounds, ratios the rule that ``reports.statistics.centre`` finds for all processes together.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.read.series import PLAIN_FORM
from reports.read.states import ALONE, MIXED, NAMES, SHARED, UNKNOWN
from reports.rounds.places import Places, places
from reports.statistics.centre import ROUNDS_MIN, Rule, Series, levels, pooled, rules
from reports.statistics.centre import per_process as by_rule
from reports.statistics.signed_rank import PROCESSES_MIN, Values, medians

CELL = ["workload", "shape", "phase", "axes"]
SERIES = ["strategy", "form", "backend", "role", "variant", "label", "against"]  # against: baseline
OF_SHAPE = ["cell", "descriptors", "swept", "sweep"]  # cell: shape and axes
COLUMNS = [*CELL, *SERIES, *OF_SHAPE]
PLACE = ["process", "round"]
OF_VALUE = ["seconds", "position", "state", "paired"]  # paired: of a condensed result
NS = 1e9  # nanoseconds in a second
OF_ROWS = {"places", "names", "against", "compared", "keys"}  # once made, a cell keeps these ...
OF_RATIOS = OF_ROWS | {"ratios", "judged"}  # ... and these, unless its levels change


@dataclass(frozen=True)
class Rounds:
    """All values of one cell, or those in one state."""

    series: pd.DataFrame  # by label: CELL, SERIES, OF_SHAPE, and ``rule`` once known
    seconds: pd.DataFrame  # one row per process and round, one column per label
    positions: NDArray[np.int8]  # of the code, same shape; -1 unknown
    states: NDArray[np.int8]  # of the core, same rows; see reports.read.states
    state: str = ""  # of the rows: a name of reports.read.states; empty if unknown
    experiment: str = ""  # that asked for it; empty if the file does not say
    paired: pd.DataFrame | None = None  # of a condensed result: ratios, same shape
    levels: Values | None = None  # of baselines that depend on position

    @cached_property
    def places(self) -> Places:
        """Where each row belongs."""
        return places(self.seconds.index)

    @cached_property
    def names(self) -> list[tuple[Any, ...]]:
        """A key for each series, the same in all runs."""
        columns = (self.series[key].to_numpy(dtype=object) for key in (*CELL, "variant", "backend"))
        return list(zip(*columns, strict=True))

    @cached_property
    def against(self) -> NDArray[np.intp]:
        """The place of each series' baseline; -1 without one."""
        at = {label: place for place, label in enumerate(self.series.index)}
        return np.array([at.get(label, -1) for label in self.series["against"]], dtype=np.intp)

    @cached_property
    def compared(self) -> NDArray[np.bool_]:
        """A mask of the series that have a ratio to another."""
        found: NDArray[np.bool_] = (self.against >= 0) & (
            self.against != np.arange(len(self.against))
        )
        return found

    @cached_property
    def keys(self) -> list[tuple[Any, ...]]:
        """The ``names`` of the compared series."""
        return list(compress(self.names, self.compared))

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Each value over that of its baseline in the same round; NaN without a baseline."""
        seconds = self.seconds.to_numpy()
        level = seconds if self.levels is None else seconds * self.levels
        bases = np.where(self.against < 0, np.nan, level[:, self.against])
        found = pd.DataFrame(seconds / bases, self.seconds.index, self.seconds.columns)
        return found if self.paired is None else self.paired.fillna(found)

    @cached_property
    def judged(self) -> list[Series]:
        """The ratios and positions of each compared series, by process."""
        ratios = self.places.cube(self.ratios.to_numpy()[:, self.compared])
        known = self.places.cube(self.positions[:, self.compared], UNKNOWN)
        return [Series(ratios[..., at], known[..., at]) for at in range(ratios.shape[2])]

    @cached_property
    def processes(self) -> tuple[Values, Values]:
        """Of each process, a row, and each series: ns of its median round, and its ratio."""
        ns = medians(self.places.cube(self.seconds.to_numpy() * NS))
        ratio = medians(self.places.cube(self.ratios.to_numpy()))
        if "rule" in self.series and self.paired is None:
            rules = compress(self.series["rule"], self.compared)
            at = np.flatnonzero(self.compared)
            for column, one, rule in zip(at, self.judged, rules, strict=True):
                ratio[:, column] = by_rule(one, Rule(rule))
        return ns, ratio


def rounds(values: pd.DataFrame) -> list[Rounds]:
    """The cells of a result's values, in the file's order, with the rounds that are published."""
    (found,) = ruled([published(cell) for cell in every(values)])
    return found


def shared(values: pd.DataFrame) -> list[Rounds]:
    """The cells that publish other rounds but have enough with a busy neighbour too."""
    if not (values["state"] == SHARED).any():
        return []
    cells = [cell for cell in every(values) if published(cell).state == NAMES[ALONE]]
    parts = [in_state(cell, SHARED) for cell in cells]
    (found,) = ruled([part for part in parts if _is_enough(part)])
    return found


def every(values: pd.DataFrame) -> list[Rounds]:
    """The cells with all of their rounds."""
    measured = [key for key in ("label", *PLACE, *OF_VALUE) if key in values]
    series = _series(values.drop_duplicates([*CELL, "label"]))
    ours, theirs = (one.groupby(CELL, observed=True, sort=False) for one in (series, values))
    parts = zip(ours[COLUMNS], ours["experiment"], theirs[measured], strict=True)
    return [_rounds(one, str(by.iloc[0]), part) for (_, one), (_, by), (_, part) in parts]


def published(cell: Rounds) -> Rounds:
    """The part of a cell that its numbers are made of."""
    if (cell.states == UNKNOWN).all():
        return cell
    for state in (ALONE, SHARED):
        if (cell.states == state).all():  # however few they are
            return replace(cell, state=NAMES[state])
    parts = (in_state(cell, state) for state in (ALONE, SHARED))
    return next(filter(_is_enough, parts), replace(cell, state=MIXED))


def in_state(cell: Rounds, state: int) -> Rounds:
    """The rounds in one state, of the processes that have ROUNDS_MIN of them."""
    there = cell.states == state
    counts = np.bincount(cell.places.row, there)[cell.places.row]
    kept = there & (counts >= ROUNDS_MIN)
    return replace(
        cell,
        seconds=cell.seconds[kept],
        positions=cell.positions[kept],
        states=cell.states[kept],
        state=NAMES[state],
        paired=None if cell.paired is None else cell.paired[kept],
    )


def ruled(*runs: Sequence[Rounds]) -> list[list[Rounds]]:
    """The cells of each run with the rule of every series, one rule for all runs together.

    The rules of baselines come first, as a ratio is to the baseline at the mean of its positions if
    these matter.
    """
    runs = tuple(levelled(*runs))
    family: dict[tuple[Any, ...], list[Series]] = {}
    for cell in chain(*runs):
        for key, one in zip(cell.keys, cell.judged, strict=True):
            family.setdefault(key, []).append(one)
    found = dict(zip(family, rules([pooled(parts) for parts in family.values()]), strict=True))
    return [[_with_rules(cell, [found[key] for key in cell.keys]) for cell in run] for run in runs]


def levelled(*runs: Sequence[Rounds]) -> list[list[Rounds]]:
    """The cells of each run with ``levels``, by one rule for all runs together."""
    family: dict[tuple[Any, ...], list[Series]] = {}
    for cell in chain(*runs):
        for key, at in _bases(cell):
            family.setdefault(key, []).append(_of_column(cell, at))
    found = dict(zip(family, rules([pooled(parts) for parts in family.values()]), strict=True))
    decided = {key for key, rule in found.items() if rule is Rule.POSITIONS}
    return [[_levelled(cell, decided) for cell in run] for run in runs]


def _levelled(cell: Rounds, decided: set[tuple[Any, ...]]) -> Rounds:
    """A cell with the levels of those baselines that depend on position."""
    there = [at for key, at in _bases(cell) if key in decided]
    if not there:
        return cell
    factors = np.ones(cell.seconds.shape)
    for at in there:
        factors[:, at] = levels(_of_column(cell, at))[cell.places.row, cell.places.within]
    return changed(cell, OF_ROWS, levels=factors)


def _bases(cell: Rounds) -> list[tuple[tuple[Any, ...], int]]:
    """The name of each baseline, and its column."""
    columns = dict.fromkeys(cell.against[cell.against >= 0].tolist())
    return [(cell.names[at], at) for at in columns]


def _of_column(cell: Rounds, at: int) -> Series:
    """The seconds of a column, by process, with its positions."""
    seconds = cell.places.cube(cell.seconds.iloc[:, at].to_numpy())
    return Series(seconds, cell.places.cube(cell.positions[:, at], UNKNOWN))


def changed(cell: Rounds, kept: Collection[str] = OF_RATIOS, **changes: Any) -> Rounds:
    """A cell with other fields, and what is ``kept`` as no change of these touches it."""
    found = replace(cell, **changes)
    vars(found).update({key: known for key, known in vars(cell).items() if key in kept})
    return found


def per_process(cells: Sequence[Rounds]) -> pd.DataFrame:
    """One row per process: ``ns`` of its median round, ``ratio`` the centre of its pairs.

    A value pairs with that of the same backend's baseline in the same round; the ratio is NaN if
    there is no such baseline.
    """
    series = pd.concat([cell.series for cell in cells], ignore_index=True)
    counts = [len(cell.places.processes) for cell in cells for _ in cell.names]
    each = series.iloc[np.repeat(np.arange(len(series)), counts)]
    found = each.assign(
        process=np.concatenate([np.tile(c.places.processes, len(c.names)) for c in cells]),
        ns=np.concatenate([cell.processes[0].T.ravel() for cell in cells]),
        ratio=np.concatenate([cell.processes[1].T.ravel() for cell in cells]),
    )
    return found.dropna(subset="ns", ignore_index=True)


def ratios_of(cell: Rounds) -> pd.DataFrame:
    """Each value over that of its baseline in the same round; NaN without a baseline."""
    return cell.ratios


def _series(once: pd.DataFrame) -> pd.DataFrame:
    """The series of all cells, of one row of values each, with their baselines."""
    bases = once[once["role"] == "baseline"]
    bases = bases.sort_values("form", key=lambda form: form != PLAIN_FORM, kind="stable")
    of_backend = bases.drop_duplicates([*CELL, "backend"])[[*CELL, "backend", "label"]]
    found = once.merge(of_backend.rename(columns={"label": "against"}), "left", [*CELL, "backend"])
    axes = found["axes"].astype("str")
    found["against"] = found["against"].astype("str").fillna("")
    found["cell"] = found["shape"].astype("str") + ("{" + axes + "}").where(axes != "", "")
    return found[[*COLUMNS, "experiment"]].set_index("label", drop=False)


def _rounds(series: pd.DataFrame, experiment: str, part: pd.DataFrame) -> Rounds:
    index, tables = _wide(part, series.index)
    positions = tables["position"]
    return Rounds(
        series,
        pd.DataFrame(tables["seconds"], index, series.index),
        np.where(np.isnan(positions), UNKNOWN, positions).astype(np.int8),
        np.nanmax(tables["state"], axis=1).astype(np.int8),
        experiment=experiment,
        paired=pd.DataFrame(tables["paired"], index, series.index) if "paired" in part else None,
    )


def _is_enough(cell: Rounds) -> bool:
    """True if a cell has enough processes for an interval."""
    return len(cell.places.processes) >= PROCESSES_MIN


def _with_rules(cell: Rounds, found: Sequence[Rule]) -> Rounds:
    left = iter(found)
    names = [next(left).value if there else "" for there in cell.compared.tolist()]
    return changed(cell, series=cell.series.assign(rule=names))


def _wide(part: pd.DataFrame, labels: pd.Index) -> tuple[pd.Index, dict[str, NDArray[Any]]]:
    """A row per process and round, and per column of values a table with a column per label."""
    keys = [key for key in OF_VALUE if key in part]
    shape = (len(labels), len(part) // len(labels))
    if shape[0] * shape[1] == len(part):
        keyed = (part["label"].cat.codes, *(part[key] for key in PLACE))
        label, *place = (one.to_numpy().reshape(shape) for one in keyed)
        alike = all((each == each[0]).all() for each in place)
        if alike and (label == label[:, :1]).all():  # the usual case: nothing is missing
            process, number = (each[0] for each in place)
            order = np.lexsort((number, process))
            index = pd.MultiIndex.from_arrays([process[order], number[order]], names=PLACE)
            return index, {key: part[key].to_numpy().reshape(shape).T[order] for key in keys}
    wide = [
        part.pivot(  # noqa: PD010  (pivot_table would average what must be unique)
            index=PLACE, columns="label", values=key
        )
        for key in keys
    ]
    return wide[0].index, {k: w[labels].to_numpy() for k, w in zip(keys, wide, strict=True)}
