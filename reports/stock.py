"""``python -m reports.stock OURS STOCK``: our harness and pyperf's own, in one table.

Both files hold benchmarks of the same names, made by the same code. Absolute times need not agree:
pyperf times one strategy after the other, in long turns, on the pages that each process was given.
"""

from pathlib import Path

import pandas as pd
import pyperf
import typer
from rich.console import Console
from rich.table import Table

from reports import result
from reports.pairing import NS, per_process, rounds
from reports.reading import ResultError
from reports.statistics import estimate

BAD_USE = 2
HEADINGS = ("benchmark", "pyperf ns", "± sd", "ratio", "ours ns", "ratio", "± 95 %")


def main(ours: Path, stock: Path) -> None:
    """Print both harnesses' times and ratios for every benchmark of the stock run."""
    try:
        known = named(per_process(rounds(result.load(ours).values)))
        suite = pyperf.BenchmarkSuite.load(str(stock))
    except ResultError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USE) from None
    Console().print(compare(known, suite))


def named(processes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return our rows, one a process, by benchmark name; forced forms left out."""
    plain = processes[processes["form"] == result.PLAIN_FORM]
    names = plain[["workload", "shape", "phase", "strategy"]].astype(str).agg("/".join, axis=1)
    return dict(list(plain.groupby(names + "@" + plain["backend"].astype(str))))


def compare(known: dict[str, pd.DataFrame], stock: pyperf.BenchmarkSuite) -> Table:
    """Return a row a benchmark: ns a request and ratio to the baseline, by both."""
    table = Table(box=None, pad_edge=False, title="ns a request, and ratio to the baseline")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "benchmark" else "right")
    bases = {cell(b): b.mean() for b in stock if b.get_metadata()["role"] == "baseline"}
    for benchmark in stock:
        name = benchmark.get_name()
        theirs = benchmark.mean()
        table.add_row(
            name,
            f"{theirs * NS:.2f}",
            f"{benchmark.stdev() * NS:.2f}",
            f"{theirs / bases[cell(benchmark)]:.4f}",
            *_ours(known.get(name)),
        )
    return table


def cell(benchmark: pyperf.Benchmark) -> str:
    """Return WORKLOAD/SHAPE/PHASE of a benchmark."""
    return str(benchmark.get_name()).rsplit("/", 1)[0]


def _ours(rows: pd.DataFrame | None) -> tuple[str, str, str]:
    if rows is None:
        return ("missing",) * 3
    time, ratio = estimate(rows["ns"]), estimate(rows["ratio"])
    half_width = "none" if ratio.half_width is None else f"{ratio.half_width:.4f}"
    return f"{time.centre:.2f}", f"{ratio.centre:.4f}", half_width


if __name__ == "__main__":
    typer.run(main)
