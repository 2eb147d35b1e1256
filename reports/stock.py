"""``python -m reports.stock OURS STOCK``: our harness and pyperf's own, in one table.

If the second file is next to the first as NAME.stock.json, the page of the first has the table too.

Both files hold benchmarks of the same names, made by the same code. Absolute times need not agree:
pyperf times one strategy after the other, in long turns, on the pages that each process was given.
"""

from pathlib import Path

import pandas as pd
import pyperf
from rich.table import Table

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.commands.screen import screen
from reports.read.result import load
from reports.read.stock import bases, named, ratio, suite_of
from reports.rounds.processes import NS, per_process, rounds
from reports.statistics.signed_rank import estimate

HEADINGS = ("benchmark", "pyperf ns", "± sd", "ratio", "ours ns", "ratio", "± 95 %")


def main(ours: Path, stock: Path) -> None:
    """Print both harnesses' times and ratios for every benchmark of the stock run."""
    with refusing():
        known = named(per_process(rounds(load(ours).values)))
        suite = suite_of(stock)
    screen().print(compare(known, suite))


def compare(known: dict[str, pd.DataFrame], stock: pyperf.BenchmarkSuite) -> Table:
    """One row per benchmark: ns per request and ratio to the baseline, by both."""
    table = Table(box=None, pad_edge=False, title="ns per request, and ratio to the baseline")
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
            ratio(benchmark, means),
            *_ours(known.get(name)),
        )
    return table


def _ours(rows: pd.DataFrame | None) -> tuple[str, str, str]:
    if rows is None:
        return ("missing",) * 3
    time, to_baseline = estimate(rows["ns"]), estimate(rows["ratio"])
    half = to_baseline.half_width
    return (
        f"{time.centre:.2f}",
        f"{to_baseline.centre:.4f}",
        "none" if half is None else f"{half:.4f}",
    )


if __name__ == "__main__":
    run(main, "reports")
