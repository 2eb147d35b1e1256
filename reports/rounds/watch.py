"""Reads what watched the core during a run: both sentinels, at both ends of every round.

They are benchmarks of the kind ``watch`` (``docs/format.md``), which no other reader takes for the
time of a request. Columns of the frame, one row per round: the cell (``workload``, ``shape``,
``phase``, ``axes``), ``process``, ``round`` (its number in the cell, as values have it), ``state``
(a name of ``reports.read.states``), and the seconds per step of ``sums_begin``, ``sums_end``,
``chain_begin`` and ``chain_end``. ``sums`` is bound by throughput, which a neighbour shares;
``chain`` by latency, which only the clock changes. Their quotient is independent of the clock.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from reports.read import states
from reports.read.suite import Benchmark, parse
from reports.read.text import ResultError, text_of
from reports.rounds.processes import CELL
from reports.text.wording import printable

WATCH = "watch"  # the kind of benchmark
NAME = re.compile(r"(?:\{(.*)\})?/(sums|chain)\[(begin|end)\]$", re.DOTALL)
SENTINELS = ("sums_begin", "sums_end", "chain_begin", "chain_end")
PLACE = [*CELL, "process", "round"]


def watched(path: Path) -> pd.DataFrame:
    """The sentinels' rounds of a run; no rows if its file has none.

    Raises:
        ResultError: if the file cannot be read, or a run does not name its process.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in SENTINELS}
    for one in parse(text_of(path)):
        if one.metadata.get("kind") == WATCH and (name := NAME.search(one.name)):
            axes, *words = name.groups(default="")
            column = "_".join(words)
            parts[column] += [_rounds(path, one, axes, column, at) for at in range(len(one.runs))]
    columns = [pd.concat(rows) for rows in parts.values() if rows]
    if not columns:
        return pd.DataFrame(columns=[*PLACE, "state", *SENTINELS])
    whole = columns[0]
    for more in columns[1:]:
        whole = whole.merge(more.drop(columns="state"), "outer", PLACE)
    return whole.reindex(columns=[*PLACE, "state", *SENTINELS])


def sums_over_chain(found: pd.DataFrame) -> "pd.Series[float]":
    """The time of a sum in chain steps, at the worse end of a round; independent of the clock."""
    ends = [found[f"sums_{end}"] / found[f"chain_{end}"] for end in ("begin", "end")]
    return pd.concat(ends, axis="columns").max(axis="columns")


def _rounds(path: Path, one: Benchmark, axes: str, column: str, at: int) -> pd.DataFrame:
    """The rounds of one run as rows."""
    run = one.runs[at]
    letters = str(one.of(run, "states", ""))
    known = len(letters) == len(run.seconds) and states.PATTERN.fullmatch(letters)
    process = one.of(run, "process")
    if not isinstance(process, int):
        raise ResultError(f"{path}: {printable(one.name)} has a run without its process")
    cell = {key: printable(one.metadata.get(key, "")) for key in CELL[:-1]}
    places = [states.name(states.LETTERS.index(letter)) for letter in letters] if known else ""
    return pd.DataFrame(
        {
            **cell,
            "axes": printable(axes),
            "process": process,
            "round": np.arange(len(run.seconds)),
            "state": places,
            column: run.seconds,
        }
    )
