"""What several kinds of machine say of each ratio, with the kind as the unit.

Machines of one key (``reports.read.identity``) share a column: they are repetitions of one kind,
not new witnesses (``reports.statistics.machines``). Columns stand in the order of the files, rows
where two kinds contradict each other before all others, the largest turn first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from reports.compare.sides import Cell, Side, common
from reports.frames.answer import headline, headline_phase
from reports.frames.code import by_itself, kind
from reports.frames.lengths import LENGTHS, by_length
from reports.read.result import Result
from reports.read.series import PLAIN_FORM
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.machines import Machine, Pooled, Says, pooled, says
from reports.statistics.signed_rank import Estimate

SAME, DIFFERENT, UNKNOWN = "same machine code", "different code", "code unknown"
FLOOR = "floor"  # role of the work that no layout can avoid
WHOLE = "cycle"  # the phase in which a request goes through the whole ring
KINDS_MIN = 2  # that say something of a ratio, for a row


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
class Entry:
    """What one kind says of a ratio."""

    found: Estimate
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
class Row:
    """A ratio on all kinds."""

    workload: str  # empty if the row is of several
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
    entries: tuple[Entry | None, ...]  # by column
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
        known = {code for code, one in zip(self.codes, self.entries, strict=True) if one}
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
        found = self._ends(range(len(self.entries)))
        assert found is not None  # a row has KINDS_MIN kinds
        return found

    def _ends(self, columns: Iterable[int]) -> Ends | None:
        """The ends of some columns, of a turn among clear verdicts; None if none has an entry."""
        clear = {Says.FASTER, Says.SLOWER} if self.turns_round else set(Says)
        known = [
            (one.found.centre, at, one)
            for at in columns
            if (one := self.entries[at]) and one.says in clear
        ]
        if not known:
            return None
        low, high = (pick(known, key=lambda entry: entry[0]) for pick in (min, max))
        same = self.codes[low[1]] == self.codes[high[1]] != ""
        says = {low[2].says, high[2].says}
        return Ends(low[1], high[1], low[0], high[0], same, {Says.FASTER, Says.SLOWER} == says)

    @property
    def span(self) -> str:
        """The descriptors of its requests."""
        low, high = self.descriptors
        return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def shown(result: Result) -> Result:
    """The result with the values that the page is about: named shapes, in two phases.

    All others would take most of the time, and change nothing but the doubts of a run, which its
    own page has.
    """
    values, known = result.values, result.benchmarks  # noqa: PD011  (a field)
    named = known[known["swept"].isna() & (known["axes"] == "")]
    if named.empty:
        return result
    there = values["swept"].isna() & (values["axes"] == "")
    there &= values["phase"].isin([headline_phase(named), WHOLE])
    return replace(result, values=values[there].reset_index(drop=True))


def columns(found: Sequence[Side]) -> list[Column]:
    """The kinds of machine, in the order of their first results; their names differ."""
    grouped: dict[str, list[Side]] = {}
    for side in found:
        grouped.setdefault(side.machine.key, []).append(side)
    made = [Column(sides[0].machine.name, key, tuple(sides)) for key, sides in grouped.items()]
    names = [one.name for one in made]
    return [
        replace(one, name=f"{one.name} ({one.letters})") if names.count(one.name) > 1 else one
        for one in made
    ]


def by_request(kinds: Sequence[Column]) -> list[Row]:
    """A row per request and layout as compiled, in the phase of the answer."""
    sides = _sides(kinds)
    shared = common(sides)
    frames = {side.letter: _named(side, shared) for side in sides}
    rows = _met(kinds, frames, [*CELL, "label"])
    return _sorted(_request(kinds, key, parts) for key, parts in rows)


def by_lengths(kinds: Sequence[Column]) -> list[Row]:
    """A row per length, layout and form, and per floor; the whole request as compiled only."""
    sides = _sides(kinds)
    shared = common(sides)
    frames = {side.letter: _lengths(side, shared) for side in sides}
    rows = _met(kinds, frames, ["phase", "length", "label"])
    return _sorted(_length(kinds, key, parts, shared) for key, parts in rows)


def turned(rows: Sequence[Row]) -> list[Row]:
    """The rows on which kinds contradict each other, the largest turn of the same code first."""
    found = [row for row in rows if row.turns_round]
    return sorted(found, key=lambda row: (not row.ends.same, -row.ends.turn))


def as_frame(kinds: Sequence[Column], rows: Sequence[Row]) -> pd.DataFrame:
    """The rows as a table, what all kinds say first, then each kind's ratio."""
    return pd.DataFrame([_told(kinds, row) for row in rows])


