"""What moves a ratio, in sentences: pages of a process, code position, length of a turn."""

import re
from collections.abc import Iterator

import pandas as pd

from reports.method.digest import RATIO_KEYS, ratio_name
from reports.method.reach import DEFAULT, QUIET

TURN = re.compile(r"turn-(\d+)us")
TURN_US = 100  # the length in runs
FIXED = "fixed"  # the study whose processes drew placement once each


def sentences(centres: pd.DataFrame) -> Iterator[str]:
    """Yield one sentence for each cause that was studied."""
    known = centres[centres["role"] == "candidate"]
    yield from _pages(known)
    yield from _positions(known)
    yield from _turns(known)


def _pages(known: pd.DataFrame) -> Iterator[str]:
    """Yield how far processes differ, with placement drawn once and in every round."""
    fixed = known[known["study"] == FIXED]
    if fixed.empty:
        return
    drawn = known[known["study"] == QUIET].merge(fixed[RATIO_KEYS].drop_duplicates(), on=RATIO_KEYS)
    parts = [
        f"{percent.median():.1f} % (median of {len(percent)}) to {percent.max():.0f} % with {how}"
        for rows, how in (
            (fixed, "placement drawn once per process"),
            (drawn, "placement drawn in every round"),
        )
        if len(percent := 100 * rows["apart"])
    ]
    yield (
        "**Pages and positions.** Within a run, the process with the highest ratio is above "
        f"the one with the lowest by {', by '.join(parts)}."
    )


def _positions(known: pd.DataFrame) -> Iterator[str]:
    """Yield how far code positions move a ratio in the default run."""
    default = known[known["study"] == DEFAULT].dropna(subset="position")
    if default.empty:
        return
    share = default["position"] / default["centre"]
    moved = share[share > 0]
    if moved.empty:
        yield f"**Code position** moves none of {len(default)} ratios of the default run."
        return
    worst = default.iloc[[int(share.argmax())]].to_dict("records")[0]
    yield (
        f"**Code position** moves {len(moved)} of {len(default)} ratios of the default run by more "
        f"than their intervals explain, by {100 * moved.median():.1f} % (median) to "
        f"{100 * moved.max():.0f} % ({ratio_name(worst)})."
    )


def _turns(known: pd.DataFrame) -> Iterator[str]:
    """Yield how far the length of a turn moves a ratio."""
    length = known["study"].str.extract(TURN)[0].astype(float)
    table = (
        known.assign(us=length)
        .dropna(subset="us")
        .pivot_table(index=RATIO_KEYS, columns="us", values="centre")
    )
    if TURN_US not in table:
        return
    parts = []
    for us in {table.columns[0], table.columns[-1]} - {TURN_US}:
        moved = 100 * (table[us] / table[TURN_US] - 1)
        rows = moved.rename("moved").reset_index()
        worst = rows.iloc[[int(rows["moved"].abs().argmax())]].to_dict("records")[0]
        parts.append(
            f"{us:g} us moves a ratio by {rows['moved'].abs().median():.1f} % (median of "
            f"{len(rows)}), most by {worst['moved']:+.1f} % ({ratio_name(worst)})"
        )
    yield f"**Length of a turn.** Against {TURN_US} us, {'; '.join(sorted(parts))}."
