"""What the code says of itself beside what it takes: where one would be read without the other."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from reports.frames.answer import headline_phase
from reports.frames.order import together
from reports.frames.tables import Tables
from reports.read.series import LAYOUTS

SHOWN = (*LAYOUTS, "floor")  # roles
TIME = ["centre", "low", "high", "processes"]
Row = Mapping[Hashable, Any]


def longest(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the cell with most descriptors: a point of a sweep where there is one."""
    plain = frame[frame["axes"] == ""]
    plain = frame if plain.empty else plain
    swept = plain[plain["swept"].notna()]
    cells = plain if swept.empty else swept
    cells = cells[cells["phase"] == headline_phase(cells)]
    most = cells.iloc[int(cells["descriptors"].argmax())]
    found: pd.DataFrame = cells[
        (cells["workload"] == most["workload"]) & (cells["cell"] == most["cell"])
    ]
    return found


def measured(found: Tables) -> pd.DataFrame:
    """Return a row a series of known code, by strategy: of ``codes``, and its time and ratio.

    ``centre``, ``low``, ``high`` are nanoseconds per descriptor in the longest cell, and with
    ``_ratio`` behind, of the ratio there.
    """
    cell = longest(found.per_descriptor)
    phase = cell["phase"].iloc[0]
    codes = found.codes[(found.codes["phase"] == phase) & found.codes["role"].isin(SHOWN)]
    codes = codes[codes["code_hash"] != ""]
    ratios = found.ratios.merge(cell[["workload", "cell", "phase", "label"]])
    whole = (
        codes.merge(cell[["label", "workload", "cell", *TIME]], on="label")
        .merge(ratios[["label", *TIME]], how="left", on="label", suffixes=("", "_ratio"))
        .fillna({"processes_ratio": 0})
    )
    return together(whole, "strategy")


def counted(found: Tables) -> pd.DataFrame:
    """Return the counts of the longest cell, each with its time per descriptor."""
    if found.counts.empty:
        return found.counts.assign(**dict.fromkeys(TIME, 0.0))
    cell = longest(found.per_descriptor)
    here = cell[cell["role"].isin(SHOWN) & (cell["processes"] > 0)]
    keys = ["workload", "shape", "phase", "label"]
    found_here: pd.DataFrame = here[[*keys, "cell", *TIME]].merge(found.counts, on=keys)
    return found_here


def fewer_but_slower(rows: pd.DataFrame) -> tuple[Row, Row] | None:
    """Return the two layouts of one backend where fewer instructions take longest, if any.

    The first has fewer instructions and is slower, the whole interval away from the second's.
    """
    records = rows[rows["role"].isin(LAYOUTS)].dropna(subset=["low", "high"]).to_dict("records")
    return max(
        _contrary(records), key=lambda pair: pair[0]["centre"] / pair[1]["centre"], default=None
    )


def _contrary(records: list[dict[Hashable, Any]]) -> Iterator[tuple[Row, Row]]:
    for slow in records:
        for fast in records:
            fewer = slow["instructions_per_descriptor"] < fast["instructions_per_descriptor"]
            if fewer and slow["backend"] == fast["backend"] and slow["low"] > fast["high"]:
                yield slow, fast
