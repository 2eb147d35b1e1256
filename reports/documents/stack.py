"""``python -m reports.documents.stack [FOLDER]``: what the place of the stack in its page does.

Reads what ``bench.studies.stack`` kept, a file for each kind of processor, and prints a table, or
writes it into a document.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer

from reports.commands.ending import run
from reports.commands.marked_part import put
from reports.commands.refusing import refusing
from reports.read.paths import ROOT
from reports.read.text import ResultError, json_of, record
from reports.text import markdown

KEPT = ROOT / "results" / "stack"
PART = "stack"
SLOWER = 1.05  # times the median place, from which on a place is said to cost a layout
TEXT_LENGTH_MAX = 100  # characters
HEADS = (
    *("processor", "layout"),
    *("places that cost it:", "by (median):", "at most:", "as much below:"),
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Ratio = Annotated[float, msgspec.Meta(gt=0, lt=1e300)]


class Places(msgspec.Struct, frozen=True):
    """What one process found, as ``bench.studies.stack`` has it."""

    processor_kind: str
    date: str
    commit: str
    cell: str
    step: int
    ratios: dict[str, Annotated[list[Ratio], msgspec.Meta(min_length=1)]]


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="a file for each kind of processor")] = KEPT,
    into: Annotated[
        Path | None, typer.Option("--document", help="write the table into this document")
    ] = None,
) -> None:
    """Say which layouts mind where the stack lies, on how many of its places, and by how much."""
    with refusing(into, "--document"):
        found = [read(path) for path in sorted(folder.glob("*.json"))]
        if not found:
            raise ResultError(
                f"{folder}: holds no study; make one with python -m bench.studies.stack"
            )
        text = table(found)
        if into is not None:
            put(text, into, PART)
            return
    typer.echo(text)


def read(path: Path) -> Places:
    """The record that a file holds.

    Raises:
        ResultError: if it is damaged.
    """
    try:
        return record(json_of(path), Places, TEXT_LENGTH_MAX)
    except ValueError as error:
        raise ResultError(f"{path}: {error}; make it again") from None


def table(kept: list[Places]) -> str:
    """The layouts of every kind of processor as Markdown."""
    made = (
        f"{one.processor_kind}: {one.cell}, {one.date}, commit {one.commit[:12]}" for one in kept
    )
    rows = (row for one in kept for row in _rows(one))
    return f"{markdown.table(HEADS, rows)}\n\n{'; '.join(made)}."


def _rows(places: Places) -> Iterator[tuple[object, ...]]:
    """Yield a row for each layout."""
    for label, ratios in places.ratios.items():
        beyond = np.array(ratios) / np.median(ratios)
        slow = beyond[beyond > SLOWER]
        below = int((beyond < 1 / SLOWER).sum())
        cost = (f"{np.median(slow):.2f}", f"{slow.max():.2f}") if len(slow) else ("", "")
        count = f"{len(slow)} of {len(ratios)}"
        yield places.processor_kind, f"`{label}`", count, *cost, below


if __name__ == "__main__":
    run(app, "reports")
