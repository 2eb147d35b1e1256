"""``python -m reports.method FOLDER [-o FOLDER]``: how finely whole runs agree.

Reads the files of ``bench.method``, or their digest, and prints what was aimed at and reached. With
``-o`` it keeps the digest there; with ``--document`` it writes docs/method.md's part and figures.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from reports.commands.ending import run
from reports.documents import put
from reports.drawing import save
from reports.method import document, figures
from reports.method.agreement import Spread, spreads
from reports.method.digest import CENTRES, digest, read, write
from reports.method.moves import sentences
from reports.method.reach import Line, lines, wide
from reports.refusing import refusing
from reports.screen import screen

FIGURES = {
    "turn-length": (
        figures.turn_length,
        "How each layout's ratio to the baseline moves with the length of a turn, 10 us to 10 ms",
    ),
    "run-spread": (
        figures.run_spread,
        "Standard deviation over whole runs of every ratio, quiet, disturbed, and by stock pyperf",
    ),
    "against-stock": (
        figures.against_stock,
        "What ten minutes of stock pyperf and twenty of ours report of the same ratios",
    ),
}


def main(
    folder: Path,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="keep the digest here")] = None,
    into: Annotated[
        Path | None, typer.Option("--document", help="write table and figures into this document")
    ] = None,
) -> None:
    """Say how finely whole runs agree."""
    with refusing(into or out, "--document" if into else "-o"):
        centres, runs = read(folder) if (folder / CENTRES).exists() else digest(folder)
        found, known = list(lines(centres, runs)), list(spreads(centres))
        if out is not None:
            write(centres, runs, out)
        if into is not None:
            drawn = {}
            for name, (draw, says) in FIGURES.items():
                place = into.parent / "figures" / name
                place.parent.mkdir(exist_ok=True)
                save(draw(centres), place)
                place.with_suffix(".png").unlink()
                drawn[f"figures/{name}.svg"] = says
            text = document.markdown(found, sentences(centres), wide(centres), runs, drawn)
            put(text, into, "method")
    screen().print(spread_table(known), reach_table(found))


def spread_table(found: list[Spread]) -> Table:
    """Return the spreads as a table."""
    table = Table(box=None, pad_edge=False, title="standard deviation of a ratio over whole runs")
    for heading in ("study", "role", "runs", "ratios", "median", "worst", "covered", "worst cell"):
        text = heading in {"study", "role", "worst cell"}
        table.add_column(heading, justify="left" if text else "right")
    for one in found:
        table.add_row(
            *(one.study, one.role, str(one.runs), str(one.cells)),
            *(f"{one.median_percent:.2f} %", f"{one.worst_percent:.2f} %"),
            *(f"{100 * one.covered:.1f} %", one.worst_cell),
        )
    return table


def reach_table(found: list[Line]) -> Table:
    """Return the aims as a table."""
    table = Table(box=None, pad_edge=False, title="aimed at, and reached")
    for heading in ("", "aim", "reached", "kept"):
        table.add_column(heading, justify="left")
    for one in found:
        table.add_row(one.what, one.aim, one.reached, "yes" if one.kept else "no")
    return table


if __name__ == "__main__":
    run(main, "reports")
