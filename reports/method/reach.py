"""Aims and results, one line each: the table of docs/method.md."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.method.agreement import Spread, coverage, deviations, spreads
from reports.method.digest import RATIO_KEYS, STOCK

QUIET, DEFAULT = "quiet", "default"
DISTURBED = {"busy": "a busy loop on a worker's core", "bandwidth": "memory copied on a core"}
SPREAD = {"candidate": (0.3, 0.8), "control": (0.15, 0.4)}  # per cent: median cell, worst
HALF_WIDTH, HALF_WIDTH_MOST, SHARE = (0.5, 1.0, 0.95)  # per cent, per cent, share
COVERED = (0.92, 0.97)
STOCK_TIMES, DISTURBED_TIMES = 20.0, 1.5
START_S, BUILD_S, PEAK_BYTES = 0.5, 15.0, 2**30


@dataclass(frozen=True)
class Aim:
    """One aim and its result."""

    what: str
    aim: str
    reached: str
    kept: bool


def lines(centres: pd.DataFrame, runs: pd.DataFrame) -> Iterator[Aim]:
    """Yield every aim that was studied."""
    known = {(one.study, one.role): one for one in spreads(centres)}
    for role, name in (("candidate", "ratio to the baseline"), ("control", "A/A")):
        if (QUIET, role) in known:
            yield _spread(known[QUIET, role], name)
    default = _of_default(centres)
    if len(default):
        yield _half_widths(default)
    quiet = centres[centres["study"] == QUIET]
    if held := [holds for _, rows in quiet.groupby(RATIO_KEYS) for holds in coverage(rows)]:
        yield _covered(held)
    off = deviations(centres)
    if (off["study"] == STOCK).any():
        yield _against_stock(off)
    for study, name in DISTURBED.items():
        if (off["study"] == study).any():
            yield _disturbed(off, study, name)
    if len(runs):
        yield from _spent(runs)


def wide(centres: pd.DataFrame) -> pd.DataFrame:
    """The ratios of the default run whose half-width exceeds the maximum."""
    default = _of_default(centres)
    found = default.assign(percent=50 * (default["high"] - default["low"]))
    return found[found["percent"] > HALF_WIDTH_MOST].sort_values("percent", ascending=False)


def _of_default(centres: pd.DataFrame) -> pd.DataFrame:
    """The layouts' ratios in the default run; those of the control are narrower."""
    known = centres[(centres["study"] == DEFAULT) & centres["low"].notna()]
    return known[known["role"] == "candidate"]


def _spread(spread: Spread, name: str) -> Aim:
    median, worst = SPREAD[spread.role]
    return Aim(
        f"{name} over {spread.runs} whole 60-second runs, standard deviation, median of "
        f"{spread.cells} ratios / worst",
        f"{median:g} % / {worst:g} %",
        f"{spread.median_percent:.2f} % / {spread.worst_percent:.2f} % ({spread.worst_cell})",
        spread.median_percent <= median and spread.worst_percent <= worst,
    )


def _half_widths(rows: pd.DataFrame) -> Aim:
    width = 50 * (rows["high"] - rows["low"])
    share, most = float((width <= HALF_WIDTH).mean()), float(width.max())
    within = float((width <= HALF_WIDTH_MOST).mean())
    return Aim(
        f"95 % half-width in a default run, {len(rows)} ratios: share within {HALF_WIDTH:g} % / "
        "widest",
        f"{SHARE:.0%} / {HALF_WIDTH_MOST:g} %",
        f"{share:.0%} / {most:.2f} % ({within:.1%} within {HALF_WIDTH_MOST:g} %)",
        share >= SHARE and most <= HALF_WIDTH_MOST,
    )


def _covered(held: list[bool]) -> Aim:
    low, high = COVERED
    share = float(np.mean(held))
    what = "share of (run, ratio) whose interval holds the centre of the other runs"
    return Aim(what, f"{low:.0%} to {high:.0%}", f"{share:.1%}", low <= share <= high)


def _against_stock(off: pd.DataFrame) -> Aim:
    times = 1 / _times(off, STOCK)
    text = f"{np.median(times):.1f} times ({times.min():.1f} to {times.max():.1f})"
    what = f"spread over whole minutes of stock pyperf against ours, {len(times)} ratios"
    return Aim(what, f"{STOCK_TIMES:g} times", text, bool(np.median(times) >= STOCK_TIMES))


def _disturbed(off: pd.DataFrame, study: str, name: str) -> Aim:
    times = 1 / _times(off, study)
    found = float(np.median(times))
    what = f"the first line with {name}, against quiet, median of {len(times)} ratios"
    return Aim(what, f"{DISTURBED_TIMES:g} times", f"{found:.2f} times", found <= DISTURBED_TIMES)


def _times(off: pd.DataFrame, study: str) -> np.ndarray:
    """A study's spread as a multiple of the quiet spread, for each ratio that both have."""
    both = off[off["role"] == "candidate"].pivot_table("percent", RATIO_KEYS, "study")[
        [QUIET, study]
    ]
    known = both.dropna()
    found: np.ndarray = (known[QUIET] / known[study]).to_numpy()
    return found


def _spent(runs: pd.DataFrame) -> Iterator[Aim]:
    known = runs[runs["study"].isin((QUIET, DEFAULT))]
    if known.empty:
        return
    start, build = float(known["start_s"].median()), float(known["build_s"].median())
    yield Aim(
        "worker's start to its first turn / compiling and checking everything, once per run",
        f"{START_S:g} s / {BUILD_S:g} s",
        f"{start:.2f} s / {build:.1f} s",
        start <= START_S and build <= BUILD_S,
    )
    peak = float(runs["peak_bytes"].max())
    reached = f"{peak / 2**30:.2f} GiB"
    yield Aim("peak memory of all processes", "1 GiB", reached, peak <= PEAK_BYTES)
