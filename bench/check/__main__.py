"""``python -m bench.check --layout FILE``: check a layout by the oracle, and time nothing.

Exit status: 0 it is right; 1 it is wrong, and the first request that shows it; 2 bad use.
"""

from pathlib import Path
from typing import Annotated

import typer

from bench import layouts
from bench.check.held import held, line, requests_of, usual
from bench.errors import BenchError
from bench.options import check_system, compilers_of
from reports.commands.ending import run

WRONG = 1  # exit status


def command(
    layout: Annotated[list[Path], typer.Option(help="a .py, .c, .o or .a file of yours")],
    *,
    backend: Annotated[
        list[str] | None, typer.Option(help="numba, gcc, clang or all; default: numba and gcc")
    ] = None,
) -> None:
    """Check layouts by the oracle, on every request of a run; show the first that is wrong."""
    check_system()
    theirs = layouts.given(layout)
    plan = usual(theirs, compilers_of(backend))
    wrong = False
    for label, fault in held(plan):
        if fault is None:
            count = len(requests_of(plan))
            typer.echo(f"{label}: right in all {count} requests, alone and in a ring that fills up")
            continue
        wrong = True
        typer.echo(line(label, fault), err=True)
        for one in fault.shown:
            typer.echo(f"  {one}", err=True)
    if wrong:
        raise typer.Exit(WRONG)


if __name__ == "__main__":
    run(command, "bench", BenchError)
