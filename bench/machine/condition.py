"""A condition of a machine, and its wording for a terminal and for a result file."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

SAID_MAX = 2  # lines before a run: nobody reads more


class State(Enum):
    """What a condition means for a measurement."""

    FINE = "fine"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"


Finding = tuple[State, str, str]  # of a check: state, fact and advice


@dataclass(frozen=True)
class Condition:
    """What one check found."""

    name: str  # an identifier: other_load
    state: State
    fact: str  # in a few words
    advice: str = ""  # what to do, or to know; may be empty where all is fine

    @property
    def text(self) -> str:
        """State, fact and advice in one line."""
        line = f"{self.state.value}, {self.fact}"
        return " ".join((f"{line}; {self.advice}" if self.advice else line).split())


def fine(fact: str, advice: str = "") -> Finding:
    """No reason for doubt."""
    return State.FINE, fact, advice


def doubtful(fact: str, advice: str) -> Finding:
    """A reason for doubt."""
    return State.DOUBTFUL, fact, advice


def unknown(fact: str, advice: str) -> Finding:
    """What could not be determined."""
    return State.UNKNOWN, fact, advice


def lines(conditions: Iterable[Condition]) -> list[str]:
    """``name: state, fact; advice``, one line per condition."""
    return [f"{one.name.replace('_', ' ')}: {one.text}" for one in conditions]


def said_before(conditions: Iterable[Condition]) -> list[str]:
    """What to print before a run, at most SAID_MAX lines: why to doubt it, and what to do."""
    doubts = [one for one in conditions if one.state is State.DOUBTFUL]
    if len(doubts) <= SAID_MAX:
        return lines(doubts)
    others = ", ".join(one.name.replace("_", " ") for one in doubts[1:])
    return [*lines(doubts[:1]), f"also doubtful: {others} (see python -m bench --check-machine)"]


def as_metadata(conditions: Iterable[Condition]) -> dict[str, str]:
    """Metadata of a result: ``condition_<name>``, with one line of text each."""
    return {f"condition_{one.name}": one.text for one in conditions}
