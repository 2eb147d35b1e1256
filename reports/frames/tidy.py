"""``reports.load``: a result as one tidy frame, described in ``docs/dataframe.md``."""

from pathlib import Path

import pandas as pd

from reports.frames.kept import kept
from reports.frames.tables import OF_PLACEMENT, Tables, tabulate
from reports.read import facts
from reports.read.result import Result
from reports.read.result import load as read
from reports.read.series import CATEGORIES, OF_CODE
from reports.read.states import name
from reports.rounds.processes import CELL, NS, SERIES

ENDS = ["centre", "low", "high"]
NS_ENDS = ("ns", "ns_low", "ns_high")
KEYS = [*CELL, "label"]
OF_ROUNDS = [key for key in OF_PLACEMENT if key != "state"]  # of a series; a cell has one state
JUDGED = ["smallest", "hidden", "verdict", *OF_ROUNDS, "depends_on_placement"]
ROUND_COLUMNS = (
    *(*CELL, "descriptors", "swept", "sweep"),
    *("strategy", "form", "backend", "role", "variant", "label", "code_hash"),
    *("process", "round", "position", "state", "ns"),
)
OF_TEXT = ["state", "rule", "decided_by"]
ONCE = ("machine", "commit")


def load(path: str | Path) -> pd.DataFrame:
    """Load a result: one row per cell and series, with time, ratio, and all that qualifies them."""

    def make() -> pd.DataFrame:
        result = read(path)
        return frame(result, tabulate(result))

    return kept(Path(path), "load", make)


def load_rounds(path: str | Path) -> pd.DataFrame:
    """Load a result's single values: one row per series, process and round, in nanoseconds."""

    def make() -> pd.DataFrame:
        values = read(path).values  # noqa: PD011  (a frame of ours)
        texts = values.astype(dict.fromkeys(CATEGORIES, "str"))
        state = values["state"].map(name)
        return texts.assign(ns=values["seconds"] * NS, state=state)[list(ROUND_COLUMNS)]

    return kept(Path(path), "rounds", make)


def frame(result: Result, found: Tables) -> pd.DataFrame:
    """The rows of ``load``, for a result that has been read already.

    The rows of rounds with a busy neighbour come last, if a result has them in addition to others.
    """
    whole = _frame(result, found.times, found.ratios)
    if found.shared.empty:
        return whole
    return pd.concat([whole, _frame(result, found.shared_times, found.shared)], ignore_index=True)


def _frame(result: Result, times: pd.DataFrame, to_baseline: pd.DataFrame) -> pd.DataFrame:
    times = times.rename(columns=dict(zip(ENDS, NS_ENDS, strict=True)))
    place = list(times.columns).index(NS_ENDS[-1]) + 1
    for at, column in enumerate(NS_ENDS):
        name_of = column.replace("ns", "ns_per_descriptor")
        times.insert(place + at, name_of, times[column] / times["descriptors"])
    ratios = to_baseline.rename(
        columns=dict(zip(ENDS, ("ratio", "ratio_low", "ratio_high"), strict=True))
    )
    ratios["half_width"] = (ratios["ratio_high"] - ratios["ratio_low"]) / 2
    of_ratio = ["ratio", "ratio_low", "ratio_high", "half_width", *JUDGED]
    of_cell = ratios.drop_duplicates(CELL)[[*CELL, "state", "doubt"]]
    whole = (
        times.drop(columns=["smallest", "cell"])
        .merge(ratios[[*KEYS, *of_ratio]], "left", KEYS)
        .merge(of_cell, "left", CELL)
        .merge(result.benchmarks[[*KEYS, "code_hash", *OF_CODE]], "left", KEYS)
        .assign(machine=facts.named(result), commit=facts.shown(result, "commit"))
    )
    whole["depends_on_placement"] = whole["depends_on_placement"].eq(other=True)
    texts = [*CELL, *SERIES, "sweep", "code_hash", "verdict", "doubt", *OF_TEXT, *ONCE]
    return whole.astype(dict.fromkeys(texts, "str")).fillna(dict.fromkeys(texts, ""))
