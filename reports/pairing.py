"""From values to one number a process: the median over rounds, of a time and of its ratio."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.result import PLAIN_FORM
from reports.statistics import Values

CELL = ["workload", "shape", "phase", "axes"]
SERIES = ["strategy", "form", "backend", "role", "variant", "label", "against"]  # last: baseline
OF_SHAPE = ["cell", "descriptors", "swept", "sweep"]  # cell: shape and axes, as rows are headed
NS = 1e9  # nanoseconds in a second


@dataclass(frozen=True)
class Rounds:
    """All values of one cell."""

    series: pd.DataFrame  # by label: CELL, SERIES and OF_SHAPE
    seconds: pd.DataFrame  # a row a process and round, a column a label: values in a row pair


def rounds(values: pd.DataFrame) -> list[Rounds]:
    """Return the cells of a result's values, in the file's order."""
    return [_rounds(part) for _, part in values.groupby(CELL, observed=True, sort=False)]


def per_process(cells: Sequence[Rounds]) -> pd.DataFrame:
    """Return a row a process: ``ns`` of its median round, ``ratio`` of its median pair of values.

    A value pairs with the one that the baseline of the same backend has in the same round; the
    ratio is NaN where there is no such baseline.
    """
    return pd.concat([_per_process(cell) for cell in cells], ignore_index=True)


def median_round(values: pd.DataFrame) -> tuple[Values, Values]:
    """Return the processes, and each one's median over rounds: a row a process."""
    processes = values.index.get_level_values("process").to_numpy()
    starts = np.flatnonzero(np.diff(processes)) + 1
    parts = np.split(values.to_numpy(), starts)
    return processes[[0, *starts]], np.array([_median(part) for part in parts])


def long_form(constant: pd.DataFrame, processes: Values, **medians: Values) -> pd.DataFrame:
    """Return a row a process for each row of ``constant``, a column of these medians."""
    rows = np.repeat(np.arange(len(constant)), len(processes))
    columns = {name: values.T.ravel() for name, values in medians.items()}
    each = constant.iloc[rows].reset_index(drop=True)
    return each.assign(process=np.tile(processes, len(constant)), **columns)


def _rounds(cell: pd.DataFrame) -> Rounds:
    series = cell.drop_duplicates("label").set_index("label", drop=False)
    series["against"] = pd.Series(_baselines(series)).reindex(series.index).fillna("")
    axes = f"{{{cell['axes'].iloc[0]}}}" if cell["axes"].iloc[0] else ""
    series["cell"] = f"{cell['shape'].iloc[0]}{axes}"
    wide = cell.pivot(  # noqa: PD010  (pivot_table would average what must be unique)
        index=["process", "round"], columns="label", values="seconds"
    )[series.index]
    return Rounds(series[[*CELL, *SERIES, *OF_SHAPE]], wide)


def _per_process(cell: Rounds) -> pd.DataFrame:
    """Return ``per_process`` of one cell."""
    seconds, series = cell.seconds, cell.series
    against = [seconds[base].to_numpy() if base else np.nan for base in series["against"]]
    ratio = seconds.div(pd.DataFrame(dict(enumerate(against)), seconds.index).to_numpy())
    processes, ns = median_round(seconds * NS)
    found = long_form(series, processes, ns=ns, ratio=median_round(ratio)[1])
    return found.dropna(subset="ns")


def _median(rounds_of_process: Values) -> Values:
    """Return each column's median, of the values that it has."""
    found: Values = np.median(rounds_of_process, axis=0)
    for at in np.flatnonzero(np.isnan(found)):
        known = rounds_of_process[:, at][~np.isnan(rounds_of_process[:, at])]
        found[at] = np.median(known) if known.size else np.nan
    return found


def _baselines(series: pd.DataFrame) -> dict[str, str]:
    """Return each label's baseline: of its backend, and in plain form where there are several."""
    bases = series[series["role"] == "baseline"].sort_values(
        "form", key=lambda form: form != PLAIN_FORM, kind="stable"
    )
    of_backend = bases.drop_duplicates("backend").set_index("backend")["label"]
    known = series[series["backend"].isin(of_backend.index)]
    return {str(label): str(of_backend[backend]) for label, backend in known["backend"].items()}
