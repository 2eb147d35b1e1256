"""The precision of a run so far: each ratio's half-width, updated with every process."""

from bench.kit import Kit
from bench.processes.outcome import Outcome
from bench.processes.pairs import Numbers, pair_of, ratio, ratios
from bench.processes.states import Seen
from reports.statistics.signed_rank import Estimate, estimate

JUDGED = ("candidate", "control")
MOVED = 0.005  # an A/A control off by more shows a disturbance that taking turns does not cancel
MOVED_SHARE = 0.1  # of all controls; 5 % exclude 1 by chance, few of them by more than MOVED


class Precision:
    """The ratios of every process so far to the baseline, by cell and variant."""

    def __init__(self, kit: Kit) -> None:
        self.seen = Seen()
        self._ratios: Numbers[tuple[int, int]] = Numbers(ratios, ratio, levels_base=True)
        self._known: dict[tuple[int, int], Estimate] = {}  # without those that have new values
        bases = {v.backend: n for n, v in enumerate(kit.variants) if v.role == "baseline"}
        self._controls = {n for n, v in enumerate(kit.variants) if v.role == "control"}
        self._pairs = [
            (number, bases[variant.backend])
            for number, variant in enumerate(kit.variants)
            if variant.role in JUDGED and variant.backend in bases
        ]

    def add(self, outcome: Outcome) -> None:
        """Add a process: of each ratio, the rounds in the state that the run publishes."""
        if outcome.found is None:
            return
        counting = self.seen.add(outcome.found)
        found = {
            (number, variant): pair
            for number, cell in outcome.found.cells.items()
            for variant, base in self._pairs
            if (pair := pair_of(cell, base, variant, counting[number]))
        }
        for key in self._ratios.add(outcome.process, found):
            self._known.pop(key, None)

    def estimates(self) -> dict[tuple[int, int], Estimate]:
        """The ratios by cell and variant.

        Unchanged ones are not computed again: watching a run must not keep a core busy.
        """
        for key in self._ratios.by_key.keys() - self._known.keys():
            self._known[key] = estimate(list(self._ratios.by_key[key].values()))
        return self._known

    def half_widths(self) -> dict[tuple[int, int], float]:
        """The 95 % half-width by cell and variant; infinite if there is no interval."""
        widths = {key: found.half_width for key, found in self.estimates().items()}
        return {key: float("inf") if width is None else width for key, width in widths.items()}

    def controls_moved(self) -> float:
        """The share of A/A controls whose interval excludes 1, off by more than MOVED."""
        found = [one for (_, v), one in self.estimates().items() if v in self._controls]
        moved = [one.excludes(1.0) and abs(one.centre - 1) > MOVED for one in found]
        return sum(moved) / max(1, len(moved))

    def wide(self, target: float) -> set[int]:
        """The cells in which some ratio's half-width is above ``target``."""
        return {cell for (cell, _), width in self.half_widths().items() if width > target}

    def widest(self) -> float:
        """The largest half-width; infinite if there is none."""
        return max(self.half_widths().values(), default=float("inf"))
