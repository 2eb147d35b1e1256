"""The ratios that several kinds of machine have in common: by request, and by length.

Those on which two kinds contradict each other stand before all others, the largest turn first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reports.compare.kinds import (
    FLOOR,
    KINDS_MIN,
    WHOLE,
    Column,
    Compared,
    KindRatio,
    Ns,
    turned,
)
from reports.compare.sides import Cell, Side, common
from reports.frames.answer import headline, headline_phase
from reports.frames.code import by_itself, kind
from reports.frames.lengths import LENGTHS, by_length
from reports.read.result import Result
from reports.read.series import PLAIN_FORM
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.machines import Machine, pooled, says
from reports.statistics.signed_rank import Estimate

Parts = dict[str, dict[Any, Any]]  # by letter of a side, its row of a frame


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


def by_request(kinds: Sequence[Column]) -> list[Compared]:
    """A row per request and layout as compiled, in the phase of the answer."""
    sides = _sides(kinds)
    shared = common(sides)
    frames = {side.letter: _of_answer(side, shared) for side in sides}
    rows = _met(kinds, frames, [*CELL, "label"])
    return _sorted(_request(kinds, key, parts) for key, parts in rows)


def by_lengths(kinds: Sequence[Column]) -> list[Compared]:
    """A row per length, layout and form, and per floor; the whole request as compiled only."""
    sides = _sides(kinds)
    shared = common(sides)
    frames = {side.letter: _lengths(side, shared) for side in sides}
    rows = _met(kinds, frames, ["phase", "length", "label"])
    return _sorted(_length(kinds, key, parts, shared) for key, parts in rows)


def _of_answer(side: Side, shared: set[Cell]) -> pd.DataFrame:
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
    by_key: dict[tuple[str, ...], Parts] = {}
    for name, frame in frames.items():
        for row in frame[frame["processes"] > 0].to_dict("records"):
            by_key.setdefault(tuple(str(row[key]) for key in keys), {})[name] = row
    for key, parts in by_key.items():
        having = [one for one in kinds if any(side.letter in parts for side in one.sides)]
        if len(having) >= KINDS_MIN:
            yield key, parts


def _request(kinds: Sequence[Column], key: tuple[str, ...], parts: Parts) -> Compared:
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


def _length(
    kinds: Sequence[Column], key: tuple[str, ...], parts: Parts, shared: set[Cell]
) -> Compared:
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
) -> Compared:
    """A row; ``ns`` is by letter, ``cells`` are those whose code it is of."""
    machines = [
        Machine(one.key, found)
        for one in kinds
        for side in one.sides
        if side.letter in parts and (found := estimate_of(parts[side.letter])) is not None
    ]
    whole = pooled(machines)
    of_key = {one.key: one.estimate for one in whole.kinds}
    first = next(iter(parts.values()))
    sides = [side for side in _sides(kinds) if side.letter in parts]
    return Compared(
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
        ratios=tuple(_kind_ratio(of_key.get(one.key), one, ns) for one in kinds),
        pooled=whole,
    )


def _kind_ratio(ratio: Estimate | None, kind: Column, ns: dict[str, Ns]) -> KindRatio | None:
    """A ratio on one kind, nanoseconds being the mean over its machines; None without a ratio."""
    if ratio is None:
        return None
    each = [ns[side.letter] for side in kind.sides if side.letter in ns]
    floors = [one.floor for one in each if one.floor is not None]
    layout, base = (
        sum(getattr(one, key) for one in each) / len(each) for key in ("layout", "base")
    )
    floor = sum(floors) / len(floors) if floors else None
    return KindRatio(ratio, says(ratio), Ns(layout, base, floor))


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


def _sorted(rows: Iterator[Compared]) -> list[Compared]:
    """Rows with a turn first, others as they came, floors last."""
    made = list(rows)
    first = turned(made)
    rest = [row for row in made if not row.turns_round]
    return first + sorted(rest, key=lambda row: row.role == FLOOR)
