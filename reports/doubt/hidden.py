"""The hidden factor: tests whether something moves the ratios of all cells together.

The processes of a run differ. If each cell varies independently, the differences in one cell say
nothing about those in another. If something was not accounted for (a neighbour on the core, a
clock), one number per process explains much of the variation in all cells. That share is the
first principal component of all ratios, each scaled to the same spread so that no wild cell
dominates. The share expected by chance comes from permuting the processes within each cell; the
series of a cell share a baseline and stay together.

All processes of a run share its surroundings, so averaging over them does not remove the factor.
If there is one, intervals are widened by the effect of one draw of it, added like an independent
error.

* I. T. Jolliffe, "Principal Component Analysis", 2nd ed. (2002), section 6.1: how much is chance.
* J. L. Horn, "A rationale and test for the number of factors in factor analysis", Psychometrika 30
  (1965), 179-185: against shuffled columns ("parallel analysis").
"""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.doubt.conditions import Table, standardised
from reports.statistics.signed_rank import CONFIDENCE, PROCESSES_MIN, Estimate, Values

NORMAL = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # half-width over standard error
PERMUTATIONS = 99  # the minimum for a level of 1 %
SEED = 13
TIMES_CHANCE = 3.0  # share over the median share by chance; below, luck matters more
CELLS_MIN = 3  # fewer cells cannot move "together"
ENOUGH = 30  # processes: beyond, more cells help more
PROCESSES_MAX = 60  # evenly spaced; a matrix of their pairs is permuted each time
COLUMNS = ("share", "chance", "processes", "cells", "size", "found")


@dataclass(frozen=True)
class Factor:
    """The share of variation that one hidden number per process explains."""

    share: float  # of all variation between processes
    chance: float  # the median share with the processes of each cell permuted
    processes: int
    cells: int
    found: bool  # more than chance, by TIMES_CHANCE and in every permutation
    sizes: dict[tuple[Any, ...], float]  # by CELL and label: its standard deviation in log ratios

    @property
    def size(self) -> float:
        """The typical change of a ratio by the factor, as a share of the ratio."""
        return float(np.median(list(self.sizes.values()))) if self.sizes else 0.0


def factor(table: Table) -> Factor | None:
    """The hidden factor of a run; None with too few processes or cells to test."""
    rows, cells = _block(table)
    if len(rows) < PROCESSES_MIN or len(cells) < CELLS_MIN:
        return None
    columns = np.isin(table.owners, cells)
    scaled = standardised(table.logs[np.ix_(rows, columns)])
    scaled = scaled[np.argsort((scaled**2).sum(axis=1), kind="stable")]
    owners = table.owners[columns]
    pairs = np.stack([scaled[:, owners == cell] @ scaled[:, owners == cell].T for cell in cells])
    share = _share(pairs.sum(axis=0))
    by_chance = _by_chance(pairs)
    chance = float(np.median(by_chance))
    found = share > _much(chance) and share > by_chance.max()
    return Factor(share, chance, len(rows), len(cells), found, _sizes(table, rows, columns))


def as_row(found: Factor | None) -> pd.DataFrame:
    """The factor as a row; no row if it is unknown."""
    rows = [] if found is None else [{key: getattr(found, key) for key in COLUMNS}]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def widened(ratios: pd.DataFrame, found: Factor | None, keys: list[str]) -> pd.DataFrame:
    """The ratios with their intervals widened by the hidden factor.

    ``hidden`` is the widening as a share of the ratio; 0 if there is no such factor. The baseline's
    copy is the same code as its baseline, and moves with it.
    """
    rows = ratios[keys].itertuples(index=False, name=None)
    if found is None or not found.found:
        return ratios.assign(hidden=0.0)
    sizes = [found.sizes.get(row, found.size) for row in rows]
    more = NORMAL * np.where(ratios["role"] == "control", 0.0, np.array(sizes, dtype=np.float64))
    centre, reach = ratios["centre"], more * ratios["centre"]
    low = centre - np.hypot(centre - ratios["low"], reach)
    high = centre + np.hypot(ratios["high"] - centre, reach)
    longer = (high - low) / (ratios["high"] - ratios["low"])
    return ratios.assign(hidden=more, low=low, high=high, smallest=ratios["smallest"] * longer)


