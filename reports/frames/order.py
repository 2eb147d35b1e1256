"""Parts of a frame in the order of its file, and rows of one kind next to each other."""

from collections.abc import Mapping

import pandas as pd

REPEATS: Mapping[tuple[str, str], str] = {  # a workload's shape: one that no layout tells from it
    ("blk", "4k-barrier"): "4k-write",
    ("blk", "merge-read"): "64k-read",  # but for its mapping, which merges
}


def by(frame: pd.DataFrame, *keys: str) -> list[tuple[str, pd.DataFrame]]:
    """The frame's parts in the file's order, each with its values of ``keys``."""
    groups = frame.groupby(list(keys), observed=True, sort=False)
    return [(", ".join(filter(None, map(str, names))), part) for names, part in groups]


def together(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The rows with those of equal ``keys`` grouped, otherwise in the file's order."""
    return pd.concat([part for _, part in by(frame, *keys)]) if len(frame) else frame


def by_size(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a figure: short requests first, without shapes that repeat another there."""
    there = set(zip(frame["workload"].astype(str), frame["shape"].astype(str), strict=True))
    repeated = [
        (workload, REPEATS.get((workload, shape), "")) in there
        for workload, shape in zip(
            frame["workload"].astype(str), frame["shape"].astype(str), strict=True
        )
    ]
    kept = frame[[not one for one in repeated]]
    parts = [part.sort_values("descriptors", kind="stable") for _, part in by(kept, "workload")]
    return pd.concat(parts) if parts else kept


def sized(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with their number of descriptors after the name of each cell."""
    numbers = [
        f"{cell}  {count:.3g}"
        for cell, count in zip(frame["cell"], frame["descriptors"], strict=True)
    ]
    return frame.assign(cell=numbers)
