"""Whether a round had its core to itself, from what the watch read at the round's two ends.

The quantity is a step of ``sums`` over a step of ``chain`` (``bench.driver.sentinels``). It knows
no clock speed and no layout: neither a processor that changes its clock nor a kernel that becomes
slower moves it, another tenant on the core's second thread does. Readings of a whole run are
pooled. They fall into one heap, or into a low one (the core to itself) and whatever lies above it.

The rule, the same for a run and for both sides of a gate:

* The low heap begins at the ``LOW`` quantile of all readings; its centre is the median of the
  readings within ``HEAP`` of that.
* The border is the emptiest place from ``NEAR`` to ``FAR`` above the centre: where the fewest
  readings lie within ``WINDOW``. It counts if at least ``SHARE_MIN`` of all readings lie above, and
  if it is a valley: emptier by ``DEPTH`` than the fullest place on either side.
* Where there is no valley but readings spread by more than ``SPREAD``, a neighbour works at all
  degrees, and the border is ``CUT`` above the centre.
* Otherwise there is one heap, and one state. Which one follows from the pace, the additions that a
  core starts in a cycle: above ``ALONE_PACE`` it is alone. Below ``SHARED_PACE`` it is shared,
  on x86-64, whose server cores have started four in a cycle since 2013 (Haswell) and 2017 (Zen).
  In between, and on other architectures, one heap cannot say which it is, and the state is unknown.
  A core that starts six (Zen 5) with a light neighbour can pass for a core alone.

A round whose ends are in different states is of neither.
"""

import math
import platform
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.messages import CellRecord, ProcessRecord

ALONE, SHARED, NEITHER = "a", "s", "m"
LOW = 0.02
HEAP, NEAR, FAR, WINDOW, STEP = 0.04, 0.04, 0.5, 0.02, 0.005  # differences of logarithms
SHARE_MIN = 0.02
DEPTH = 3.0
SPREAD, CUT = 0.15, 0.1
OPERATIONS_PER_CHAIN_STEP = 24 / 4  # operations of a step of sums, cycles of a step of chain
ALONE_PACE, SHARED_PACE = 3.2, 2.4  # operations a cycle
ENOUGH = 0.1  # of all rounds alone: then the run's numbers are of these
MORE_MAX = 4  # times as many rounds as asked: beyond, another process comes in a better hour
ALWAYS = 0.95  # of all rounds alone: nothing to be said
LATEST = 16  # processes whose readings define the border during a run


@dataclass(frozen=True)
class Border:
    """The border between the states of a run."""

    at: float | None = None  # of sums over chain; None: all readings are one heap
    only: str = ""  # the state of that heap, empty where it is unknown
    pace: float = 0.0  # operations a cycle of the low heap, or of the only one

    def letters(self, begin: ArrayLike, end: ArrayLike) -> str:
        """One letter per round; empty where the state is unknown."""
        rounds = len(np.atleast_1d(begin))
        if self.at is None:
            return self.only * rounds
        low = np.array([np.atleast_1d(begin), np.atleast_1d(end)]) < self.at
        where = [low.all(axis=0), (~low).all(axis=0)]
        return "".join(np.select(where, [ALONE, SHARED], NEITHER))

    @property
    def text(self) -> str:
        """The border as it is written in metadata."""
        return "none" if self.at is None else f"{self.at:.4g}"


