"""``python -m reports.method FOLDER [-o FOLDER]``: how closely whole runs agree.

Reads the files of ``bench.studies.method``, or their digests, one folder for each kind of
processor, and prints aims and results. With ``-o`` it keeps the digests there; with ``--document``
it writes the part and figures of docs/method.md, for all kinds that are kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from matplotlib.figure import Figure
from rich.table import Table

from reports.commands.ending import run
from reports.commands.marked_part import put
from reports.commands.refusing import refusing
from reports.commands.screen import screen, table
from reports.figures.style import save
from reports.method import document, figures
from reports.method.agreement import Spread, spreads
from reports.method.digest import CENTRES, digest, read, studies, write
from reports.method.moves import sentences
from reports.method.reach import Aim, lines, wide
from reports.read.text import ResultError


@dataclass(frozen=True)
class Drawing:
    """A figure of the document."""

    name: str
    draw: Callable[[pd.DataFrame], Figure]
    studies: set[str]  # that it takes
    says: str  # what it shows


FIGURES = (
    Drawing(
        "turn-length",
        figures.turn_length,
        {"turn-10us", "turn-100us"},
        "How each layout's ratio to the baseline moves with the length of a turn, 10 us to 10 ms",
    ),
    Drawing(
        "run-spread",
        figures.run_spread,
        {"quiet"},
        "Standard deviation over whole runs of every ratio, quiet, disturbed, and by stock pyperf",
    ),
    Drawing(
        "against-stock",
        figures.against_stock,
        {"quiet", "stock"},
        "What ten minutes of stock pyperf and twenty of ours report of the same ratios",
    ),
)


def main(
    folder: Path,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="keep the digest here")] = None,
    into: Annotated[
        Path | None, typer.Option("--document", help="write table and figures into this document")
    ] = None,
) -> None:
    """Print how closely whole runs agree."""
    with refusing(into or out, "--document" if into else "-o"):
        found = {kind: digested(place) for kind, place in kinds(folder).items()}
        if out is not None:
            for kind, both in found.items():
                write(*both, out / kind)
        if into is not None:
            kept = {kind: digested(place) for kind, place in kinds(out or folder).items()}
            put("\n\n".join(part(kind, *both, into) for kind, both in kept.items()), into, "method")
    for kind, (centres, runs) in found.items():
        screen().print(kind, spread_table(spreads(centres)))
        screen().print(reach_table(lines(centres, runs)))


def kinds(folder: Path) -> dict[str, Path]:
    """The folders of runs or digests, by the kind of processor in their name.

    Raises:
        ResultError: if there is none.
    """
    there = [
        place for place in sorted(folder.glob("*/")) if (place / CENTRES).exists() or studies(place)
    ]
    if not there:
        raise ResultError(f"{folder}: no study's runs; make them with nox -s method")
    return {place.name: place for place in there}


def digested(place: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ratios and runs of a kind, read, or made from the files of its runs."""
    return read(place) if (place / CENTRES).exists() else digest(place)


def part(kind: str, centres: pd.DataFrame, runs: pd.DataFrame, into: Path) -> str:
    """A document's text on a kind, with its figures written next to the document."""
    drawn = {}
    for one in FIGURES:
        if one.studies <= set(centres["study"]):
            place = into.parent / "figures" / f"{one.name}-{kind}"
            place.parent.mkdir(exist_ok=True)
            save(one.draw(centres), place)
            place.with_suffix(".png").unlink()
            drawn[f"figures/{place.name}.svg"] = f"{one.says}, {kind}"
    found = list(lines(centres, runs))
    text = document.markdown(found, sentences(centres), wide(centres), runs, drawn)
    return f"### {kind}\n\n{text}"


def spread_table(spreads: Iterable[Spread]) -> Table:
    """The spreads as a table."""
    heads = ("study", "role", "runs:", "ratios:", "median:", "worst:", "covered:", "worst cell")
    rows = (
        (
            *(one.study, one.role, one.runs, one.cells),
            *(f"{one.median_percent:.2f} %", f"{one.worst_percent:.2f} %"),
            *(f"{100 * one.covered:.1f} %", one.worst_cell),
        )
        for one in spreads
    )
    return table("standard deviation of a ratio over whole runs", heads, rows, ["worst cell"])


def reach_table(aims: Iterable[Aim]) -> Table:
    """The aims as a table."""
    rows = ((one.what, one.aim, one.reached, "yes" if one.kept else "no") for one in aims)
    return table("aim and result", ("", "aim", "result", "met"), rows, ["", "result"])


if __name__ == "__main__":
    run(main, "reports")
