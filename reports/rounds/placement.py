"""The effect of placement on a series' ratio: where its code lay, and on which pages its data.

Columns of the frame, next to those of the cell and the series:

    mean, mean_low, mean_high   over placements: the mean round of each process
    p05, p95                    ends of the middle 90 % of all rounds of all processes
    slow_share                  share of rounds slower than the median round by SLOW
    position_0 ... position_3   the centre of the rounds with the code at that position
    position_spread             how far apart these are; NaN if the file does not give positions
    moved_by_position           whether they differ by more than their intervals explain
    by_position                 their verdicts, if code position changes ratio and answer
    state                       of the core in these rounds, a name of ``reports.read.states``
    rule                        of the centre, ``reports.statistics.centre``; empty if unknown
    other, other_low, other_high   the centre by another rule, over processes
    kind_low, kind_high, kind_share   the centres of two clusters of rounds, and the share of the
                                higher; NaN if there is one cluster
    decided_by                  what decides the cluster of a round: position, state, or unknown:
                                pages are drawn too, and no file records them
    page_span                   p95 - p05 of the rounds, each divided by its position's median:
                                the effect of pages and of whatever else is new in every round
"""

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.read.series import OF_ROUNDS, OF_TEXT
from reports.read.states import MIXED, UNKNOWN
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds, ratios_of
from reports.statistics.centre import LEVEL, Rule, chances, kinds, other, per_process
from reports.statistics.signed_rank import (
    Estimate,
    Values,
    differ,
    estimates,
    means,
    medians,
    spans,
    spread,
)
from reports.statistics.verdict import judge

POSITIONS = 4  # of code in a cache line: 0, 16, 32 and 48 bytes after its start
DRAWN_MAX = 6  # cells whose rounds are kept for a figure
SLOW = 0.1  # of the median round
COLUMNS = (
    *("mean", "mean_low", "mean_high", "p05", "p95", "slow_share"),
    *(f"position_{at}" for at in range(POSITIONS)),
    *("position_spread", "moved_by_position", "by_position", "page_span"),
    *("state", "rule", "other", "other_low", "other_high"),
    *("kind_low", "kind_high", "kind_share", "decided_by"),
)
TEXTS = tuple(key.removeprefix(OF_ROUNDS) for key in OF_TEXT)


def placement(cells: Sequence[Rounds]) -> pd.DataFrame:
    """One row per cell and series that has a ratio to another."""
    series = pd.concat([cell.series for cell in cells], ignore_index=True)
    compared = np.concatenate([cell.compared for cell in cells])
    ours = series.loc[compared, [*CELL, *SERIES, *OF_SHAPE]].reset_index(drop=True)
    found = ours.join(pd.DataFrame([row for c in cells for row in _rows(c)], columns=COLUMNS))
    mixed = found.index[(found["state"] == MIXED) & (found["decided_by"] != "")]
    found.loc[mixed[_moved_by_state(cells, found.loc[mixed])], "decided_by"] = "state"
    return found


def placement_of_condensed(cells: Sequence[Rounds], benchmarks: pd.DataFrame) -> pd.DataFrame:
    """The ``placement`` frame of a condensed result, which its file keeps."""
    there = {f"{OF_ROUNDS}{column}": column for column in COLUMNS}
    known = benchmarks.reindex(columns=[*CELL, "label", *there]).rename(columns=there)
    columns = [*CELL, *SERIES, *OF_SHAPE]
    series = pd.concat([cell.series[columns] for cell in cells], ignore_index=True)
    rows = series[(series["against"] != "") & (series["against"] != series["label"])]
    found = rows.merge(known, how="left", on=[*CELL, "label"])
    texts = found[list(TEXTS)].fillna("")
    return found.assign(moved_by_position=found["moved_by_position"].eq(1), **texts)


def dependent(ratios: pd.DataFrame) -> pd.DataFrame:
    """The candidates' ratios that depend on placement, widest interval first."""
    rows = ratios[ratios["depends_on_placement"] & (ratios["role"] == "candidate")]
    width = (rows["high"] - rows["low"]) / rows["centre"]
    return rows.loc[width.sort_values(ascending=False, kind="stable").index]


