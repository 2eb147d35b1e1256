"""The block that opens page, terminal and summary, and the sentences that say the same.

What each candidate, as compiled, adds to short and to long requests, in per cent of the baseline:
for the call that publishes a request and for a whole request, one column per compiler. Made from
the frame of ``reports.frames.lengths``.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.frames.answer import PHASE
from reports.frames.code import by_itself
from reports.frames.cycle import WHOLE
from reports.frames.lengths import LENGTHS, heading
from reports.statistics.estimates import estimate_of
from reports.statistics.signed_rank import Estimate
from reports.statistics.verdict import Verdict, judge, within_band
from reports.text import wording
from reports.text.forms import named, ordered

CALLS = {PHASE: "add_buf", WHOLE: "the whole request"}  # phase: what it times
UNMEASURED = "not measured"
FIRST = next(iter(LENGTHS))


@dataclass(frozen=True)
class Effect:
    """What a layout adds to the requests of one length, by one compiler."""

    ratio: Estimate  # to the baseline
    ns: float  # added to a request; negative if the baseline takes longer
    ns_half_width: float | None

    @property
    def verdict(self) -> Verdict | None:
        """Slower, faster or open; None in the band in which no difference is worth a mark."""
        return None if within_band(self.ratio) else judge(self.ratio)


@dataclass(frozen=True)
class Column:
    """The requests of one length, by one compiler."""

    length: str  # a name of LENGTHS
    descriptors: str  # from ... to
    backend: str


@dataclass(frozen=True)
class Line:
    """A series in one phase: an effect per column, None where it was not measured."""

    name: str
    effects: tuple[Effect | None, ...]


@dataclass(frozen=True)
class Group:
    """The lines of one phase."""

    name: str  # what is timed
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Block:
    """Groups of lines under the same columns."""

    baseline: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]

    @property
    def lengths(self) -> list[tuple[str, int]]:
        """The headings above the compilers, and how many columns each covers."""
        count = len(self.columns) // len(LENGTHS)
        return [(described(column), count) for column in self.columns[::count]]


def described(column: Column) -> str:
    """The requests of a column, for its heading."""
    return f"{column.descriptors} descriptor{'s' * (column.descriptors != '1')}"


def block(lengths: pd.DataFrame) -> Block | None:
    """The answer of the layouts as compiled; None if no request of either length was measured."""
    if lengths.empty:
        return None
    rows = by_itself(lengths)
    there = [phase for phase in CALLS if (rows["phase"] == phase).any()]
    phases = there or [str(rows["phase"].iloc[0])]
    names = dict.fromkeys(rows["strategy"].astype(str))
    columns = columns_of(rows)
    groups = [
        Group(
            CALLS.get(phase, f"phase {phase}"),
            tuple(lines(rows[rows["phase"] == phase], columns, "strategy", names)),
        )
        for phase in phases
    ]
    return Block(baseline_of(rows), columns, tuple(groups))


def forms_block(lengths: pd.DataFrame) -> Block | None:
    """Every form of the candidates in the answer's phase, that of the time first; None without any.

    A candidate in a form that its compiler produced by itself has no effect there: it is in the
    lines as compiled.
    """
    rows = lengths[lengths["phase"] == _first_phase(lengths)]
    found = ordered(rows["form"].astype(str))
    if not found[1:]:
        return None
    columns = columns_of(rows)
    groups = []
    for form in found:
        part = rows[rows["form"] == form]
        names = dict.fromkeys(part["strategy"].astype(str))
        groups.append(Group(named(form), tuple(lines(part, columns, "strategy", names))))
    return Block(baseline_of(rows), columns, tuple(groups))


def _first_phase(lengths: pd.DataFrame) -> str:
    there = [phase for phase in CALLS if (lengths["phase"] == phase).any()]
    return str([*there, *lengths["phase"], ""][0])


def baseline_of(rows: pd.DataFrame) -> str:
    """The baseline of the rows, without its backend."""
    return str(rows["against"].iloc[0]).split("@", maxsplit=1)[0]


def columns_of(rows: pd.DataFrame) -> tuple[Column, ...]:
    """A column for each length and compiler, the compilers of a length side by side."""
    backends = dict.fromkeys(rows["backend"].astype(str))
    return tuple(Column(name, heading(rows, name), one) for name in LENGTHS for one in backends)


def lines(
    rows: pd.DataFrame, columns: Sequence[Column], key: str, names: Mapping[str, Any]
) -> Iterator[Line]:
    """Yield a line for each of ``names``, which are values of the column ``key``."""
    known = {
        (str(row[key]), row["length"], str(row["backend"])): _effect(row)
        for row in rows.to_dict("records")
    }
    for name in names:
        yield Line(name, tuple(known.get((name, one.length, one.backend)) for one in columns))


def sentences(found: Block, machine: str = "") -> Iterator[str]:
    """Yield a sentence per candidate: nanoseconds, and the share of the call and of the whole.

    The first one says on which machine, what is replaced, and how many descriptors are meant.
    """
    for at, line in enumerate(found.groups[0].lines):
        same = [(group.name, group.lines[at]) for group in found.groups]
        clauses = [_clause(found, length, same, first=at == 0) for length in LENGTHS]
        where = f"On {machine}, with" if machine and at == 0 else "With"
        replaced = f" in place of {found.baseline}" * (at == 0)
        yield f"{where} {line.name}{replaced}, {'; '.join(clauses)}."


def _effect(row: Mapping[Hashable, Any]) -> Effect:
    found = estimate_of(row)
    assert found is not None
    width = None if pd.isna(row["ns_low"]) else (row["ns_high"] - row["ns_low"]) / 2
    return Effect(found, float(row["ns"]), width)


def _clause(found: Block, length: str, same: Sequence[tuple[str, Line]], *, first: bool) -> str:
    """What requests of one length take with a layout, by each compiler."""
    places = [at for at, column in enumerate(found.columns) if column.length == length]
    subject = f"a {length} {'request' if length == FIRST else 'one'}"
    subject += f" ({described(found.columns[places[0]])})" * first
    parts: list[str] = []
    before = ""
    for at in places:
        known = [(name, effect) for name, line in same if (effect := line.effects[at])]
        if not known:
            continue
        named = length == FIRST and not parts
        shares = [_share(effect) + f" of {name}" * named for name, effect in known]
        took = _took(known[0][1])
        by = f"by {found.columns[at].backend}" if len(places) > 1 else ""
        words = [took * (took != before), by, f"({', '.join(shares)})"]
        parts.append(" ".join(filter(None, words)))
        before = took
    return f"{subject} takes {wording.listed(parts)}" if parts else f"{subject} was {UNMEASURED}"


def _took(one: Effect) -> str:
    """The nanoseconds that a request takes longer or less."""
    if one.verdict not in {Verdict.SLOWER, Verdict.FASTER, Verdict.NO_INTERVAL}:
        return "as long"
    took = f"{wording.rough(abs(one.ns), one.ns_half_width)} ns"
    return f"{took} {'longer' if one.ns > 0 else 'less'}"


def _share(one: Effect) -> str:
    """A difference in per cent, or the bound of one that is not told from none."""
    low, high, width = one.ratio.low, one.ratio.high, one.ratio.half_width
    if low is not None and high is not None and low <= 1 <= high:
        return f"under {wording.at_most(100 * max(1 - low, high - 1))} %"
    value = 100 * (one.ratio.centre - 1)
    shown = wording.rough(abs(value), 100 * width if width else None)
    return f"{'-' if value < 0 else '+'}{shown} %"
