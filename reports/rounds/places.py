"""Where the rows of a cell belong: the process of each, and its place among that one's rounds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Places:
    """A place for each row; its rounds are in order."""

    processes: NDArray[np.int64]  # ascending
    row: NDArray[np.intp]  # of each row, the index of its process ...
    within: NDArray[np.intp]  # ... and that of its round within the process

    def cube(self, table: NDArray[Any], filling: float = np.nan) -> NDArray[Any]:
        """The rows by process and round; ``filling`` where a process has fewer than others."""
        shape = (len(self.processes), int(self.within.max(initial=-1)) + 1, *table.shape[1:])
        found = np.full(shape, filling, table.dtype)
        found[self.row, self.within] = table
        return found


def places(index: pd.Index) -> Places:
    """The places of rows with this index, of process and round."""
    processes, row = np.unique(index.get_level_values("process"), return_inverse=True)
    counts = np.bincount(row)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Places(processes, row, within)
