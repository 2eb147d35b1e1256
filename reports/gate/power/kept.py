"""Reads what ``bench.studies.gate_model`` keeps, by kind of processor.

For each kind: runs by study, and the model drawn from the null runs.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from reports.read.text import ResultError, text_of
from reports.statistics.signed_rank import CONFIDENCE

ALARMS = ("slower", "faster")
RUNS, MODEL = "runs.jsonl.gz", "model.json"

Run = dict[str, Any]
Runs = list[Run]


@dataclass(frozen=True)
class Kept:
    """What is kept for one kind of processor."""

    kind: str
    studies: dict[str, Runs]
    model: dict[str, Any]

    @property
    def runs(self) -> Runs:
        """All runs."""
        return [run for runs in self.studies.values() for run in runs]

    @property
    def null(self) -> Runs:
        """The runs in which nothing is slower, including disturbed ones."""
        return [run for run in self.runs if run["study"]["null"]]


def load(folder: Path) -> list[Kept]:
    """Every kind in a folder.

    Raises:
        ResultError: if there is none, or one is damaged; the text names the remedy.
    """
    kinds = sorted(path.parent for path in folder.glob(f"*/{RUNS}"))
    if not kinds:
        raise ResultError(f"{folder}: no {RUNS}; nox -s gate-power makes it")
    return [Kept(one.name, *_read(one)) for one in kinds]


def _read(folder: Path) -> tuple[dict[str, Runs], dict[str, Any]]:
    """Runs by study, and the model."""
    found = defaultdict(list)
    try:
        for line in text_of(folder / RUNS).splitlines():
            run = json.loads(line)
            found[run["study"]["name"]].append(run)
        return dict(found), json.loads(text_of(folder / MODEL))
    except (KeyError, TypeError, ValueError):
        raise ResultError(f"{folder}: damaged; nox -s gate-power makes it") from None


def alarmed(run: Run) -> bool:
    """True if a cell was called slower or faster that is not."""
    return any(row["verdict"] in ALARMS and not slow(run, row) for row in run["rows"])


def seen(run: Run) -> bool:
    """True if the slowed cell was called slower."""
    return any(row["verdict"] == "slower" and slow(run, row) for row in run["rows"])


def slow(run: Run, row: dict[str, Any]) -> bool:
    """True if the row is the cell whose head was slowed."""
    slowed = run["slowed"]
    return bool(slowed) and (row["cell"], row["variant"]) == (slowed["cell"], slowed["variant"])


def inconclusive(runs: Runs) -> float:
    """The share of inconclusive cells."""
    said = [row["verdict"] for run in runs for row in run["rows"]]
    return said.count("inconclusive") / max(1, len(said))


def ends(count: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper & Pearson, Biometrika 26 (1934), 404)."""
    found = binomtest(count, of).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)
