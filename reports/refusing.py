"""How a command of this package ends where a file cannot be read or written: one line, status 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from reports.reading import ResultError

BAD_USE = 2


@contextmanager
def refusing(place: Path | None = None) -> Iterator[None]:
    """End with what could not be read, or written to ``place``."""
    try:
        yield
    except ResultError as error:
        typer.echo(str(error), err=True)
    except OSError as error:
        if place is None:
            raise
        typer.echo(f"{error.filename or place}: {error.strerror}; name another with -o", err=True)
    else:
        return
    raise typer.Exit(BAD_USE)
