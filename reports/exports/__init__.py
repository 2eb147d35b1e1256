"""Exports a result to the formats of other tools: one module per format, found by ``names``.

A module's name is the value of ``--export``, its docstring says who reads the format and where it
is specified, and it has one function:

    write(export, directory)   writes the format into the directory and returns the file's path

All of them give times as nanoseconds per request, ratios as multiples of the baseline's time.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from reports.experiments.axes import axes_of, braced
from reports.frames.tables import Tables
from reports.frames.tidy import frame
from reports.read.result import Result
from reports.read.states import NAMES, SHARED
from reports.rounds.processes import per_process, rounds
from reports.text.table import FrameRow


@dataclass(frozen=True)
class Export:
    """The data that an export writes."""

    result: Result
    tables: Tables

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row per cell and series that was measured, as in ``reports.load``."""
        whole = frame(self.result, self.tables)
        return whole[whole["processes"] > 0]

    @cached_property
    def processes(self) -> pd.DataFrame:
        """One row per process of each of these, from ``reports.rounds.processes``."""
        return per_process(rounds(self.result.values))


def names() -> list[str]:
    """The available formats."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def write(name: str, export: Export, directory: Path) -> Path:
    """Write one format into a directory, creating it; the path written."""
    directory.mkdir(parents=True, exist_ok=True)
    written: Path = importlib.import_module(f"{__name__}.{name}").write(export, directory)
    return written


def benchmark(row: FrameRow) -> str:
    """A row's name as in the result file, with a busy neighbour as an axis."""
    axes = braced(axes_of(row["axes"]) | of_state(row))
    series = f"{row['variant']}@{row['backend']}{axes}"
    return f"{row['workload']}/{row['shape']}/{row['phase']}/{series}"


def of_state(row: FrameRow) -> dict[str, str]:
    """The state of a row as an axis, unless it is the one without a neighbour."""
    return {"state": NAMES[SHARED]} if row["state"] == NAMES[SHARED] else {}
