"""Flags cells: not for what was seen near a process, but for what changed the numbers.

Columns of ``doubts``, one row per cell: ``doubted``, how many of its ``processes`` had something
to report; ``sentinel_ns``, the time of its chain of multiplications; ``sentinel_moved``, in how
many processes that differed from the cell's median process, NaN without a sentinel; ``doubt``, the
reasons in words, empty if there are none.

A cell is flagged if the ratios of processes that report a condition, or whose sentinel moved,
differ from the others' (``reports.doubt.conditions``: LEVEL for all conditions together, then
LEVEL_OF_CELL for the cell), or if the baseline's copy is off. All that was reported is in
``conditions``, one row per kind: in how many ``processes``, the probability ``p`` of such a
difference by chance, and in how many ``cells`` numbers differ.

The sentinel is compared with itself in the same cell, not over cells: its surroundings differ from
cell to cell, by 3 % and more in all processes alike, and that is not the clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.doubt.conditions import LEVEL, LEVEL_OF_CELL, Effect, Flags, Table, effect, table_of
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimated
from reports.statistics.signed_rank import estimate
from reports.statistics.verdict import Verdict
from reports.text import wording
from reports.text.table import FrameRow, Grid, Head, Row, exact_cell, place

CLOCK_MOVED = 0.02  # of the sentinel: twice the half-width that every cell of a default run has
CLOCK = "the clock"  # the condition of a process whose sentinel moved
COPY = "the baseline's own copy"
COPY_OFF = 0.01  # of the baseline's copy: half the smallest difference that matters
KINDS = {  # words in a report: the name of the condition
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
OF_CONDITION = ("condition", "processes", "p", "cells")


def doubts(
    processes: pd.DataFrame, reported: Mapping[int, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per cell, and one row per condition; ``reported`` is the report of each process."""
    keys = [*CELL, "cell"]
    cells = processes[keys].drop_duplicates()
    found = cells.merge(sentinel(processes)[[*CELL, "sentinel_ns", "sentinel_moved"]], "left", CELL)
    groups = processes.drop_duplicates([*CELL, "process"]).groupby(CELL, observed=True, sort=False)
    members = {key: set(part["process"]) for key, part in groups}
    rows = [members[tuple(row[key] for key in CELL)] for row in found.to_dict("records")]
    found["processes"] = [len(row) for row in rows]
    found["doubted"] = [len(row & set(reported)) for row in rows]
    words: dict[tuple[Any, ...], list[str]] = _of_copies(processes)
    table = table_of(processes)
    seen = dict(_conditions(processes, reported, table))
    heard = []
    for condition, flags in seen.items():
        one = effect(table, flags)
        moved = _moved(one, len(seen))
        for at in np.flatnonzero(moved):
            where = f"{condition} in {int(flags[:, at].sum())} of {len(flags)} processes"
            words.setdefault(table.cells[at], []).append(f"ratios changed with {where}")
        heard.append((condition, int(flags.any(axis=1).sum()), one.p, int(moved.sum())))
    texts = ["; ".join(words.get(_cell(row), [])) for row in found.to_dict("records")]
    return found.assign(doubt=texts)[[*keys, *COLUMNS]], pd.DataFrame(heard, columns=OF_CONDITION)


def sentinel(processes: pd.DataFrame) -> pd.DataFrame:
    """One row per cell with a sentinel: its ns, and in how many processes it moved."""
    rows = _sentinels(processes)
    found = estimated(rows, "ns", [*CELL, "label"]).rename(columns={"centre": "sentinel_ns"})
    counts = rows.groupby([*CELL, "label"], observed=True, sort=False)["moved"].sum()
    counted = counts.rename("sentinel_moved").reset_index()
    return found.merge(counted).drop_duplicates(CELL)


def sentence(ratios: pd.DataFrame, doubted: pd.DataFrame, conditions: pd.DataFrame) -> str:
    """How many cells are flagged and why, and how many ratios are within the control's noise."""
    flagged = int((doubted["doubt"] != "").sum())
    shifted = int(doubted["doubt"].str.contains(COPY, regex=False).sum())
    reasons = [f"{row['condition']} in {row['cells']}" for row in _effective(conditions)]
    reasons += [f"{COPY} off in {shifted}"] * bool(shifted)
    unseen = "" if doubted["sentinel_ns"].notna().any() else ", but no sentinel watched the clock"
    clauses = [
        f"{wording.count_of(flagged, len(doubted), 'cell')} {'is' if flagged == 1 else 'are'} "
        f"flagged: {', '.join(reasons)}"
        if flagged
        else f"None of {len(doubted)} cells is flagged{unseen}"
    ]
    noise = int((ratios["verdict"] == Verdict.DOUBTFUL.value).sum())
    if noise:
        candidates = int((ratios["role"] == "candidate").sum())
        clauses.append(
            f"{wording.count_of(noise, candidates, 'ratio')} {'is' if noise == 1 else 'are'} "
            f"no farther from 1 than {COPY}"
        )
    return f"{'; '.join(clauses)}."


