"""The parts of a whole cycle: map, add, and the rest, in cycles of the baseline."""

import pandas as pd

from reports.frames.code import by_itself
from reports.read.series import LAYOUTS

PARTS, WHOLE = ("map", "add"), "cycle"  # phases, and the phase that they are parts of
REST = "rest"
KEYS = ["workload", "cell", "backend"]
_EMPTY = pd.DataFrame(columns=[*KEYS, "role", "variant", "label", *PARTS, REST, WHOLE])


def stacked(times: pd.DataFrame) -> pd.DataFrame:
    """One row per named shape and layout, as compiled: its parts in cycles of the baseline.

    Columns ``map``, ``add``, ``rest`` and ``cycle``. The rest is the whole cycle minus map and add
    timed alone; a processor overlaps work within a cycle, so it can be below 0.
    """
    named = times[times["swept"].isna() & (times["axes"] == "") & times["role"].isin(LAYOUTS)]
    phases = [*PARTS, WHOLE]
    if named.empty or not set(phases) <= set(named["phase"]):
        return _EMPTY
    rows = by_itself(named).pivot_table(
        index=[*KEYS, "role", "variant", "label"],
        columns="phase",
        values="centre",
        observed=True,
        sort=False,
    )
    whole = rows.dropna(subset=phases).reset_index()
    bases = whole[whole["role"] == "baseline"].drop_duplicates(KEYS)
    whole = whole.merge(bases[[*KEYS, WHOLE]], on=KEYS, suffixes=("", "_base"))
    shares = whole[phases].div(whole[f"{WHOLE}_base"], axis=0)
    rest = shares[WHOLE] - shares[list(PARTS)].sum(axis=1)
    return whole.drop(columns=phases).join(shares.assign(**{REST: rest}))[list(_EMPTY)]
