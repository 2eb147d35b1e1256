"""What a worker process left behind."""

from dataclasses import dataclass, replace
from typing import Any


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
