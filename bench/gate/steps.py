"""The steps of a gate, and how long each takes: said before, and taken.

Measuring and confirming have a limit. How long the others take depends on the machine and on what
is kept, so it is known from the last gate here that did the same; the first one says so.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from bench import messages
from bench.compile.making import PACKAGES
from bench.gate.versions.versions import Asked
from bench.machine.identity import kind
from bench.progress import Progress
from strategies.compile import kept

HOLDING = "holding to the oracle"  # a user's layouts
CHECKOUT, COMPILING, CHECKING, COUNTING = "checkout", "compiling", "checking", "counting"
MEASURING, CONFIRMING = "measuring", "confirming"
CONFIRM_SHARE = 0.5  # extra time to confirm suspects, as a share of the time to find them


class Step(msgspec.Struct, frozen=True):
    """A step that has ended."""

    name: str
    took_s: float
    said_s: float | None = None  # before it began; None: nothing was known of it


@dataclass
class Steps:
    """The steps of a gate, one after the other, announced to the user."""

    progress: Progress
    clock: Callable[[], float] = time.monotonic
    ended: list[Step] = field(default_factory=list)
    expected: dict[str, float | None] = field(default_factory=dict)  # None: not known here yet
    _name: str = ""
    _since_s: float = 0.0

    def begin(self, name: str, doing: str = "") -> None:
        """End the step before, and say what is done now and what is left."""
        self.end()
        self._name, self._since_s = name, self.clock()
        if left := self._left():
            self.progress.say(f"{doing or name}; {left}")

    def end(self) -> None:
        """End the current step."""
        if self._name:
            took_s, said_s = self.clock() - self._since_s, self.expected.get(self._name)
            self.ended.append(Step(self._name, round(took_s, 1), said_s))
            self._name = ""

    def _left(self) -> str:
        """The time from here, step by step; empty if nothing is expected."""
        over = {step.name for step in self.ended}
        left = {name: s for name, s in self.expected.items() if name not in over}
        known = {name: s for name, s in left.items() if s is not None}
        parts = ", ".join(f"{name} {math.ceil(s)} s" for name, s in known.items())
        unknown = ", ".join(name for name in left if name not in known)
        text = f"about {math.ceil(sum(known.values()))} s left at most ({parts})" if known else ""
        return "; ".join(filter(None, (text, unknown and f"not timed here before: {unknown}")))


def expected(asked: Asked, cold: Sequence[str]) -> dict[str, float | None]:
    """What each step may take, once it is known which sides are to be compiled."""
    names = (*[COMPILING] * bool(cold), CHECKING, *[COUNTING] * asked.counts)
    found = {name: last(asked, cold, name) for name in names}
    if asked.timed:
        found |= {MEASURING: asked.seconds, CONFIRMING: CONFIRM_SHARE * asked.seconds}
    return found


def last(asked: Asked, cold: Sequence[str], name: str) -> float | None:
    """What a step took in the last gate like this one, on this machine; None: there was none."""
    data = kept.store().get(_key(asked, cold, name))
    return None if data is None else messages.decode(data, float)


def keep(asked: Asked, cold: Sequence[str], steps: Sequence[Step]) -> None:
    """Keep what steps took, for the next gate like this one."""
    for step in steps:
        if step.name in {COMPILING, CHECKING, COUNTING}:
            kept.store().put(_key(asked, cold, step.name), messages.encode(step.took_s))


def _key(asked: Asked, cold: Sequence[str], name: str) -> str:
    """The name of what is kept of a step: what decides how long it takes, but for load."""
    compiled = tuple(cold) if name == COMPILING else ()
    theirs = tuple(one.path for one in asked.layouts)
    like = (name, compiled, asked.cells, asked.backends, asked.forms, asked.time_identical, theirs)
    return kept.key("a step of a gate", kind(), *kept.tools(*PACKAGES), repr(like))
