"""Where a command prints its tables, whatever letters the terminal has."""

import io
import sys

from rich.console import Console

from reports.commands.streams import TOLERANT


def screen(width_min: int = 0) -> Console:
    """Return standard output as a console, at least ``width_min`` characters wide.

    A letter that the terminal's encoding lacks comes out as a question mark: a sign is no reason to
    lose the table of a run.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=TOLERANT)
    console = Console()
    return console if console.width >= width_min else Console(width=width_min)