Parts = dict[str, dict[Any, Any]]  # by letter of a side, its row of a frame


def _named(side: Side, shared: set[Cell]) -> pd.DataFrame:
    """The rows of the answer."""
    rows = headline(side.ratios)
    rows = rows[rows["axes"] == ""]
    return _in(rows if rows.empty else by_itself(rows), shared)


def _lengths(side: Side, shared: set[Cell]) -> pd.DataFrame:
    """The means over short and long requests, floors among them as if they were layouts."""
    ratios, processes = (
        frame.assign(role=frame["role"].astype(str).replace(FLOOR, "candidate"))
        for frame in (_in(side.ratios, shared), _in(side.processes, shared))
    )
    if ratios.empty:
        return pd.DataFrame(columns=["phase", "length", "label", "processes"])
    found = by_length(processes, ratios)
    phase = headline_phase(ratios)
    plain = found["form"] == PLAIN_FORM
    floors = set(side.ratios.loc[side.ratios["role"] == FLOOR, "strategy"])
    whole = (found["phase"] == WHOLE) & plain & ~found["strategy"].isin(floors)
    return found[(found["phase"] == phase) | whole].assign(
        role=found["strategy"].isin(floors).map({True: FLOOR, False: "candidate"})
    )


def _sides(kinds: Sequence[Column]) -> list[Side]:
    """All results."""
    return [side for one in kinds for side in one.sides]


def _in(frame: pd.DataFrame, cells: set[Cell]) -> pd.DataFrame:
    """The rows of these cells."""
    there = [cell in cells for cell in frame[CELL].itertuples(index=False, name=None)]
    return frame[np.array(there, dtype=bool)]  # an empty list would pick no column


def _met(
    kinds: Sequence[Column], frames: dict[str, pd.DataFrame], keys: list[str]
) -> Iterator[tuple[tuple[str, ...], Parts]]:
    """Yield each key that KINDS_MIN kinds have, in the order of the files, with their rows."""
    found: dict[tuple[str, ...], Parts] = {}
    for name, frame in frames.items():
        for row in frame[frame["processes"] > 0].to_dict("records"):
            found.setdefault(tuple(str(row[key]) for key in keys), {})[name] = row
    for key, parts in found.items():
        having = [one for one in kinds if any(side.letter in parts for side in one.sides)]
        if len(having) >= KINDS_MIN:
            yield key, parts


def _request(kinds: Sequence[Column], key: tuple[str, ...], parts: Parts) -> Row:
    """A row of one request."""
    cell, nothing = key[:-1], float("nan")
    ns = {
        side.letter: Ns(
            side.ns.get((*cell, row["label"]), nothing),
            side.ns.get((*cell, row["against"]), nothing),
            side.floors.get((*cell, row["backend"])),
        )
        for side in _sides(kinds)
        if (row := parts.get(side.letter))
    }
    first = next(iter(parts.values()))
    about = {"workload": cell[0], "cell": str(first["cell"]), "phase": str(first["phase"])}
    return _row(kinds, parts, ns, [cell], **about, descriptors=(first["descriptors"],) * 2)


def _length(kinds: Sequence[Column], key: tuple[str, ...], parts: Parts, shared: set[Cell]) -> Row:
    """A row of all requests of a length."""
    ns = {name: Ns(row["base_ns"] + row["ns"], row["base_ns"]) for name, row in parts.items()}
    first = next(iter(parts.values()))
    cells = _cells(kinds[0].sides[0], key, shared)
    about = {"workload": "", "cell": key[1], "phase": key[0]}
    return _row(kinds, parts, ns, cells, **about, descriptors=(first["least"], first["most"]))


def _cells(side: Side, key: tuple[str, ...], shared: set[Cell]) -> list[Cell]:
    """The cells of a phase, length and label."""
    phase, length, label = key
    low, high = LENGTHS[length]
    rows = side.ratios[(side.ratios["phase"] == phase) & (side.ratios["label"] == label)]
    rows = rows[
        rows["swept"].isna() & (rows["axes"] == "") & rows["descriptors"].between(low, high)
    ]
    return [cell for cell in rows[CELL].itertuples(index=False, name=None) if cell in shared]


