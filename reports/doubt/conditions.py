"""Tests whether some processes' numbers differ from the others', over all cells together.

What a process reports about the machine is a condition. It casts doubt only if it affected the
numbers: if the ratios of the processes that report it differ from the others' by more than they do
when the reports are permuted among the processes. That permutation test is exact, and covers all
cells at once, as a process is one random draw however many cells it measures.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.rounds.processes import CELL
from reports.statistics.signed_rank import Values

PERMUTATIONS = 999
SEED = 13
LEVEL = 0.01  # of all conditions of a run together
LEVEL_OF_CELL = 0.05  # of all cells together, for a condition that did affect numbers
BOTH_MIN = 2  # processes with and without it, for a difference in a cell

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Table:
    """The candidates' ratios: one row per process, one column per series of a cell."""

    logs: Values  # of the ratios; NaN where a process has none
    processes: list[int]
    keys: list[tuple[Any, ...]]  # of the columns: CELL and label
    owners: NDArray[np.int64]  # of the columns: index into ``cells``
    cells: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Effect:
    """The probability of such a difference by chance alone."""

    p: float  # of all cells together
    of_cells: Values  # of each cell, adjusted for the number of cells


def table_of(processes: pd.DataFrame) -> Table:
    """The ratios of all candidates, from a frame with one row per process."""
    rows = processes[(processes["role"] == "candidate") & processes["ratio"].notna()]
    names = [*CELL, "label"]
    number = rows.groupby(names, observed=True, sort=False).ngroup().to_numpy()
    heads = rows[names].iloc[np.unique(number, return_index=True)[1]]
    keys = list(heads.itertuples(index=False, name=None))
    known, row = np.unique(rows["process"], return_inverse=True)
    logs = np.full((len(known), len(keys)), np.nan)
    logs[row, number] = np.log(rows["ratio"])
    cells = list(dict.fromkeys(key[:-1] for key in keys))
    owners = np.array([cells.index(key[:-1]) for key in keys], dtype=np.int64)
    return Table(logs, known.tolist(), keys, owners, cells)


def effect(table: Table, flags: Flags) -> Effect:
    """The effect of a flag on the numbers of processes; ``flags`` has one column per cell."""
    scaled = standardised(table.logs)
    order = np.lexsort((flags.sum(axis=1), (scaled**2).sum(axis=1)))  # whatever their numbers are
    scaled, flags = scaled[order], flags[order]
    known = ~np.isnan(table.logs[order])
    draw = np.random.default_rng(SEED)
    off = _off(scaled, known, flags, table.owners)
    beyond, beyond_cell = 0, np.zeros(len(table.cells))
    cells = _by_cell(off, table)
    for _ in range(PERMUTATIONS):
        dealt = _off(scaled, known, flags[draw.permutation(len(flags))], table.owners)
        beyond += dealt.sum() >= off.sum()
        beyond_cell += _by_cell(dealt, table).max(initial=0.0) >= cells
    return Effect((1 + beyond) / (1 + PERMUTATIONS), (1 + beyond_cell) / (1 + PERMUTATIONS))


def standardised(logs: Values) -> Values:
    """Columns with mean 0 and unit spread; 0 for missing values and for constant columns."""
    known = ~np.isnan(logs)
    number = np.maximum(1, known.sum(axis=0))
    middle = np.where(known, logs, 0.0).sum(axis=0) / number
    off = np.where(known, logs - middle, 0.0)
    spread = np.sqrt((off**2).sum(axis=0) / number)
    found: Values = np.divide(off, spread, out=np.zeros_like(off), where=spread > 0)
    return found


def _off(scaled: Values, known: Flags, flags: Flags, owners: NDArray[np.int64]) -> Values:
    """The squared difference of each column's flagged processes, in standard errors."""
    chosen = flags[:, owners] & known
    with_it = chosen.sum(axis=0)
    without = known.sum(axis=0) - with_it
    total = np.where(chosen, scaled, 0.0).sum(axis=0)
    enough = (with_it >= BOTH_MIN) & (without >= BOTH_MIN)
    errors = 1 / np.maximum(1, with_it) + 1 / np.maximum(1, without)
    found: Values = np.where(enough, total**2 * errors, 0.0)
    return found


def _by_cell(off: Values, table: Table) -> Values:
    """The largest value among the columns of each cell."""
    largest = np.zeros(len(table.cells))
    np.maximum.at(largest, table.owners, off)
    return largest
