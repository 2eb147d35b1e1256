"""How a command ends if a file cannot be read or written: one line, status 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from reports.commands.ending import BAD_USE
from reports.read.text import ResultError


@contextmanager
def refusing(place: Path | None = None, option: str = "-o") -> Iterator[None]:
    """Exit on a file that cannot be read, or not written to ``place``, which ``option`` sets."""
    try:
        yield
    except ResultError as error:
        typer.echo(str(error), err=True)
    except OSError as error:
        if place is None:
            raise
        where, why = error.filename or place, error.strerror or error
        typer.echo(f"{where}: {why}; name another with {option}, or make room", err=True)
    else:
        return
    raise typer.Exit(BAD_USE)
