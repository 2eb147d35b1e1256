"""From values to one number per process: the centre of its rounds, for a time and for its ratio.

Rounds with the core to itself are published, in every cell that has enough of them:
PROCESSES_MIN processes with ROUNDS_MIN such rounds each. A cell with too few of them publishes the
rounds with a busy neighbour, and one with too few of those publishes all. Times use the median
over rounds, ratios the rule that ``reports.statistics.centre`` finds for all processes together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.read.series import PLAIN_FORM
from reports.read.states import ALONE, MIXED, NAMES, SHARED, UNKNOWN
from reports.statistics.centre import ROUNDS_MIN, Rule, Series, levels, pooled, rules
from reports.statistics.centre import per_process as by_rule
from reports.statistics.signed_rank import PROCESSES_MIN, Values, medians

CELL = ["workload", "shape", "phase", "axes"]
SERIES = ["strategy", "form", "backend", "role", "variant", "label", "against"]  # against: baseline
OF_SHAPE = ["cell", "descriptors", "swept", "sweep"]  # cell: shape and axes
PLACE = ["process", "round"]
NS = 1e9  # nanoseconds in a second
OF_RATIOS = {"compared", "keys", "ratios", "judged"}  # what a cell keeps of its ratios once made


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
    def compared(self) -> NDArray[np.bool_]:
        """A mask of the series that have a ratio to another."""
        against = self.series["against"].to_numpy(dtype=object)
        found: NDArray[np.bool_] = (against != "") & (against != self.series.index.to_numpy(object))
        return found

    @cached_property
    def keys(self) -> list[tuple[Any, ...]]:
        """A key for each compared series, the same in all runs."""
        names = (self.series[key].to_numpy(dtype=object) for key in (*CELL, "variant", "backend"))
        return list(zip(*(column[self.compared] for column in names), strict=True))

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """Each value over that of its baseline in the same round; NaN without a baseline."""
        against = self.series.index.get_indexer_for(pd.Index(self.series["against"]))
        seconds = self.seconds.to_numpy()
        level = seconds if self.levels is None else seconds * self.levels
        bases = np.where(against < 0, np.nan, level[:, against])
        found = pd.DataFrame(seconds / bases, self.seconds.index, self.seconds.columns)
        return found if self.paired is None else self.paired.fillna(found)

    @cached_property
    def judged(self) -> list[Series]:
        """The ratios and positions of each compared series, by process."""
        ratios = by_process(self.ratios.loc[:, self.compared])[1]
        places = pd.DataFrame(self.positions[:, self.compared], self.seconds.index)
        positions = by_process(places)[1]
        known = np.where(np.isnan(positions), -1, positions).astype(np.int8)
        return [Series(ratios[..., at], known[..., at]) for at in range(ratios.shape[2])]

    @cached_property
    def processes(self) -> pd.DataFrame:
        """The ``per_process`` frame of this cell."""
        return _per_process(self)


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
    return [_rounds(part) for _, part in values.groupby(CELL, observed=True, sort=False)]


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
    processes = cell.seconds.index.get_level_values("process")
    counts = pd.Series(there).groupby(processes.to_numpy()).transform("sum").to_numpy()
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
        row, within = _places(cell.seconds)
        factors[:, at] = levels(_of_column(cell, at))[row, within]
    return replace(cell, levels=factors)


def _bases(cell: Rounds) -> list[tuple[tuple[Any, ...], int]]:
    """A key for each baseline, the same in all runs, and its column."""
    labels = dict.fromkeys(label for label in cell.series["against"] if label)
    columns = cell.series.index.get_indexer_for(pd.Index(list(labels))).tolist()
    names = [cell.series[key].to_numpy(dtype=object) for key in (*CELL, "variant", "backend")]
    return [(tuple(name[at] for name in names), at) for at in columns]


def _of_column(cell: Rounds, at: int) -> Series:
    """The seconds of a column, by process, with its positions."""
    seconds = by_process(cell.seconds.iloc[:, [at]])[1][..., 0]
    positions = by_process(pd.DataFrame(cell.positions[:, [at]], cell.seconds.index))[1][..., 0]
    return Series(seconds, np.where(np.isnan(positions), -1, positions).astype(np.int8))


def per_process(cells: Sequence[Rounds]) -> pd.DataFrame:
    """One row per process: ``ns`` of its median round, ``ratio`` the centre of its pairs.

    A value pairs with that of the same backend's baseline in the same round; the ratio is NaN if
    there is no such baseline.
    """
    return pd.concat([cell.processes for cell in cells], ignore_index=True)


def ratios_of(cell: Rounds) -> pd.DataFrame:
    """Each value over that of its baseline in the same round; NaN without a baseline."""
    return cell.ratios


def median_round(values: pd.DataFrame) -> tuple[Values, Values]:
    """The processes, and the median over rounds of each: one row per process."""
    processes, cube = by_process(values)
    return processes, medians(cube)


def by_process(values: pd.DataFrame) -> tuple[Values, Values]:
    """The processes, and their values by process, round and column.

    NaN where a process has fewer rounds than others.
    """
    processes = np.unique(values.index.get_level_values("process"))
    row, within = _places(values)
    cube = np.full((len(processes), within.max() + 1, values.shape[1]), np.nan)
    cube[row, within] = values.to_numpy()
    return processes, cube


def _places(values: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each row, the index of its process and the index of the round within it."""
    _, row = np.unique(values.index.get_level_values("process"), return_inverse=True)
    counts = np.bincount(row)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def long_form(constant: pd.DataFrame, processes: Values, **medians: Values) -> pd.DataFrame:
    """One row per process for each row of ``constant``, with a column for each of the medians."""
    rows = np.repeat(np.arange(len(constant)), len(processes))
    columns = {name: values.T.ravel() for name, values in medians.items()}
    each = constant.iloc[rows].reset_index(drop=True)
    return each.assign(process=np.tile(processes, len(constant)), **columns)


