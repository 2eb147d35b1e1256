"""What a worker process left behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
import numpy as np
import pyperf

from bench.kit import ENDS, SENTINELS

SECONDS_MAX = 1e9  # 30 years: of no number that is one
Second = Annotated[float, msgspec.Meta(gt=0, lt=SECONDS_MAX)]


class Series(TypedDict):
    """What a worker found in one cell: a list by variant, of its rounds."""

    requests: list[int]
    values: Any  # an array each, seconds per request
    firsts: list[Second | None]
    positions: list[str]
    watch: NotRequired[Any]  # by sentinel an array: seconds of a step, at each end of each round
    failed: dict[str, str]
    facts: dict[str, str]
    turns: list[Any] | None


class Found(TypedDict):
    """What a worker writes."""

    process: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    cpu: int
    start_s: float
    doubts: list[str]
    cells: dict[Annotated[str, msgspec.Meta(pattern="^[0-9]{1,6}$")], Series]
    metadata: dict[str, str | int | float]
    peak_bytes: int


def checked(found: Any, cells: int, variants: int) -> None:
    """Raise ``ValueError`` if this is not what a worker writes of so many cells and variants."""
    msgspec.convert(found, Found)
    fit_to_write(found["metadata"] | {"doubts": "; ".join(("none", *found["doubts"]))})
    for number, cell in found["cells"].items():
        lists = [cell[key] for key in ("requests", "values", "firsts", "positions") if cell[key]]
        rounds = {len(values) for values in cell["values"] if values}
        every = (value for values in cell["values"] for value in values)
        failed = map(int, cell["failed"])
        fit_to_write(cell["facts"])
        credited = zip(cell["requests"], cell["values"], strict=True)
        if (
            int(number) >= cells
            or any(len(one) != variants for one in lists)
            or len(rounds) > 1
            or not all(0 < value < SECONDS_MAX for value in every)
            or any(values and requests <= 0 for requests, values in credited)
            or not all(0 <= variant < variants for variant in failed)
            or not _is_watch(cell.get("watch") or {}, max(rounds, default=0))
        ):
            raise ValueError(number)


def _is_watch(watch: dict[str, Any], rounds: int) -> bool:
    """Return whether both sentinels, or neither, have a time for each end of each round."""
    readings = [np.asarray(watch[name], np.float64) for name in sorted(watch)]
    known = all(((read > 0) & (read < SECONDS_MAX)).all() for read in readings)
    whole = all(read.shape == (len(ENDS), rounds) for read in readings)
    return not watch or (known and whole and watch.keys() == set(SENTINELS))


def fit_to_write(metadata: dict[str, Any]) -> None:
    """Raise ``ValueError`` if pyperf would not write this."""
    pyperf.Run([1.0], metadata=metadata, collect_metadata=False)


DEAD_EARLY_MAX = 4  # deaths before any cell was begun: something is wrong with all of them


@dataclass(frozen=True)
class Outcome:
    """A worker's end: what it found, or why it found nothing."""

    process: int
    cpu: int
    found: dict[str, Any] | None
    fault: str = ""
    cell: int | None = None  # under way when it died, if it came so far
    refused: bool = False  # it ended by itself: no worker can go on here

    def without_values(self) -> "Outcome":
        """Return what a run remembers of it while it goes on: the values are in the journal."""
        if self.found is None:
            return self
        cells = {n: {"failed": cell.get("failed", {})} for n, cell in self.found["cells"].items()}
        return replace(self, found={"cells": cells})


def hopeless(died: Sequence[Outcome], found: int) -> str:
    """Return why no worker can work here any more, or nothing: no room, or all die early."""
    refused = next((outcome.fault for outcome in died if outcome.refused), "")
    early = [outcome for outcome in died if outcome.cell is None]
    return early[0].fault if not (refused or found) and len(early) >= DEAD_EARLY_MAX else refused
