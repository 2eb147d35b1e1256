"""Reads the output of ``nox -s stock``: a suite of an unmodified ``pyperf.Runner``."""

from pathlib import Path

import pandas as pd
import pyperf

from reports.read.series import PLAIN_FORM, check
from reports.read.suite import SuiteError, parse
from reports.read.text import ResultError, text_of

SECONDS_MAX = 1e9  # 30 years


def suite_of(path: Path) -> pyperf.BenchmarkSuite:
    """Read a file of pyperf's own Runner; raise ``ResultError`` if it is not one."""
    text = text_of(path)
    try:
        ours = parse(text)
        suite = pyperf.BenchmarkSuite.loads(text)
    except (
        SuiteError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        raise ResultError(f"{path}: no pyperf suite; make it again with nox -s stock") from None
    check(path, ours)
    if any((run.seconds > SECONDS_MAX).any() for one in ours for run in one.runs):
        raise ResultError(f"{path}: has a time that is not one; make it again with nox -s stock")
    if not bases(suite):
        raise ResultError(f"{path}: has no baseline; make it again with nox -s stock")
    return suite


def cell(benchmark: pyperf.Benchmark) -> str:
    """WORKLOAD/SHAPE/PHASE of a benchmark."""
    return str(benchmark.get_name()).rsplit("/", 1)[0]


def bases(stock: pyperf.BenchmarkSuite) -> dict[str, float]:
    """The baseline's mean in each cell."""
    return {cell(b): b.mean() for b in stock if b.get_metadata().get("role") == "baseline"}


def ratio(benchmark: pyperf.Benchmark, means: dict[str, float]) -> str:
    """The ratio by pyperf to the baseline of the cell, as text."""
    base = means.get(cell(benchmark))
    return "missing" if base is None else f"{benchmark.mean() / base:.4f}"


def named(processes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Our rows, one per process, by benchmark name; forced forms left out."""
    plain = processes[processes["form"] == PLAIN_FORM]
    names = plain[["workload", "shape", "phase", "strategy"]].astype(str).agg("/".join, axis=1)
    return dict(list(plain.groupby(names + "@" + plain["backend"].astype(str))))
