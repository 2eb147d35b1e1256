"""What a worker process left behind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import pyperf
from numpy.typing import NDArray

from bench.kit import ENDS, SENTINELS
from bench.messages import SECONDS_MAX, ProcessRecord


def checked(outcome: "Outcome", cells: int, variants: int) -> None:
    """Raise ``ValueError`` if no worker would write this for that many cells and variants."""
    found = outcome.found
    assert found is not None
    fit_to_write(found.metadata | {"doubts": "; ".join(("none", *found.doubts))})
    for number, cell in found.cells.items():
        lists = [one for one in (cell.requests, cell.values, cell.firsts, cell.positions) if one]
        rounds = {len(values) for values in cell.values if values}
        every = (value for values in cell.values for value in values)
        fit_to_write(cell.facts)
        credited = zip(cell.requests, cell.values, strict=True)
        if (
            number >= cells
            or any(len(one) != variants for one in lists)
            or len(rounds) > 1
            or not all(0 < value < SECONDS_MAX for value in every)
            or any(values and requests <= 0 for requests, values in credited)
            or not all(variant < variants for variant in cell.failed)
            or not _is_watch(cell.watch, max(rounds, default=0))
        ):
            raise ValueError(number)


def _is_watch(watch: Mapping[str, NDArray[np.float64]], rounds: int) -> bool:
    """Whether there are readings of both sentinels before and after each round, or none at all."""
    known = all(((read > 0) & (read < SECONDS_MAX)).all() for read in watch.values())
    whole = all(read.shape == (len(ENDS), rounds) for read in watch.values())
    return not watch or (known and whole and watch.keys() == set(SENTINELS))


def fit_to_write(metadata: Mapping[str, str | int | float]) -> None:
    """Raise ``ValueError`` if pyperf refuses this metadata."""
    pyperf.Run([1.0], metadata=dict(metadata), collect_metadata=False)


DEATHS_MAX = 2  # in one cell: the first may be chance
DEAD_EARLY_MAX = 4  # deaths before any cell was begun: the cause is common to all


@dataclass(frozen=True)
class Outcome:
    """How a worker ended: its results, or why it has none."""

    process: int
    cpu: int
    found: ProcessRecord | None
    fault: str = ""
    cell: int | None = None  # the one it died in, if it had begun one
    refused: bool = False  # whether it gave up by itself, as no worker can continue here

    def without_values(self) -> "Outcome":
        """The part that a run keeps in memory: the values are in the journal."""
        if self.found is None:
            return self
        cells = {
            number: msgspec.structs.replace(cell, values=[], watch={}, turns=None)
            for number, cell in self.found.cells.items()
        }
        return replace(self, found=msgspec.structs.replace(self.found, cells=cells))


def hopeless(died: Sequence[Outcome], found: int) -> str:
    """Why no worker can measure here: no room, or all die early; empty if one can."""
    refused = next((outcome.fault for outcome in died if outcome.refused), "")
    early = [outcome for outcome in died if outcome.cell is None]
    return early[0].fault if not (refused or found) and len(early) >= DEAD_EARLY_MAX else refused


def deadly(died: Sequence[Outcome]) -> frozenset[int]:
    """The cells in which workers died too often to try again."""
    deaths = Counter(one.cell for one in died if one.cell is not None and not one.refused)
    return frozenset(cell for cell, count in deaths.items() if count >= DEATHS_MAX)
