"""The page's table of our harness and pyperf's own, if the latter's file is next to the result."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyperf

from reports.read.result import Result
from reports.read.stock import bases, named, ratio, suite_of
from reports.read.text import stem_of
from reports.rounds.processes import NS, per_process, rounds
from reports.statistics.signed_rank import estimate
from reports.text import wording
from reports.text.table import MISSING, Grid, Head, Printed, Row, exact_cell

COLUMNS = ("pyperf ns", "pyperf ratio", "ns", "ratio")


def stock_grid(ours: Result) -> Grid | None:
    """The table for the page of our result; None without a stock run next to it."""
    path = ours.path.with_name(f"{stem_of(ours.path)}.stock.json")
    return grid_of(ours, path) if path.exists() else None


def grid_of(ours: Result, stock: Path) -> Grid:
    """The table of our result and of a stock run.

    Raises:
        ResultError: if the latter is no suite of pyperf's own.
    """
    known, suite = named(per_process(rounds(ours.values))), suite_of(stock)
    means = bases(suite)
    rows = tuple(
        Row(Head(wording.printable(benchmark.get_name())), tuple(_cells(benchmark, means, known)))
        for benchmark in suite
    )
    title = "An unmodified pyperf Runner, and this harness"
    return Grid(title, tuple(map(Head, COLUMNS)), rows, narrow=True, corner="benchmark")


def _cells(
    benchmark: pyperf.Benchmark, means: dict[str, float], known: dict[str, pd.DataFrame]
) -> Iterator[Printed]:
    """Yield the cells of a row: pyperf's numbers, then ours."""
    several = benchmark.get_nvalue() > 1
    deviation = f"± {benchmark.stdev() * NS:.2f}" if several else ""
    yield exact_cell(f"{benchmark.mean() * NS:.2f}", deviation)
    yield exact_cell(ratio(benchmark, means))
    rows = known.get(benchmark.get_name())
    if rows is None:
        yield from (MISSING, MISSING)
        return
    time, to_baseline = estimate(rows["ns"]), estimate(rows["ratio"])
    yield Printed(wording.time(time), wording.time_interval(time))
    yield Printed(wording.ratio(to_baseline), wording.ratio_interval(to_baseline))
