"""One condition of a machine, and how it is worded for a terminal and for a result file."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

SAID_MAX = 2  # lines before a run: more are not read


class State(Enum):
    """What a condition means for a measurement."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Condition:
    """What one check found."""

    name: str  # an identifier: other_load
    state: State
    found: str  # the fact, in a few words
    advice: str = ""  # what a person can do, or should know; may be empty where all is fine

    @property
    def text(self) -> str:
        """Return state, fact and advice as one line."""
        told = f"{self.state.value}, {self.found}"
        return " ".join((f"{told}; {self.advice}" if self.advice else told).split())


def fine(name: str, found: str, advice: str = "") -> Condition:
    """Return a condition that gives no reason for doubt."""
    return Condition(name, State.FINE, found, advice)


def doubtful(name: str, found: str, advice: str) -> Condition:
    """Return a condition that gives reason for doubt."""
    return Condition(name, State.DOUBTFUL, found, advice)


def unknown(name: str, found: str, advice: str) -> Condition:
    """Return a condition that could not be found out."""
    return Condition(name, State.UNKNOWN, found, advice)


def lines(conditions: Iterable[Condition]) -> list[str]:
    """Return ``name: state, what was found; advice`` of each."""
    return [f"{one.name.replace('_', ' ')}: {one.text}" for one in conditions]


def said_before(conditions: Iterable[Condition]) -> list[str]:
    """Return what to say before a run, in two lines at most: why to doubt it, and what to do."""
    doubts = [one for one in conditions if one.state is State.DOUBTFUL]
    if len(doubts) <= SAID_MAX:
        return lines(doubts)
    others = ", ".join(one.name.replace("_", " ") for one in doubts[1:])
    return [*lines(doubts[:1]), f"more to put right: {others} (python -m bench --check-machine)"]


def as_metadata(conditions: Iterable[Condition]) -> dict[str, str]:
    """Return ``condition_<name>`` and one line of text for each, as pyperf takes it."""
    return {f"condition_{one.name}": one.text for one in conditions}
