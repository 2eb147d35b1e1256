"""``python -m reports.stock OURS STOCK``: our harness and pyperf's own, in one table.

If the second file is next to the first as NAME.stock.json, the page of the first has the table too.

Both files hold benchmarks of the same names, made by the same code. Absolute times need not agree:
pyperf times one strategy after the other, in long turns, on the pages that each process was given.
"""

from pathlib import Path

from rich.table import Table

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.commands.screen import screen, table
from reports.page.stock import grid_of
from reports.read.result import load
from reports.text.table import Grid

WIDTH_MIN = 110  # of the table: a name that is broken cannot be copied


def main(ours: Path, stock: Path) -> None:
    """Print both harnesses' times and ratios for every benchmark of the stock run."""
    with refusing():
        grid = grid_of(load(ours), stock)
    screen(WIDTH_MIN).print(printed(grid))


def printed(grid: Grid) -> Table:
    """The page's table for a terminal."""
    heads = (grid.corner, *(f"{head}:" for head in grid.columns))
    return table(grid.title, heads, ((row.head, *row.cells) for row in grid.rows))


if __name__ == "__main__":
    run(main, "reports")