def least_settled(cells: Sequence[Rounds], ratios: pd.DataFrame) -> pd.DataFrame:
    """The ``ratio`` of every round of the first of ``dependent``, at most one per cell.

    Empty without ``cells``: a condensed result has no rounds.
    """
    if not cells:
        return _ROUNDS
    first = dependent(ratios).drop_duplicates(CELL).head(DRAWN_MAX)
    by_cell = {cell.names[0][: len(CELL)]: cell for cell in cells}
    parts = [_ROUNDS]
    for row in first.to_dict("records"):
        found = ratios_of(by_cell[tuple(row[key] for key in CELL)])[row["label"]].dropna()
        same = {key: row[key] for key in _ROUNDS if key != "ratio"}
        parts.append(pd.DataFrame({**same, "ratio": found.to_numpy()}))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _rows(cell: Rounds) -> list[dict[str, Any]]:
    """What is known of each compared series of a cell, as columns."""
    ratios, positions = cell.ratios.to_numpy()[:, cell.compared], cell.positions[:, cell.compared]
    if not ratios.size:
        return []
    averages = estimates(means(cell.places.cube(ratios)))
    columns = {
        "mean": [one.centre if one else np.nan for one in averages],
        "mean_low": [_or_nan(one.low if one else None) for one in averages],
        "mean_high": [_or_nan(one.high if one else None) for one in averages],
        **dict(zip(("p05", "p95"), spans(ratios), strict=True)),
        "slow_share": _slow_share(ratios),
        "page_span": _page_span(ratios, positions),
    }
    each = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    codes = map(_code, _by_position(cell, ratios, positions))
    parts = zip(each, codes, _centred(cell), strict=True)
    return [row | code | rest | {"state": cell.state} for row, code, rest in parts]


def _centred(cell: Rounds) -> list[dict[str, Any]]:
    """The centre of each compared series by the other rule, and its clusters, as columns."""
    there = "rule" in cell.series
    names = [*compress(cell.series["rule"], cell.compared)] if there else [""] * len(cell.keys)
    rules = [Rule(name or Rule.MEDIAN.value) for name in names]
    both = list(zip(cell.judged, rules, strict=True))
    apart = estimates(np.stack([per_process(one, other(rule)) for one, rule in both], axis=1))
    found = [kinds(one, rule) for one, rule in both]
    decided = {Rule.POSITIONS: "position", Rule.TRIMMED: "unknown"}
    return [
        {
            "rule": name,
            "other": one.centre if one else np.nan,
            "other_low": _or_nan(one.low if one else None),
            "other_high": _or_nan(one.high if one else None),
            "kind_low": two.low if two else np.nan,
            "kind_high": two.high if two else np.nan,
            "kind_share": two.share if two else np.nan,
            "decided_by": decided.get(rule, "") if two else "",
        }
        for name, rule, one, two in zip(names, rules, apart, found, strict=True)
    ]


def _moved_by_state(cells: Sequence[Rounds], rows: pd.DataFrame) -> NDArray[np.bool_]:
    """The rows in which the state of a round decides its cluster, as a mask."""
    by_cell = {cell.names[0][: len(CELL)]: cell for cell in cells}
    here = [by_cell[tuple(row[key] for key in CELL)] for row in rows.to_dict("records")]
    ratios = [
        cell.places.cube(ratios_of(cell)[label].to_numpy())
        for cell, label in zip(here, rows["label"], strict=True)
    ]
    states = [cell.places.cube(cell.states, UNKNOWN) for cell in here]
    labels = [np.where(np.isin(one, (0, 1)), one, -1).astype(np.int8) for one in states]
    found: NDArray[np.bool_] = chances(ratios, labels) <= LEVEL
    return found


def _by_position(cell: Rounds, ratios: Values, positions: NDArray[np.int8]) -> list[list[Estimate]]:
    """The centres of each series by code position; empty if one is unknown."""
    there = (np.where(positions == at, ratios, np.nan) for at in range(POSITIONS))
    parts = [estimates(medians(cell.places.cube(one))) for one in there]
    return [[one for one in each if one] if all(each) else [] for each in zip(*parts, strict=True)]


def _code(positions: list[Estimate]) -> dict[str, Any]:
    """The effect of code position on one series, as columns."""
    if not positions:
        unknown = dict.fromkeys([f"position_{at}" for at in range(POSITIONS)], np.nan)
        return unknown | {
            "position_spread": np.nan,
            "moved_by_position": False,
            "by_position": "",
        }
    moved = differ(positions)
    verdicts = [judge(found).value for found in positions]
    changes = moved and len(set(verdicts)) > 1
    return {f"position_{at}": found.centre for at, found in enumerate(positions)} | {
        "position_spread": spread(positions),
        "moved_by_position": moved,
        "by_position": ", ".join(verdicts) if changes else "",
    }


def _slow_share(ratios: Values) -> Values:
    """The share of slow rounds of each series."""
    known = (~np.isnan(ratios)).sum(axis=0)
    slow = (ratios > medians(ratios[np.newaxis]) * (1 + SLOW)).sum(axis=0)
    found: Values = np.divide(slow, known, out=np.full(len(known), np.nan), where=known > 0)
    return found


def _page_span(ratios: Values, positions: NDArray[np.int8]) -> Values:
    """The span that remains when code position is divided out."""
    left = np.full_like(ratios, np.nan)
    for at in range(POSITIONS):
        there = np.where(positions == at, ratios, np.nan)
        left = np.where(positions == at, there / medians(there[np.newaxis]), left)
    low, high = spans(left)
    found: Values = high - low
    return found


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


_ROUNDS = pd.DataFrame(columns=[*CELL, "cell", "label", "centre", "low", "high", "mean", "ratio"])
