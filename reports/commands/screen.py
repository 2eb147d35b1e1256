"""Standard output as a console for tables, whatever letters the terminal has."""

import io
import sys

from rich.console import Console

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
