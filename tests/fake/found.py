"""What processes found, with only what a test is about."""

from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from bench.messages import CellRecord, ProcessRecord
from bench.processes.outcome import Outcome


def cell(
    values: Iterable[Iterable[float]] = (),
    *,
    positions: Sequence[str] = (),
    failed: Mapping[int, str] | None = None,
    watch: Mapping[str, ArrayLike] | None = None,
) -> CellRecord:
    """What was found in a cell: seconds in each round, by variant."""
    return CellRecord(
        requests=[],
        values=[array("d", column) for column in values],
        firsts=[],
        positions=list(positions),
        failed=dict(failed or {}),
        facts={},
        watch={name: np.asarray(read, np.float64) for name, read in (watch or {}).items()},
    )


def process(cells: Mapping[int, CellRecord], number: int = 0) -> ProcessRecord:
    """What a process found, by cell."""
    return ProcessRecord(number, 0, 0.1, [], dict(cells), {}, 1)


def outcome(number: int, cells: Mapping[int, CellRecord]) -> Outcome:
    """The end of a process that found something."""
    return Outcome(number, 0, process(cells, number))