@dataclass
class Seen:
    """The readings of a run's processes so far; its border is that of the latest ones."""

    state: str = ""  # that the run's numbers are of, so far; empty: of all rounds
    rounds: Counter[str] = field(default_factory=Counter)  # by letter
    _latest: deque[NDArray[np.float64]] = field(default_factory=lambda: deque(maxlen=LATEST))

    def add(self, found: ProcessRecord) -> dict[int, NDArray[np.bool_] | slice]:
        """Add a process; the rounds of it that count, by cell."""
        self._latest.append(readings(found))
        at = border(np.concatenate(self._latest))
        letters = {number: _letters(at, cell) for number, cell in found.cells.items()}
        self.rounds.update("".join(letters.values()))
        known = {state: self.share(state) >= ENOUGH for state in (ALONE, SHARED)}
        self.state = next((state for state, enough in known.items() if enough), "")
        return {
            number: np.array(list(text)) == self.state if text and self.state else slice(None)
            for number, text in letters.items()
        }

    @property
    def ours(self) -> float | None:
        """The share of rounds with the core to themselves; None where states are unknown."""
        return self.share(ALONE) if self.rounds else None

    @property
    def note(self) -> tuple[str, ...]:
        """A line about a neighbour; none where the core was always ours.

        Of which rounds a cell's numbers are, its report says: it decides cell by cell.
        """
        if self.state == ALONE:
            share = self.share(ALONE)
            return (f"the core was ours in {share:.0%} of rounds",) if share < ALWAYS else ()
        if self.state == SHARED:
            return ("a busy neighbour on the core nearly all the time",)
        if self.rounds:
            return ("a busy neighbour on the core came and went all the time",)
        return ("the sentinels cannot tell here whether a busy neighbour was on the core",)

    def needed(self, rounds: int) -> int:
        """How many rounds to take so that about as many as asked are in the state that counts."""
        return (
            math.ceil(rounds / max(self.share(self.state), 1 / MORE_MAX)) if self.state else rounds
        )

    def share(self, state: str) -> float:
        """The share of all rounds that were in a state; 0 where states are unknown."""
        return self.rounds[state] / max(1, self.rounds.total())


def _letters(at: Border, cell: CellRecord) -> str:
    return at.letters(*quotients(cell.watch)) if cell.watch else ""


def readings(found: ProcessRecord) -> NDArray[np.float64]:
    """All readings of one process, both ends of every round of every cell."""
    parts = [quotients(cell.watch).ravel() for cell in found.cells.values() if cell.watch]
    return np.concatenate([np.zeros(0), *parts])


def quotients(watch: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Sums over chain, at each end in every round: shape (2, rounds)."""
    return np.asarray(watch["sums"], np.float64) / np.asarray(watch["chain"], np.float64)


def pooled(founds: Iterable[ProcessRecord | None]) -> Border:
    """The border of all that a run's processes found."""
    return border(np.concatenate([np.zeros(0), *(readings(one) for one in founds if one)]))


def share_alone(at: Border, founds: Iterable[ProcessRecord | None]) -> float:
    """The share of all rounds in which the core was ours; NaN where states are unknown."""
    cells = (cell for one in founds if one for cell in one.cells.values())
    letters = "".join(_letters(at, cell) for cell in cells)
    return letters.count(ALONE) / len(letters) if letters else float("nan")


def border(pool: ArrayLike, machine: str = "") -> Border:
    """The border of a run's pooled readings, by the rule above."""
    logs = np.sort(np.log(np.asarray(pool, np.float64).ravel()))
    if not len(logs):
        return Border()
    low = float(np.quantile(logs, LOW))
    heap = logs[(logs > low - HEAP) & (logs < low + HEAP)]
    centre = float(np.median(heap))
    at = _valley(logs, centre)
    if at is None and np.subtract(*np.quantile(logs, [0.95, 0.05])) > SPREAD:
        at = centre + CUT
    pace = OPERATIONS_PER_CHAIN_STEP / np.exp(centre if at is not None else np.median(logs))
    if at is not None:
        return Border(float(np.exp(at)), pace=float(pace))
    return Border(only=_only(float(pace), machine or platform.machine()), pace=float(pace))


def _valley(logs: NDArray[np.float64], centre: float) -> float | None:
    """The emptiest place above the low heap, if it separates two heaps."""

    def within(places: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.searchsorted(logs, places + WINDOW) - np.searchsorted(logs, places - WINDOW)

    places = np.arange(centre + NEAR, centre + FAR, STEP)
    above = len(logs) - np.searchsorted(logs, places)
    places = places[above >= SHARE_MIN * len(logs)]
    if not len(places):
        return None
    counts = within(places)
    emptiest = np.flatnonzero(counts == counts.min())
    run = emptiest[: 1 + int(np.argmax(np.append(np.diff(emptiest), 2) > 1))]  # the first such run
    at = float(places[run].mean())
    higher = within(np.arange(at, logs[-1] + STEP, STEP)).max(initial=0)
    lower = within(np.arange(centre - HEAP, at, STEP)).max(initial=0)
    return at if DEPTH * counts.min() < min(lower, higher) else None


def _only(pace: float, machine: str) -> str:
    if pace > ALONE_PACE:
        return ALONE
    return SHARED if pace < SHARED_PACE and machine == "x86_64" else ""
