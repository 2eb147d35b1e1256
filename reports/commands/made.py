"""Which file a command has made: printed, and told to a program that runs the command."""

import os
from pathlib import Path

import typer

NOTE = "SG_RING_RESULT"  # variable: a file into which the path is to be written


def made(path: Path) -> None:
    """Say where the result is."""
    typer.echo(path)
    if os.environ.get(NOTE):
        Path(os.environ[NOTE]).write_bytes(os.fsencode(path))
