"""What several kinds of machine say of each ratio, with the kind as the unit.

Machines of one key (``reports.read.identity``) share a column: they are repetitions of one kind,
not new witnesses (``reports.statistics.machines``). Columns stand in the order of the files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reports.compare.sides import Side
from reports.read.series import PLAIN_FORM
from reports.statistics.machines import Pooled, Says
from reports.statistics.signed_rank import Estimate

SAME, DIFFERENT, UNKNOWN = "same machine code", "different code", "code unknown"
FLOOR = "floor"  # role of the work that no layout can avoid
WHOLE = "cycle"  # the phase in which a request goes through the whole ring
KINDS_MIN = 2  # that say something of a ratio, for it to be compared


@dataclass(frozen=True)
class Column:
    """The results of one kind of machine."""

    name: str
    key: str
    sides: tuple[Side, ...]

    @property
    def letters(self) -> str:
        """The letters of its results."""
        return ", ".join(side.letter for side in self.sides)

    @property
    def core(self) -> str:
        """The state of the core in its cells."""
        found = {state or "unknown" for side in self.sides for state in side.states.values()}
        return f"core {found.pop() if len(found) == 1 else 'in several states'}"


@dataclass(frozen=True)
class Ns:
    """Nanoseconds per request, the mean over the requests of a row."""

    layout: float
    base: float  # of the baseline
    floor: float | None = None  # of the work that no layout can avoid


@dataclass(frozen=True)
class KindRatio:
    """A ratio on one kind, and what it says."""

    ratio: Estimate
    says: Says
    ns: Ns


@dataclass(frozen=True)
class Ends:
    """Two kinds far apart."""

    lowest: int  # their columns
    highest: int
    low: float  # their ratios
    high: float
    same: bool  # whether they ran the same machine code
    turns: bool  # whether one is faster and the other slower

    @property
    def turn(self) -> float:
        """How many times the lower ratio the higher is."""
        return self.high / self.low


@dataclass(frozen=True)
class Compared:
    """A ratio on all kinds: a row of the page."""

    workload: str  # empty if it is of several
    cell: str  # its name, or one of LENGTHS
    phase: str
    descriptors: tuple[float, float]  # from, to
    strategy: str
    form: str
    backend: str
    role: str
    step: str  # what the compiler made of a step of the walk; empty if unknown
    baseline: str
    codes: tuple[str, ...]  # by column, what its machine code is known by; empty if unknown
    ratios: tuple[KindRatio | None, ...]  # by column
    pooled: Pooled

    @property
    def variant(self) -> str:
        """The layout, and its form unless it is the plain one."""
        return self.strategy if self.form == PLAIN_FORM else f"{self.strategy}[{self.form}]"

    @property
    def label(self) -> str:
        """The layout with its form and compiler."""
        return f"{self.variant}@{self.backend}"

    @property
    def where(self) -> str:
        """The request, as files name it."""
        return f"{self.workload}/{self.cell}" if self.workload else self.cell

    @property
    def code(self) -> str:
        """Whether all kinds ran the same machine code: SAME, DIFFERENT, UNKNOWN."""
        known = {code for code, one in zip(self.codes, self.ratios, strict=True) if one}
        if "" in known:
            return UNKNOWN
        return SAME if len(known) == 1 else DIFFERENT

    @property
    def turns_round(self) -> bool:
        """Whether a layout is faster on one kind and slower on another; a floor is no layout."""
        return self.role != FLOOR and self.pooled.turns_round

    @property
    def ends(self) -> Ends:
        """The lowest and the highest kind, of the same code if such two contradict each other."""
        same = [
            ends
            for code in dict.fromkeys(filter(None, self.codes))
            if (ends := self._ends([at for at, one in enumerate(self.codes) if one == code]))
            and self.turns_round
            and ends.turns
        ]
        return max(same, key=lambda ends: ends.turn, default=self.whole)

    @property
    def whole(self) -> Ends:
        """The lowest and the highest kind, whatever their code."""
        ends = self._ends(range(len(self.ratios)))
        assert ends is not None  # KINDS_MIN kinds have a ratio
        return ends

    def _ends(self, columns: Iterable[int]) -> Ends | None:
        """The ends of some columns, of a turn among clear verdicts; None if none has a ratio."""
        clear = {Says.FASTER, Says.SLOWER} if self.turns_round else set(Says)
        known = [
            (one.ratio.centre, at, one)
            for at in columns
            if (one := self.ratios[at]) and one.says in clear
        ]
        if not known:
            return None
        low, high = (pick(known, key=lambda end: end[0]) for pick in (min, max))
        same = self.codes[low[1]] == self.codes[high[1]] != ""
        says = {low[2].says, high[2].says}
        return Ends(low[1], high[1], low[0], high[0], same, {Says.FASTER, Says.SLOWER} == says)

    @property
    def span(self) -> str:
        """The descriptors of its requests."""
        low, high = self.descriptors
        return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def columns(sides: Sequence[Side]) -> list[Column]:
    """The kinds of machine, in the order of their first results; their names differ."""
    grouped: dict[str, list[Side]] = {}
    for side in sides:
        grouped.setdefault(side.machine.key, []).append(side)
    made = [Column(same[0].machine.name, key, tuple(same)) for key, same in grouped.items()]
    names = [one.name for one in made]
    return [
        replace(one, name=f"{one.name} ({one.letters})") if names.count(one.name) > 1 else one
        for one in made
    ]


def turned(rows: Sequence[Compared]) -> list[Compared]:
    """The rows on which kinds contradict each other, the largest turn of the same code first."""
    contradicted = [row for row in rows if row.turns_round]
    return sorted(contradicted, key=lambda row: (not row.ends.same, -row.ends.turn))
