"""The answer by length of a request: what each layout adds to short requests and to long ones.

One row per phase, length and candidate, in each of its forms. Of a process it is the geometric mean
of its ratios over the shapes of that length, over processes the Hodges-Lehmann centre, like every
ratio. Only processes that measured all of these shapes have such a mean; where they are too few,
the shapes' own estimates are averaged, as wide as if all erred the same way. An interval includes
the hidden factor, like those of single cells.

Columns, next to those of a series and of an estimate:

    phase, length           length: a name of LENGTHS
    shapes, least, most     how many shapes, and the least and most descriptors of one
    ns, ns_low, ns_high     what the layout adds to a request of the baseline, mean over the shapes
    base_ns                 what the baseline takes, likewise
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.doubt.hidden import wider_by
from reports.rounds.processes import CELL, SERIES
from reports.statistics.estimates import columns_of
from reports.statistics.signed_rank import PROCESSES_MIN, Estimate, estimate

LENGTHS: Mapping[str, tuple[float, float]] = {  # name: descriptors of a request
    "short": (1, 3),  # one page with its header and status, a packet, a line of the console
    "long": (18, np.inf),  # from 64 KiB on
}
KEYS = ["phase", "length", *SERIES]
OWN = ["shapes", "least", "most", "ns", "ns_low", "ns_high", "base_ns"]
NOTHING = pd.DataFrame(columns=[*KEYS, *columns_of(None), *OWN])


def by_length(processes: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
    """The frame above, of one row per process and of the ``ratios`` made from these."""
    cells = _of_length(ratios[ratios["processes"] > 0])
    if cells.empty:
        return NOTHING
    means = dict(list(_means(processes).groupby(KEYS, observed=True, sort=False)))
    rows = [
        {**dict(zip(KEYS, key, strict=True)), **_row(part, means[key])}
        for key, part in cells.groupby(KEYS, observed=True, sort=False)
    ]
    return pd.DataFrame(rows)[list(NOTHING)]


def heading(found: pd.DataFrame, length: str) -> str:
    """The descriptors of a length's requests; its limits if none was measured."""
    rows = found[found["length"] == length]
    least, most = (rows["least"].min(), rows["most"].max()) if len(rows) else LENGTHS[length]
    if most == np.inf:
        return f"{least:g} and more"
    return f"{least:g} - {most:g}" if least < most else f"{least:g}"


def _means(processes: pd.DataFrame) -> pd.DataFrame:
    """One row per process of each row of the answer: means over the shapes that it measured."""
    bases = processes[[*CELL, "process", "label", "ns"]]
    bases = bases.rename(columns={"label": "against", "ns": "base_ns"})
    rows = _of_length(processes.dropna(subset="ratio")).merge(
        bases, on=[*CELL, "process", "against"]
    )
    rows["log"] = np.log(rows["ratio"])
    rows["added"] = rows["base_ns"] * (rows["ratio"] - 1)
    found = rows.groupby([*KEYS, "process"], observed=True, sort=False)
    means = found[["log", "added", "base_ns"]].mean()
    return means.assign(cells=found.size()).reset_index()


def _row(cells: pd.DataFrame, means: pd.DataFrame) -> dict[str, Any]:
    """The estimates of one row, of its ``cells`` and of the ``_means`` of its processes."""
    whole = means[means["cells"] == len(cells)]
    base = float(means["base_ns"].median())
    few = bool(cells["low"].isna().all())  # so that nothing has an interval
    if len(whole) >= PROCESSES_MIN or (few and len(whole)):
        ratio, added = estimate(np.exp(whole["log"])), estimate(whole["added"])
        base = float(whole["base_ns"].median())
        more = float(cells["hidden"].mean()) * ratio.centre
        ratio, added = wider_by(ratio, more), wider_by(added, more * base)
    else:
        ratio = _averaged(cells)  # of intervals that hold the hidden factor
        low, high = ((end - 1) * base if end else None for end in (ratio.low, ratio.high))
        added = Estimate((ratio.centre - 1) * base, low, high, ratio.processes)
    return {
        **columns_of(ratio),
        "shapes": len(cells),
        "least": cells["descriptors"].min(),
        "most": cells["descriptors"].max(),
        "ns": added.centre,
        "ns_low": np.nan if added.low is None else added.low,
        "ns_high": np.nan if added.high is None else added.high,
        "base_ns": base,
    }


def _averaged(cells: pd.DataFrame) -> Estimate:
    """The geometric mean of the shapes' estimates, as if all erred the same way."""
    logs = np.log(cells[["centre", "low", "high"]].to_numpy(dtype=np.float64))
    centre, low, high = np.exp(logs.mean(axis=0)).tolist()
    processes = int(cells["processes"].min())
    if np.isnan([low, high]).any():
        return Estimate(centre, None, None, processes)
    return Estimate(centre, low, high, processes)


def _of_length(frame: pd.DataFrame) -> pd.DataFrame:
    """The candidates' rows in named shapes with nothing varied, with the ``length`` of each."""
    named = frame[(frame["role"] == "candidate") & frame["swept"].isna() & (frame["axes"] == "")]
    length = pd.Series("", named.index, dtype=object)
    for name, ends in LENGTHS.items():
        length[named["descriptors"].between(*ends)] = name
    found: pd.DataFrame = named.assign(length=length)
    return found[found["length"] != ""]
