"""What a worker process left behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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
