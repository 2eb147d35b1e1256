"""``python -m reports.stock OURS STOCK``: our harness and pyperf's own, in one table.

Where the second lies beside the first as NAME.stock.json, the page of the first has the table too.

Both files hold benchmarks of the same names, made by the same code. Absolute times need not agree:
pyperf times one strategy after the other, in long turns, on the pages that each process was given.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyperf
from rich.table import Table

from reports import wording
from reports.commands.ending import run
from reports.grids import MISSING, Cell, Grid, Head, Row, exact_cell
from reports.pairing import NS, per_process, rounds
from reports.reading import ResultError, stem_of, text_of
from reports.refusing import refusing
from reports.result import Result, load
from reports.screen import screen
from reports.series import PLAIN_FORM, check
from reports.statistics import estimate
from reports.suite import SuiteError, parse

SECONDS_MAX = 1e9  # 30 years
COLUMNS = ("pyperf ns", "pyperf ratio", "ns", "ratio")  # of the page's table
HEADINGS = ("benchmark", "pyperf ns", "± sd", "ratio", "ours ns", "ratio", "± 95 %")


def main(ours: Path, stock: Path) -> None:
    """Print both harnesses' times and ratios for every benchmark of the stock run."""
    with refusing():
        known = named(per_process(rounds(load(ours).values)))
        suite = suite_of(stock)
    screen().print(compare(known, suite))


def stock_grid(ours: Result) -> Grid | None:
    """Return the same for the page of our result; None where no stock run lies beside it."""
    path = ours.path.with_name(f"{stem_of(ours.path)}.stock.json")
    if not path.exists():
        return None
    known, suite = named(per_process(rounds(ours.values))), suite_of(path)
    means = bases(suite)
    rows = tuple(
        Row(Head(wording.printable(benchmark.get_name())), tuple(_cells(benchmark, means, known)))
        for benchmark in suite
    )
    title = "An unmodified pyperf Runner, and this harness"
    return Grid(title, tuple(map(Head, COLUMNS)), rows, narrow=True, side="benchmark")


def suite_of(path: Path) -> pyperf.BenchmarkSuite:
    """Return pyperf's own file; raise ``ResultError`` where it is none."""
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
        raise ResultError(f"{path}: has a time that is none; make it again with nox -s stock")
    if not bases(suite):
        raise ResultError(f"{path}: has no baseline; make it again with nox -s stock")
    return suite


def named(processes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return our rows, one a process, by benchmark name; forced forms left out."""
    plain = processes[processes["form"] == PLAIN_FORM]
    names = plain[["workload", "shape", "phase", "strategy"]].astype(str).agg("/".join, axis=1)
    return dict(list(plain.groupby(names + "@" + plain["backend"].astype(str))))


def compare(known: dict[str, pd.DataFrame], stock: pyperf.BenchmarkSuite) -> Table:
    """Return a row a benchmark: ns a request and ratio to the baseline, by both."""
    table = Table(box=None, pad_edge=False, title="ns a request, and ratio to the baseline")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "benchmark" else "right")
    means = bases(stock)
    for benchmark in stock:
        name = benchmark.get_name()
        theirs = benchmark.mean()
        table.add_row(
            name,
            f"{theirs * NS:.2f}",
            f"{benchmark.stdev() * NS:.2f}",
            _ratio(benchmark, means),
            *_ours(known.get(name)),
        )
    return table


def cell(benchmark: pyperf.Benchmark) -> str:
    """Return WORKLOAD/SHAPE/PHASE of a benchmark."""
    return str(benchmark.get_name()).rsplit("/", 1)[0]


def bases(stock: pyperf.BenchmarkSuite) -> dict[str, float]:
    """Return the baseline's mean in each cell."""
    return {cell(b): b.mean() for b in stock if b.get_metadata().get("role") == "baseline"}


def _ratio(benchmark: pyperf.Benchmark, means: dict[str, float]) -> str:
    base = means.get(cell(benchmark))
    return "missing" if base is None else f"{benchmark.mean() / base:.4f}"


def _cells(
    benchmark: pyperf.Benchmark, means: dict[str, float], known: dict[str, pd.DataFrame]
) -> Iterator[Cell]:
    """Yield a row of the page's table: pyperf's numbers, then ours."""
    several = benchmark.get_nvalue() > 1
    deviation = f"± {benchmark.stdev() * NS:.2f}" if several else ""
    yield exact_cell(f"{benchmark.mean() * NS:.2f}", deviation)
    yield exact_cell(_ratio(benchmark, means))
    rows = known.get(benchmark.get_name())
    if rows is None:
        yield from (MISSING, MISSING)
        return
    time, ratio = estimate(rows["ns"]), estimate(rows["ratio"])
    yield Cell(wording.time(time), wording.time_interval(time))
    yield Cell(wording.ratio(ratio), wording.ratio_interval(ratio))


def _ours(rows: pd.DataFrame | None) -> tuple[str, str, str]:
    if rows is None:
        return ("missing",) * 3
    time, ratio = estimate(rows["ns"]), estimate(rows["ratio"])
    half_width = "none" if ratio.half_width is None else f"{ratio.half_width:.4f}"
    return f"{time.centre:.2f}", f"{ratio.centre:.4f}", half_width


if __name__ == "__main__":
    run(main, "reports")
