"""Facts about the code next to the times it takes, for readers who need both."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from reports.frames.answer import headline_phase
from reports.frames.order import together
from reports.frames.tables import Tables
from reports.read.series import LAYOUTS

SHOWN = (*LAYOUTS, "floor")  # roles
TIME = ["centre", "low", "high", "processes"]
FrameRow = Mapping[Hashable, Any]


def longest(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the cell with the most descriptors: a point of a sweep if there is one."""
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
    """One row per series of known code, by strategy: that of ``codes``, with time and ratio.

    ``centre``, ``low`` and ``high`` are nanoseconds per descriptor in the longest cell; with the
    suffix ``_ratio`` they are the ratio there.
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
    """The counts of the longest cell, each with its time per descriptor."""
    if found.counts.empty:
        return found.counts.assign(**dict.fromkeys(TIME, 0.0))
    cell = longest(found.per_descriptor)
    here = cell[cell["role"].isin(SHOWN) & (cell["processes"] > 0)]
    keys = ["workload", "shape", "phase", "label"]
    found_here: pd.DataFrame = here[[*keys, "cell", *TIME]].merge(found.counts, on=keys)
    return found_here


def fewer_but_slower(rows: pd.DataFrame) -> tuple[FrameRow, FrameRow] | None:
    """The two layouts of one backend where the fewest instructions take the longest, if any.

    The first has fewer instructions and is slower: its whole interval is above that of the second.
    """
    records = rows[rows["role"].isin(LAYOUTS)].dropna(subset=["low", "high"]).to_dict("records")
    return max(
        _contrary(records), key=lambda pair: pair[0]["centre"] / pair[1]["centre"], default=None
    )


def _contrary(records: list[dict[Hashable, Any]]) -> Iterator[tuple[FrameRow, FrameRow]]:
    for slow in records:
        for fast in records:
            fewer = slow["instructions_per_descriptor"] < fast["instructions_per_descriptor"]
            if fewer and slow["backend"] == fast["backend"] and slow["low"] > fast["high"]:
                yield slow, fast
