"""Compares backends: the same layouts, on the same memory, in the same rounds.

The comparison is like for like (``reports.frames.code``): code that one compiler made a conditional
move by itself is compared with the form that forces the other to do so. Ratios are taken value by
value, like those to the baseline.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from reports.frames.code import like_for_like
from reports.read.series import LAYOUTS, PLAIN_FORM
from reports.rounds.processes import CELL, OF_SHAPE, Rounds
from reports.statistics.estimates import columns_of, estimate_of, estimated
from reports.statistics.signed_rank import Estimate, estimates, medians
from reports.text import wording

LIMITS: Mapping[str, float] = {"map": 1.15, "add": 1.10}  # phase: accepted ratio between backends
GAP_MAX = 0.08  # between backends' ratios to their baselines ...
DESCRIPTORS_MIN = 16  # ... in requests with at least so many descriptors
PAIR = ["pair", "strategy", "role", "first", "second", "forms"]
KEYS = [*CELL, *PAIR, *OF_SHAPE]


@dataclass(frozen=True)
class Agreement:
    """How well two backends agree in one phase."""

    pair: str
    phase: str
    cells: int  # compared, like for like
    mean: float  # geometric, of the ratios
    worst: str  # the comparison farthest from 1, with its cell
    worst_found: Estimate
    limit: float
    beyond: pd.DataFrame  # the rows farther from 1 than the limit, worst first


def across(cells: Sequence[Rounds], codes: pd.DataFrame) -> pd.DataFrame:
    """One row per cell and like-for-like pair: the ratio of the first label to the second."""
    met = {phase: pairs(codes[codes["phase"] == phase]).to_dict("records") for phase in LIMITS}
    rows = [row for cell in cells for row in _across(cell, met)]
    return pd.DataFrame(rows, columns=[*KEYS, *columns_of(None)])


def gaps(processes: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """One row per cell and pair: the first's ratio to its baseline minus the second's."""
    candidates = processes[
        (processes["role"] == "candidate") & (processes["descriptors"] >= DESCRIPTORS_MIN)
    ]
    joined = [_EMPTY]
    for phase, part in candidates[candidates["phase"].isin(LIMITS)].groupby("phase", observed=True):
        ratios = part[[*CELL, *OF_SHAPE, "process", "label", "ratio"]]
        other = part[[*CELL, "process", "label", "ratio"]]
        both = (
            pairs(codes[codes["phase"] == phase])
            .merge(ratios, left_on="first", right_on="label")
            .merge(
                other, left_on=["second", *CELL, "process"], right_on=["label", *CELL, "process"]
            )
        )
        joined.append(both.assign(ratio=both["ratio_x"] - both["ratio_y"]))
    return estimated(pd.concat([part for part in joined if len(part)] or joined), "ratio", KEYS)


def pairs(codes: pd.DataFrame) -> pd.DataFrame:
    """One row per like-for-like pair of the layouts of one phase."""
    layouts = codes[codes["role"].isin(LAYOUTS)]
    rows = [
        row
        for first, second in combinations(layouts["backend"].unique(), 2)
        for row in _pairs(layouts, str(first), str(second))
    ]
    return pd.DataFrame(rows, columns=PAIR)


def alone(codes: pd.DataFrame) -> list[tuple[str, str]]:
    """The series without a counterpart, and the backends that lack one."""
    found = []
    for _, phase in codes[codes["role"].isin(LAYOUTS)].groupby("phase", sort=False):
        met = pairs(phase)
        for row in phase.to_dict("records"):
            like = met[(met["first"] == row["label"]) | (met["second"] == row["label"])]
            there = {row["backend"], *" / ".join(like["pair"]).split(" / ")}
            missing = [str(name) for name in phase["backend"].unique() if name not in there]
            if missing:
                found.append((str(row["label"]), wording.listed(missing)))
    return list(dict.fromkeys(found))


def agreements(found: pd.DataFrame) -> list[Agreement]:
    """One summary per pair of backends and phase."""
    known = found[found["processes"] > 0]
    groups = known.groupby(["pair", "phase"], observed=True, sort=False)
    return [_agreement(str(pair), str(phase), part) for (pair, phase), part in groups]


def place(row: Mapping[Hashable, Any]) -> str:
    """The cell of a row, and what is compared in it."""
    return f"{row['workload']}/{row['cell']}, {what(row)}"


def what(row: Mapping[Hashable, Any]) -> str:
    """What a row compares: a strategy, and its forms unless both are as compiled."""
    space = "" if str(row["forms"]).startswith("[") and "/" not in row["forms"] else " "
    return f"{row['strategy']}{space}{row['forms']}".strip()


def _across(
    cell: Rounds, met: Mapping[str, list[dict[Hashable, Any]]]
) -> Iterator[dict[Hashable, Any]]:
    """Yield a row for each pair of a cell: the estimate over its processes' median rounds."""
    constant = cell.series[[*CELL, *OF_SHAPE]].iloc[0].to_dict()
    at = {label: place for place, label in enumerate(cell.series.index)}
    here = [
        row for row in met.get(constant["phase"], []) if {row["first"], row["second"]} <= at.keys()
    ]
    seconds = cell.seconds.to_numpy()
    above, below = (seconds[:, [at[row[key]] for row in here]] for key in ("first", "second"))
    found = estimates(medians(cell.places.cube(above / below)))
    for row, one in zip(here, found, strict=True):
        if one is not None:
            yield constant | row | columns_of(one)


def _pairs(layouts: pd.DataFrame, first: str, second: str) -> Iterator[dict[str, str]]:
    row_of = {row["label"]: row for row in layouts.to_dict("records")}
    for one, other in like_for_like(layouts, first, second):
        forms = [str(row_of[label]["form"]) for label in (one, other)]
        yield {
            "pair": f"{first} / {second}",
            "strategy": str(row_of[one]["strategy"]),
            "role": str(row_of[one]["role"]),
            "first": one,
            "second": other,
            "forms": _forms(*forms),
        }


def _forms(first: str, second: str) -> str:
    """The forms compared of a strategy; empty if both are as compiled."""
    names = [form if form == PLAIN_FORM else f"[{form}]" for form in (first, second)]
    if first == second:
        return "" if first == PLAIN_FORM else names[0]
    return " / ".join(names)


def _agreement(pair: str, phase: str, part: pd.DataFrame) -> Agreement:
    """The summary of one pair's rows."""
    off = np.log(part["centre"]).abs().sort_values(ascending=False)
    ordered = part.loc[off.index]
    worst = ordered.to_dict("records")[0]
    found = estimate_of(worst)
    assert found is not None
    return Agreement(
        pair=pair,
        phase=phase,
        cells=len(part),
        mean=float(np.exp(np.log(part["centre"]).mean())),
        worst=place(worst),
        worst_found=found,
        limit=LIMITS[phase],
        beyond=ordered[off > np.log(LIMITS[phase])],
    )


_EMPTY = pd.DataFrame(columns=[*KEYS, "process", "ratio"])