def wider_by(estimate: Estimate, more: float) -> Estimate:
    """An estimate with an independent error added, ``more`` on either side."""
    if estimate.low is None or estimate.high is None:
        return estimate
    centre = estimate.centre
    low, high = (float(np.hypot(end - centre, more)) for end in (estimate.low, estimate.high))
    return replace(estimate, low=centre - low, high=centre + high)


def sentence(row: pd.DataFrame) -> str:
    """A sentence on the hidden factor, the first doubt of a page; empty if there is none."""
    if row.empty or not row["found"].iloc[0]:
        return ""
    share, chance, size = (float(row[key].iloc[0]) for key in ("share", "chance", "size"))
    return (
        f"An unexplained factor moves all cells together: it accounts for {share:.0%} "
        f"of the variation between processes ({chance:.0%} by chance) and moves a ratio by "
        f"{100 * size:.1f} % (median). Intervals include it."
    )


def outcome(row: pd.DataFrame) -> dict[str, str]:
    """The test and its outcome, for a table; empty if it was not possible."""
    if row.empty:
        return {}
    one = row.iloc[0]
    return {
        "one number per process explains": f"{one['share']:.1%} of the variation between them",
        "expected by chance": f"{one['chance']:.1%}",
        "it moves a ratio by": f"{100 * one['size']:.2f} % (median)",
        "looked at": f"{one['processes']} processes in {one['cells']} cells",
        "more than chance": "yes" if one["found"] else f"no: below {_much(one['chance']):.1%}",
    }


def _block(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The largest block of processes and cells in which every ratio is known.

    Processes are ranked by their number of cells; cells that one of them lacks are left out.
    """
    there = np.stack(
        [~np.isnan(table.logs[:, table.owners == at]).any(axis=1) for at in range(len(table.cells))]
        or [np.zeros(len(table.logs), dtype=bool)],
        axis=1,
    )
    each = there.sum(axis=1)
    best: tuple[int, NDArray[np.int64], NDArray[np.int64]] = (0, np.arange(0), np.arange(0))
    for least in np.unique(each)[::-1]:
        rows = np.flatnonzero(each >= least)
        cells = np.flatnonzero(there[rows].all(axis=0))
        worth = min(len(rows), ENOUGH) * len(cells) * (len(rows) >= PROCESSES_MIN)
        if worth > best[0]:
            best = (worth, rows, cells)
    rows = best[1]
    if len(rows) > PROCESSES_MAX:
        rows = rows[np.linspace(0, len(rows) - 1, PROCESSES_MAX).astype(np.int64)]
    return rows, best[2]


def _much(chance: float) -> float:
    """The smallest share that is more than luck; with few cells, half of the rest is enough."""
    return min(TIMES_CHANCE * chance, (1 + chance) / 2)


def _share(pairs: Values) -> float:
    """The share of the first principal component, from products of pairs of processes."""
    values = np.linalg.eigvalsh(pairs)
    return float(values[-1] / values.sum()) if values.sum() > 0 else 0.0


def _by_chance(pairs: Values) -> Values:
    draw = np.random.default_rng(SEED)
    count = pairs.shape[1]
    cells = np.arange(len(pairs))[:, np.newaxis, np.newaxis]
    found = []
    for _ in range(PERMUTATIONS):
        order = np.stack([draw.permutation(count) for _ in pairs])
        dealt = pairs[cells, order[:, :, np.newaxis], order[:, np.newaxis, :]]
        found.append(_share(dealt.sum(axis=0)))
    return np.array(found)


def _sizes(
    table: Table, rows: NDArray[np.int64], columns: NDArray[np.bool_]
) -> dict[tuple[Any, ...], float]:
    """The standard deviation of each ratio in the block due to the factor."""
    logs = table.logs[np.ix_(rows, columns)]
    scaled = standardised(logs)
    score = np.linalg.svd(scaled, full_matrices=False)[0][:, 0]
    shares = np.abs(score @ scaled) / np.sqrt(len(rows))  # correlation with the score
    sizes = shares * logs.std(axis=0, ddof=1)
    keys = [key for key, there in zip(table.keys, columns, strict=True) if there]
    return dict(zip(keys, sizes.tolist(), strict=True))
