"""Numbers of cells put together by the length of their requests."""

import numpy as np
import pandas as pd

COUNTS = (1, 3, 18, 34, 64, 130)  # descriptors: those that several documents tell apart
LONG = "long"  # column of the mean over all cells with LONG_MIN descriptors and more
LONG_MIN = 18


def by_descriptors(found: pd.DataFrame, keys: list[str], value: str = "centre") -> pd.DataFrame:
    """One row per group of ``keys``: geometric means of ``value`` over cells of one length.

    Columns: ``keys``, COUNTS and LONG; NaN where no cell of the group is that long.
    """
    known = found[found[value] > 0]
    known = known.assign(log=np.log(known[value].astype(float)))
    groups = known.groupby(keys, observed=True, sort=False)["log"]
    each = known.pivot_table(
        "log", keys, "descriptors", aggfunc="mean", observed=True, dropna=False
    )
    long = known[known["descriptors"] >= LONG_MIN].groupby(keys, observed=True)["log"].mean()
    table = each.reindex(index=groups.mean().index, columns=COUNTS).assign(**{LONG: long})
    return table.transform(np.exp).reset_index()
