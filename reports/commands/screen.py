"""Standard output as a console, whatever letters the terminal has, and tables for it."""

import io
import sys
from collections.abc import Collection, Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.commands.streams import TOLERANT


def screen(width_min: int = 0) -> Console:
    """Standard output as a console, at least ``width_min`` characters wide.

    A letter that the terminal's encoding lacks is printed as a question mark, so that a symbol
    never costs the table of a run.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=TOLERANT)
    console = Console()
    return console if console.width >= width_min else Console(width=width_min)


def table(
    title: str,
    heads: Iterable[str],
    rows: Iterable[Iterable[object]],
    broken: Collection[str] = (),
) -> Table:
    """A table; a heading that ends in a colon is of numbers, which stand at the right.

    Where the screen is too narrow, cells below the headings ``broken`` take several lines.
    """
    made = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    for head in heads:
        name = head.removesuffix(":")
        made.add_column(
            name,
            justify="right" if name != head else "left",
            overflow="fold",
            no_wrap=name not in broken,
        )
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))
    return made
