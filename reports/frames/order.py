"""Parts of a frame in the order of its file, and rows of one kind next to each other."""

import pandas as pd


def by(frame: pd.DataFrame, *keys: str) -> list[tuple[str, pd.DataFrame]]:
    """The frame's parts in the file's order, each with its values of ``keys``."""
    groups = frame.groupby(list(keys), observed=True, sort=False)
    return [(", ".join(filter(None, map(str, names))), part) for names, part in groups]


def together(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """The rows with those of equal ``keys`` grouped, otherwise in the file's order."""
    return pd.concat([part for _, part in by(frame, *keys)]) if len(frame) else frame
