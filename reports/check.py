"""``python -m reports.check FILE``: whether a report can be made of a result; silent if so."""

from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.refusing import refusing


def main(file: Annotated[Path, typer.Argument(help="A result, .json or .json.gz.")]) -> None:
    """Read a result as a report does, and say in one line why it is refused; status 2."""
    from reports.read.result import load

    with refusing():
        load(file)


if __name__ == "__main__":
    run(main, "reports")