def conditions_sentence(conditions: pd.DataFrame) -> str:
    """What processes reported, and whether numbers changed with it; empty if nothing was."""
    if conditions.empty:
        return ""
    kinds = [f"{row['condition']} in {row['processes']}" for row in conditions.to_dict("records")]
    changed = wording.listed([row["condition"] for row in _effective(conditions)])
    outcome = f"numbers changed with {changed}" if changed else "no numbers changed with them"
    return f"Conditions that processes reported: {wording.listed(kinds)}; {outcome}."


def _effective(conditions: pd.DataFrame) -> Sequence[FrameRow]:
    """The conditions that changed the numbers of a cell."""
    return conditions[conditions["cells"] > 0].to_dict("records")


def conditions_grid(conditions: pd.DataFrame) -> Grid | None:
    """One row per condition: who reported it, and whether numbers changed with it."""
    if conditions.empty:
        return None
    heads = ("processes", "p", "cells whose numbers changed with it")
    rows = tuple(
        Row(Head(row["condition"]), tuple(map(exact_cell, _condition(row))))
        for row in conditions.to_dict("records")
    )
    title = "Conditions that processes reported, and their effect on the numbers"
    return Grid(title, tuple(map(Head, heads)), rows, narrow=True, corner="condition")


def _condition(row: FrameRow) -> tuple[str, ...]:
    return f"{row['processes']}", f"{row['p']:.3f}", f"{row['cells']}"


def sentinel_facts(doubted: pd.DataFrame) -> dict[str, str]:
    """The sentinel's times, and where it moved most; empty without a sentinel."""
    known = doubted.dropna(subset="sentinel_ns")
    if known.empty:
        return {}
    took, share = known["sentinel_ns"], known["sentinel_moved"] / known["processes"]
    worst = known.iloc[int(share.argmax())]
    where = place(worst.to_dict())
    total = wording.count_of(int(worst["sentinel_moved"]), int(worst["processes"]), "process", "es")
    return {
        "median cell": f"{took.median():.2f} ns per request",
        "over cells": f"{took.min():.2f} to {took.max():.2f} ns: its surroundings differ",
        f"off by more than {CLOCK_MOVED:.0%}": f"in at most {total} of a cell ({where})"
        if worst["sentinel_moved"]
        else "never",
    }


def kind(report: str) -> str:
    """A report without its numbers, so that reports can be counted."""
    known = (name for words, name in KINDS.items() if words in report)
    return next(known, report.split(" CPU", maxsplit=1)[0].rstrip("0123456789. %"))


def _sentinels(processes: pd.DataFrame) -> pd.DataFrame:
    """The sentinel's rows, with ``moved``."""
    rows = processes[processes["role"] == "sentinel"]
    usual = rows.groupby([*CELL, "label"], observed=True)["ns"].transform("median")
    return rows.assign(moved=(rows["ns"] / usual - 1).abs() > CLOCK_MOVED)


def _conditions(
    processes: pd.DataFrame, reported: Mapping[int, str], table: Table
) -> Iterator[tuple[str, Flags]]:
    """Yield each condition with its flags: one row per process, one column per cell."""
    kinds = {process: set(map(kind, text.split("; "))) for process, text in reported.items()}
    shape = (len(table.processes), len(table.cells))
    for name in sorted({name for names in kinds.values() for name in names}):
        had = [name in kinds.get(process, ()) for process in table.processes]
        if any(had):
            yield name, np.broadcast_to(np.array(had)[:, np.newaxis], shape)
    rows = _sentinels(processes)
    rows = rows[rows["moved"]]
    places = {process: at for at, process in enumerate(table.processes)}
    columns = {cell: at for at, cell in enumerate(table.cells)}
    flags = np.zeros(shape, dtype=bool)
    for *cell, process in rows[[*CELL, "process"]].itertuples(index=False, name=None):
        if process in places and tuple(cell) in columns:
            flags[places[process], columns[tuple(cell)]] = True
    if flags.any():
        yield CLOCK, flags


def _moved(one: Effect, conditions: int) -> Flags:
    """The cells whose numbers a condition moved, as a mask."""
    found: Flags = (one.of_cells <= LEVEL_OF_CELL) & (one.p <= LEVEL / conditions)
    return found


def _of_copies(processes: pd.DataFrame) -> dict[tuple[Any, ...], list[str]]:
    """The cells whose baseline's copy is off, family-wise, and by how much."""
    rows = processes[(processes["role"] == "control") & processes["ratio"].notna()]
    groups = list(rows.groupby([*CELL, "label"], observed=True, sort=False)["ratio"])
    reasons: dict[tuple[Any, ...], list[str]] = {}
    for key, ratios in groups:
        one = estimate(ratios, 1 - LEVEL_OF_CELL / len(groups))
        if one.excludes(1.0) and abs(one.centre - 1) > COPY_OFF:
            off = f"{COPY} {key[-1]} is off by {wording.percent(abs(one.centre - 1))}"
            reasons.setdefault(key[:-1], []).append(off)
    return reasons


def _cell(row: FrameRow) -> tuple[Any, ...]:
    return tuple(row[key] for key in CELL)