def _rounds(cell: pd.DataFrame) -> Rounds:
    series = cell.drop_duplicates("label").set_index("label", drop=False)
    baselines = _baselines(series)
    series["against"] = [baselines.get(backend, "") for backend in series["backend"]]
    axes = f"{{{cell['axes'].iloc[0]}}}" if cell["axes"].iloc[0] else ""
    series["cell"] = f"{cell['shape'].iloc[0]}{axes}"
    return Rounds(
        series[[*CELL, *SERIES, *OF_SHAPE]],
        _wide(cell, "seconds")[series.index],
        _wide(cell, "position")[series.index].fillna(-1).to_numpy(dtype=np.int8),
        _wide(cell, "state").max(axis="columns").to_numpy(dtype=np.int8),
        experiment=str(cell["experiment"].iloc[0]),
        paired=_wide(cell, "paired")[series.index] if "paired" in cell else None,
    )


def _is_enough(cell: Rounds) -> bool:
    """True if a cell has enough processes for an interval."""
    return cell.seconds.index.get_level_values("process").nunique() >= PROCESSES_MIN


def _with_rules(cell: Rounds, found: Sequence[Rule]) -> Rounds:
    left = iter(found)
    names = [next(left).value if there else "" for there in cell.compared.tolist()]
    ruled = replace(cell, series=cell.series.assign(rule=names))
    for known in OF_RATIOS & vars(cell).keys():  # which no rule changes
        vars(ruled)[known] = vars(cell)[known]
    return ruled


def _wide(cell: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row per process and round, one column per label."""
    labels = cell["label"].unique()
    rows = len(cell) // len(labels)
    keys = [cell["label"].cat.codes.to_numpy(), *(cell[key].to_numpy() for key in PLACE)]
    if rows * len(labels) == len(cell):
        label, *place = (key.reshape(len(labels), rows) for key in keys)
        alike = all((each == each[0]).all() for each in place)
        if alike and (label == label[:, :1]).all():  # the usual case: nothing is missing
            index = pd.MultiIndex.from_arrays([each[0] for each in place], names=PLACE)
            table = cell[column].to_numpy().reshape(len(labels), rows).T
            return pd.DataFrame(table, index, labels).sort_index()
    return cell.pivot(  # noqa: PD010  (pivot_table would average what must be unique)
        index=PLACE, columns="label", values=column
    )


def _per_process(cell: Rounds) -> pd.DataFrame:
    """The ``per_process`` frame of one cell."""
    processes, ns = median_round(cell.seconds * NS)
    ratio = median_round(cell.ratios)[1]
    if "rule" in cell.series and cell.paired is None:
        places = np.flatnonzero(cell.compared)
        for at, one in zip(places, cell.judged, strict=True):
            ratio[:, at] = by_rule(one, Rule(cell.series["rule"].iloc[at]))
    found = long_form(cell.series, processes, ns=ns, ratio=ratio)
    return found.dropna(subset="ns")


def _baselines(series: pd.DataFrame) -> dict[str, str]:
    """The baseline of each backend, in plain form if there are several."""
    rows = series[["label", "role", "form", "backend"]].astype("object").to_dict("records")
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row["form"] != PLAIN_FORM):
        if row["role"] == "baseline":
            found.setdefault(row["backend"], row["label"])
    return found