def _row(
    kinds: Sequence[Column], parts: Parts, ns: dict[str, Ns], cells: Sequence[Cell], **about: Any
) -> Row:
    """A row; ``ns`` is by letter, ``cells`` are those whose code it is of."""
    machines = [
        Machine(one.key, found)
        for one in kinds
        for side in one.sides
        if side.letter in parts and (found := estimate_of(parts[side.letter])) is not None
    ]
    whole = pooled(machines)
    of_key = {one.key: one for one in whole.kinds}
    first = next(iter(parts.values()))
    sides = [side for side in _sides(kinds) if side.letter in parts]
    return Row(
        **about,
        strategy=str(first["strategy"]),
        form=str(first["form"]),
        backend=str(first["backend"]),
        role=str(first["role"]),
        step=_step(sides[0], about["phase"], str(first["label"])),
        baseline=str(first["against"]).partition("@")[0],
        codes=tuple(
            _code(one, parts, cells, (str(first["label"]), str(first["against"]))) for one in kinds
        ),
        entries=tuple(
            _entry(of_key[one.key].estimate, [ns[s.letter] for s in one.sides if s.letter in ns])
            if one.key in of_key
            else None
            for one in kinds
        ),
        pooled=whole,
    )


def _entry(found: Estimate, ns: Sequence[Ns]) -> Entry:
    """What one kind says, nanoseconds being the mean over its machines."""
    floors = [one.floor for one in ns if one.floor is not None]
    layout, base = (sum(getattr(one, key) for one in ns) / len(ns) for key in ("layout", "base"))
    floor = sum(floors) / len(floors) if floors else None
    return Entry(found, says(found), Ns(layout, base, floor))


def _step(side: Side, phase: str, label: str) -> str:
    """What the compiler made of a step, in words."""
    known = side.result.benchmarks
    rows = known[(known["phase"] == phase) & (known["axes"] == "")]
    for row in rows.to_dict("records"):
        if f"{row['variant']}@{row['backend']}" == label:
            return kind(row)
    return ""


def _code(kind: Column, parts: Parts, cells: Sequence[Cell], labels: tuple[str, str]) -> str:
    """The hashes of a layout and its baseline in a kind's files; empty if one is not known."""
    sides = [side for side in kind.sides if side.letter in parts]
    hashes = [code for side in sides for cell in cells for code in side.hashes(cell, *labels)]
    if not hashes or "" in hashes:
        return ""
    return " ".join(dict.fromkeys(hashes))


def _sorted(rows: Iterator[Row]) -> list[Row]:
    """Rows with a turn first, others as they came, floors last."""
    made = list(rows)
    first = turned(made)
    rest = [row for row in made if not row.turns_round]
    return first + sorted(rest, key=lambda row: row.role == FLOOR)


def _told(kinds: Sequence[Column], row: Row) -> dict[str, Any]:
    spread, centre = row.pooled.spread, row.pooled.centre
    told: dict[str, Any] = {
        **{key: getattr(row, key) for key in ("workload", "cell", "phase", "strategy", "form")},
        **{key: getattr(row, key) for key in ("backend", "role", "step", "code")},
        "least": row.descriptors[0],
        "most": row.descriptors[1],
        "kinds": len(row.pooled.kinds),
        **{one.value: row.pooled.counts[one] for one in Says},
        "turns_round": row.turns_round,
        "lowest": row.pooled.low,
        "highest": row.pooled.high,
        "next_inside": row.pooled.next_inside,
    }
    for name, found in (("centre", centre), ("knapp_hartung", spread.centre if spread else None)):
        told[name] = found.centre if found else np.nan
        told[f"{name}_low"] = found.low if found else np.nan
        told[f"{name}_high"] = found.high if found else np.nan
    told |= {"tau_percent": spread.percent if spread else np.nan}
    for column, entry in zip(kinds, row.entries, strict=True):
        for key in ("centre", "low", "high"):
            told[f"{column.letters} {key}"] = getattr(entry.found, key) if entry else np.nan
        told[f"{column.letters} says"] = entry.says.value if entry else ""
        told[f"{column.letters} ns"] = entry.ns.layout if entry else np.nan
        told[f"{column.letters} baseline ns"] = entry.ns.base if entry else np.nan
    return told
