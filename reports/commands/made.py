"""Reports the file that a command has written: printed, and passed to a calling program."""

import os
from pathlib import Path

import typer

NOTE = "SG_RING_RESULT"  # variable: a file to write the path into


def made(path: Path) -> None:
    """Print the path of the result, and write it into the file that NOTE names."""
    typer.echo(path)
    if os.environ.get(NOTE):
        Path(os.environ[NOTE]).write_bytes(os.fsencode(path))
