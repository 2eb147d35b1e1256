"""What the code of each series does for one descriptor, and what its compiler decided by itself.

The kind of code follows from numbers alone: whether a step of the walk has conditional moves, and
whether it calls. Series of one kind are like for like, whatever their forms are called.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from reports.read.series import OF_CODE, PLAIN_FORM
from reports.text.wording import listed

OF_SERIES = ["strategy", "form", "backend", "role", "variant", "label", "phase"]
UNKNOWN = ""  # kind of a series whose file has no numbers of its steps
BRANCHES = "branches alone"

FrameRow = Mapping[Hashable, Any]


def codes(benchmarks: pd.DataFrame) -> pd.DataFrame:
    """One row per series and phase: its ``code_hash``, the numbers of a step, its ``kind``."""
    plain_first = benchmarks.sort_values("axes", key=lambda axes: axes != "", kind="stable")
    known = plain_first.drop_duplicates(["label", "phase"]).sort_index()
    found = known[[*OF_SERIES, "code_hash", *OF_CODE]].reset_index(drop=True)
    return found.assign(kind=[kind(row) for row in found.to_dict("records")])


def kind(row: FrameRow) -> str:
    """What a step has besides plain instructions, in words; UNKNOWN without its numbers."""
    counts = {"conditional move": row["step_conditional_moves"], "call": row["step_calls"]}
    if any(map(pd.isna, counts.values())):
        return UNKNOWN
    return listed([_counted(n, name) for name, n in counts.items() if n]) or BRANCHES


def by_itself(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as compiled; all rows of a strategy and backend that has none."""
    plain = frame["form"] == PLAIN_FORM
    has_plain = plain.groupby([frame["strategy"], frame["backend"]], observed=True)
    return frame[plain | ~has_plain.transform("any").astype(bool)]


def like_for_like(found: pd.DataFrame, first: str, second: str) -> list[tuple[str, str]]:
    """Pairs of labels, of backends ``first`` and ``second``, with code of one kind.

    The same form if it is of the same kind, else any form of the other backend that is. If no kind
    is known, the same form, else the code as compiled: a form exists only if it differs from that.
    """
    pairs: dict[tuple[str, str], None] = {}  # an ordered set
    known: dict[str, dict[str, list[dict[Hashable, Any]]]] = {}
    for row in found.to_dict("records"):
        forms = known.setdefault(row["strategy"], {first: [], second: []})
        forms.setdefault(row["backend"], []).append(row)
    for forms in known.values():
        ours, theirs = forms[first], forms[second]
        for row in ours:
            other = _counterpart(row, theirs)
            if other:
                pairs[row["label"], other["label"]] = None
        for row in theirs:
            other = _counterpart(row, ours)
            if other:
                pairs[other["label"], row["label"]] = None
    return list(pairs)


def decisions(found: pd.DataFrame) -> str:
    """A sentence on what each compiler made of each candidate by itself; may be empty."""
    plain = found[
        (found["role"] == "candidate") & (found["form"] == PLAIN_FORM) & (found["kind"] != UNKNOWN)
    ]
    clauses: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for strategy, rows in plain.groupby("strategy", observed=True, sort=False):
        for (made, same), part in _made(found, rows).groupby(["kind", "same"], sort=False):
            key = (str(made), str(same), tuple(part["backend"]))
            clauses.setdefault(key, []).append(str(strategy))
    words = [_clause(*key, strategies) for key, strategies in clauses.items()]
    return f"{'; '.join(words)}." if words else ""


def _made(found: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``same``: the form of the same backend that is of their kind."""
    forms = found[(found["form"] != PLAIN_FORM) & (found["role"] == "candidate")]
    same = [
        ", ".join(
            forms.loc[
                (forms["strategy"] == row["strategy"])
                & (forms["backend"] == row["backend"])
                & (forms["phase"] == row["phase"])
                & (forms["kind"] == row["kind"]),
                "form",
            ]
        )
        for row in rows.to_dict("records")
    ]
    return rows.assign(same=same)


def _clause(made: str, same: str, backends: tuple[str, ...], strategies: list[str]) -> str:
    """Which backends walk which strategies, and how."""
    verb = "walks" if len(backends) == 1 else "walk"
    how = f"{made} and no call" if made == BRANCHES else f"{made} for each descriptor"
    like = f", as its form [{same}] does" if same else ""
    return f"{listed(list(backends))} {verb} {listed(strategies)} with {how}{like}"


def _counterpart(row: FrameRow, others: list[dict[Hashable, Any]]) -> FrameRow | None:
    """The row of another backend that is like this one."""
    wanted = _decided(row)
    alike = [other for other in others if _decided(other) == wanted]
    by_name = {PLAIN_FORM: 1} | {row["form"]: 0}
    if wanted is None:
        alike = [other for other in alike if other["form"] in by_name]
    return min(alike, key=lambda other: by_name.get(other["form"], len(by_name)), default=None)


def _decided(row: FrameRow) -> tuple[bool, ...] | None:
    """Whether a step has conditional moves, and whether it calls; None if unknown."""
    if row["kind"] == UNKNOWN:
        return None
    return (row["step_conditional_moves"] > 0, row["step_calls"] > 0)


def _counted(number: float, what: str) -> str:
    return f"a {what}" if number == 1 else f"{number:g} {what}s"
