"""From values to one number a process: the median over rounds, of a time and of its ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.series import PLAIN_FORM
from reports.statistics import Values, medians

CELL = ["workload", "shape", "phase", "axes"]
SERIES = ["strategy", "form", "backend", "role", "variant", "label", "against"]  # last: baseline
OF_SHAPE = ["cell", "descriptors", "swept", "sweep"]  # cell: shape and axes, as rows are headed
PLACE = ["process", "round"]
NS = 1e9  # nanoseconds in a second


@dataclass(frozen=True)
class Rounds:
    """All values of one cell."""

    series: pd.DataFrame  # by label: CELL, SERIES and OF_SHAPE
    seconds: pd.DataFrame  # a row a process and round, a column a label: values in a row pair
    positions: NDArray[np.int8]  # of the code then, in the same rows and columns; -1 unknown
    experiment: str = ""  # that asked for it; empty where the file does not say
    paired: pd.DataFrame | None = None  # of a condensed result: ratios, likewise; NaN unknown


def rounds(values: pd.DataFrame) -> list[Rounds]:
    """Return the cells of a result's values, in the file's order."""
    return [_rounds(part) for _, part in values.groupby(CELL, observed=True, sort=False)]


def per_process(cells: Sequence[Rounds]) -> pd.DataFrame:
    """Return a row a process: ``ns`` of its median round, ``ratio`` of its median pair of values.

    A value pairs with the one that the baseline of the same backend has in the same round; the
    ratio is NaN where there is no such baseline.
    """
    return pd.concat([_per_process(cell) for cell in cells], ignore_index=True)


def ratios_of(cell: Rounds) -> pd.DataFrame:
    """Return each value over that of its baseline in the same round; NaN without a baseline."""
    against = cell.series.index.get_indexer_for(pd.Index(cell.series["against"]))
    seconds = cell.seconds.to_numpy()
    bases = np.where(against < 0, np.nan, seconds[:, against])
    found = pd.DataFrame(seconds / bases, cell.seconds.index, cell.seconds.columns)
    return found if cell.paired is None else cell.paired.fillna(found)


def median_round(values: pd.DataFrame) -> tuple[Values, Values]:
    """Return the processes, and each one's median over rounds: a row a process."""
    processes, cube = by_process(values)
    return processes, medians(cube)


def by_process(values: pd.DataFrame) -> tuple[Values, Values]:
    """Return the processes, and their values by process, round and column.

    NaN where a process has fewer rounds than others.
    """
    processes, row = np.unique(values.index.get_level_values("process"), return_inverse=True)
    counts = np.bincount(row)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    cube = np.full((len(processes), counts.max(), values.shape[1]), np.nan)
    cube[row, within] = values.to_numpy()
    return processes, cube


def long_form(constant: pd.DataFrame, processes: Values, **medians: Values) -> pd.DataFrame:
    """Return a row a process for each row of ``constant``, a column of these medians."""
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
    seconds = _wide(cell, "seconds")[series.index]
    known = _wide(cell, "position")[series.index].fillna(-1).to_numpy(dtype=np.int8)
    paired = _wide(cell, "paired")[series.index] if "paired" in cell else None
    asked = str(cell["experiment"].iloc[0])
    return Rounds(series[[*CELL, *SERIES, *OF_SHAPE]], seconds, known, asked, paired)


def _wide(cell: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a row a process and round, a column a label."""
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
    """Return ``per_process`` of one cell."""
    processes, ns = median_round(cell.seconds * NS)
    found = long_form(cell.series, processes, ns=ns, ratio=median_round(ratios_of(cell))[1])
    return found.dropna(subset="ns")


def _baselines(series: pd.DataFrame) -> dict[str, str]:
    """Return each backend's baseline: the one in plain form where there are several."""
    rows = series[["label", "role", "form", "backend"]].astype("object").to_dict("records")
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: row["form"] != PLAIN_FORM):
        if row["role"] == "baseline":
            found.setdefault(row["backend"], row["label"])
    return found
