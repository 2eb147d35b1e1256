"""Which cells are in doubt, and why: what moved around their processes, and the sentinel.

Columns of the frame, a row a cell: ``doubted``, how many of its ``processes`` had something to
report; ``sentinel_ns``, what its chain of multiplications took there, and ``sentinel_moved``, in
how many processes it took another time than in that cell's median process, NaN where there is none;
``doubt``, the reasons in words, empty where there are none.

The sentinel is compared with itself in the same cell, not over cells: what surrounds the chain
differs from cell to cell, by 3 % and more, in all processes alike, and is no clock.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from reports import wording
from reports.estimates import estimated
from reports.pairing import CELL
from reports.verdict import Verdict

# Of a cell's processes: the centre stays where it is while fewer than 29 % are off (J. L. Hodges,
# "Efficiency in normal samples and tolerance of extreme values", 1967).
SHARE_DOUBTED = 0.25
CLOCK_MOVED = 0.02  # of the sentinel: twice the half-width that every cell of a default run has
KINDS = {  # words in what a process reports: what it is called
    "steal": "steal time",
    "others took": "other load",
    "same core": "a busy neighbour on the core",
    "heat": "heat",
    "clock": "clock changes",
    "give way": "preemption",
    "quota": "a CPU quota",
    "swap": "swapping",
    "offline": "a CPU gone offline",
}
COLUMNS = ("processes", "doubted", "sentinel_ns", "sentinel_moved", "doubt")


def doubts(processes: pd.DataFrame, reported: Mapping[int, str]) -> pd.DataFrame:
    """Return a row a cell; ``reported`` is what each process that was not quiet said."""
    keys = [*CELL, "cell"]
    cells = processes[keys].drop_duplicates()
    found = cells.merge(sentinel(processes)[[*CELL, "sentinel_ns", "sentinel_moved"]], "left", CELL)
    groups = processes.drop_duplicates([*CELL, "process"]).groupby(CELL, observed=True, sort=False)
    members = {key: set(part["process"]) for key, part in groups}
    rows = [members[tuple(row[key] for key in CELL)] for row in found.to_dict("records")]
    heard = [Counter(_kinds(reported, row)) for row in rows]
    found["processes"] = [len(row) for row in rows]
    found["doubted"] = [len(row & set(reported)) for row in rows]
    records = zip(found.to_dict("records"), heard, strict=True)
    return found.assign(doubt=[_words(row, kinds) for row, kinds in records])[[*keys, *COLUMNS]]


def sentinel(processes: pd.DataFrame) -> pd.DataFrame:
    """Return a row a cell that has a sentinel: its ns, and in how many processes they are off."""
    rows = processes[processes["role"] == "sentinel"]
    usual = rows.groupby([*CELL, "label"], observed=True)["ns"].transform("median")
    moved = (rows["ns"] / usual - 1).abs() > CLOCK_MOVED
    found = estimated(rows, "ns", [*CELL, "label"]).rename(columns={"centre": "sentinel_ns"})
    counts = rows.assign(sentinel_moved=moved).groupby([*CELL, "label"], observed=True, sort=False)
    return found.merge(counts["sentinel_moved"].sum().reset_index()).drop_duplicates(CELL)


def sentence(ratios: pd.DataFrame, doubted: pd.DataFrame) -> str:
    """Return how many cells are in doubt and why, and how many ratios by the control."""
    count = int((doubted["doubt"] != "").sum())
    cells = wording.times_of(count, len(doubted), "cell")
    unseen = "" if doubted["sentinel_ns"].notna().any() else ", but no sentinel watched the clock"
    parts = [f"{cells}{_why(doubted)}" if count else f"no cell of {len(doubted)}{unseen}"]
    by_control = int((ratios["verdict"] == Verdict.DOUBTFUL.value).sum())
    if by_control:
        ratios_of = wording.times_of(
            by_control, int((ratios["role"] == "candidate").sum()), "ratio"
        )
        parts.append(f"{ratios_of}, off 1 by no more than the baseline's own copy")
    return f"In doubt: {'; '.join(parts)}."


def sentinel_facts(doubted: pd.DataFrame) -> dict[str, str]:
    """Return what the sentinel took, and where it moved most; nothing without one."""
    known = doubted.dropna(subset="sentinel_ns")
    if known.empty:
        return {}
    took, share = known["sentinel_ns"], known["sentinel_moved"] / known["processes"]
    worst = known.iloc[int(share.argmax())]
    where = f"{worst['workload']}/{worst['cell']}/{worst['phase']}"
    total = wording.times_of(int(worst["sentinel_moved"]), int(worst["processes"]), "process", "es")
    return {
        "median cell": f"{took.median():.2f} ns a request",
        "over cells": f"{took.min():.2f} to {took.max():.2f} ns: what surrounds it differs",
        f"off by more than {CLOCK_MOVED:.0%}": f"in at most {total} of a cell ({where})",
    }


def moved(row: Mapping[Hashable, Any]) -> bool:
    """Return whether the sentinel moved in enough of a cell's processes."""
    return bool(row["sentinel_moved"] >= max(1, SHARE_DOUBTED * row["processes"]))


def kind(report: str) -> str:
    """Return what a process reported without its numbers, so that reports can be counted."""
    known = (name for words, name in KINDS.items() if words in report)
    return next(known, report.split(" CPU", maxsplit=1)[0].rstrip("0123456789. %"))


def _why(doubted: pd.DataFrame) -> str:
    clock = sum(moved(row) for row in doubted.to_dict("records"))
    share = doubted["doubted"] / doubted["processes"]
    load = int((share >= SHARE_DOUBTED).sum())
    parts = [f"the sentinel moved in {clock}"] * bool(clock)
    parts += [f"something else ran or moved in {load}"] * bool(load)
    return f" ({wording.listed(parts)})"


def _kinds(reported: Mapping[int, str], members: set[int]) -> list[str]:
    """Return every kind of what these processes report, once a process."""
    told = (reported[process].split("; ") for process in sorted(members & set(reported)))
    return [name for reports in told for name in dict.fromkeys(map(kind, reports))]


def _words(row: Mapping[Hashable, Any], kinds: Mapping[str, int]) -> str:
    """Return why a cell is in doubt."""
    words = []
    if moved(row):
        total = row["processes"]
        words.append(f"clock moved? sentinel off in {row['sentinel_moved']:g} of {total} processes")
    if row["doubted"] and row["doubted"] >= SHARE_DOUBTED * row["processes"]:
        total = row["processes"]
        words += [f"{name} in {count} of {total} processes" for name, count in kinds.items()]
    return "; ".join(words)
