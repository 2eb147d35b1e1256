"""What a run measures, and for how long."""

from dataclasses import asdict, dataclass
from typing import Any

PHASES = ("map", "add", "cycle")
PROCESSES_MIN = 8


@dataclass(frozen=True)
class Length:
    """One of the three lengths, the same everywhere in the project."""

    name: str
    seconds: float  # for all measuring, from the start of compiling on
    quick: bool  # named shapes and a thinned sweep only
    half_width: float | None = None  # stop earlier if every ratio's is below this


QUICK = Length("quick", 60, quick=True)
DEFAULT = Length("default", 300, quick=False)
RIGOROUS = Length("rigorous", 3600, quick=False, half_width=0.0025)


@dataclass(frozen=True)
class Plan:
    """What the user asked for, names checked."""

    workloads: tuple[str, ...]
    strategies: tuple[str, ...]
    backends: tuple[str, ...]
    phases: tuple[str, ...]
    length: Length
    seed: int
    processes: int | None = None  # exactly so many, or as many as the time allows
    raw: bool = False

    def selection(self) -> dict[str, Any]:
        """Return what the compiling process needs to know."""
        keys = ("workloads", "strategies", "backends", "phases", "seed")
        return {**{key: asdict(self)[key] for key in keys}, "quick": self.length.quick}
