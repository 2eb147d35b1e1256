"""Parts of a frame in the order of its file, and rows side by side that are of one kind."""

import pandas as pd


def by(frame: pd.DataFrame, *keys: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the frame's parts in the file's order, each with its values of ``keys``."""
    groups = frame.groupby(list(keys), observed=True, sort=False)
    return [(", ".join(filter(None, map(str, names))), part) for names, part in groups]


def together(frame: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Return the rows with those of equal ``keys`` side by side, else in the file's order."""
    return pd.concat([part for _, part in by(frame, *keys)]) if len(frame) else frame
