"""The distance of a layout from the floor: the part of its work that no layout can avoid."""

import pandas as pd

from reports.read.series import LAYOUTS
from reports.rounds.processes import CELL, OF_SHAPE, SERIES
from reports.statistics.estimates import estimated

JOINED = [*CELL, "backend", "process"]


def above_floor(processes: pd.DataFrame) -> pd.DataFrame:
    """Nanoseconds per descriptor above each ``floor`` of the same backend and cell.

    Subtracted within each process, and centred over processes.
    """
    floors = processes.loc[processes["role"] == "floor", [*JOINED, "variant", "ns"]]
    floors = floors.rename(columns={"variant": "floor", "ns": "floor_ns"})
    layouts = processes[processes["role"].isin(LAYOUTS)]
    joined = layouts.merge(floors, on=JOINED)
    joined["above"] = (joined["ns"] - joined["floor_ns"]) / joined["descriptors"]
    return estimated(joined, "above", [*CELL, *SERIES, *OF_SHAPE, "floor"])
