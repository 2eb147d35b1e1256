"""From values to one number a process: the median over rounds, of a time and of its ratio."""

import numpy as np
import pandas as pd

from reports.result import PLAIN_FORM

CELL = ["workload", "shape", "phase", "axes"]
SERIES = ["strategy", "form", "backend", "role", "label", "against"]  # the last: its baseline
OF_SHAPE = ["cell", "descriptors", "swept", "sweep"]  # cell: shape and axes, as rows are headed
NS = 1e9  # nanoseconds in a second


def per_process(values: pd.DataFrame) -> pd.DataFrame:
    """Return a row a process: ``ns`` of its median round, ``ratio`` of its median pair of values.

    A value pairs with the one that the baseline of the same backend has in the same round; the
    ratio is NaN where there is no such baseline.
    """
    cells = [_cell_per_process(part) for _, part in values.groupby(CELL, observed=True, sort=False)]
    return pd.concat(cells, ignore_index=True)


def _cell_per_process(cell: pd.DataFrame) -> pd.DataFrame:
    """Return ``per_process`` of one cell."""
    series = cell.drop_duplicates("label").set_index("label")
    series["against"] = pd.Series(_baselines(series)).reindex(series.index).fillna("")
    wide = cell.pivot(  # noqa: PD010  (pivot_table would average what must be unique)
        index=["process", "round"], columns="label", values="seconds"
    )[series.index]
    against = [wide[base].to_numpy() if base else np.nan for base in series["against"]]
    ratio = wide.div(pd.DataFrame(dict(enumerate(against)), wide.index).to_numpy())
    found = _median_round(wide * NS, "ns").assign(ratio=_median_round(ratio, "ratio")["ratio"])
    axes = f"{{{cell['axes'].iloc[0]}}}" if cell["axes"].iloc[0] else ""
    series["cell"] = f"{cell['shape'].iloc[0]}{axes}"
    constant = series[[*CELL, *(key for key in SERIES if key != "label"), *OF_SHAPE]]
    return found.join(constant, on="label").dropna(subset="ns")


def _median_round(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a row a process and series, with the median over rounds under ``name``."""
    medians = wide.groupby(level="process").median()
    return medians.melt(ignore_index=False, value_name=name).reset_index()


def _baselines(series: pd.DataFrame) -> dict[str, str]:
    """Return each label's baseline: of its backend, and in plain form where there are several."""
    bases = series[series["role"] == "baseline"].sort_values(
        "form", key=lambda form: form != PLAIN_FORM, kind="stable"
    )
    of_backend = bases.reset_index().drop_duplicates("backend").set_index("backend")["label"]
    known = series[series["backend"].isin(of_backend.index)]
    return {str(label): str(of_backend[backend]) for label, backend in known["backend"].items()}
