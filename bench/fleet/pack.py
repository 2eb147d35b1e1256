"""``python -m bench.fleet.pack -o NAME.pyz [OPTION...]``: a parcel for a scheduler to hand out.

Options that it does not know are those of the bench. On each machine ``python3 NAME.pyz -o RESULT``
measures and writes one file; examples/fleet/ has Slurm, Ansible and GNU parallel.
"""

import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench.errors import BenchError
from bench.fleet import foreign, parcel
from bench.fleet.crew import prepared
from bench.fleet.packages import Target
from bench.fleet.parcel import Contents
from bench.options import UsageError
from reports.commands.ending import run
from reports.commands.made import made
from strategies.compile.target import TRIPLETS

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
GLIBC = (2, 28)  # that most machines have


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def command(
    context: typer.Context,
    out: Annotated[Path, typer.Option("-o", "--output", help="a new file, NAME.pyz")],
    *,
    python: Annotated[str, typer.Option(help="version of Python there")] = "{}.{}".format(
        *sys.version_info[:2]
    ),
    machine: Annotated[str, typer.Option(help="architecture there")] = platform.machine(),
    compile_there: Annotated[
        bool, typer.Option("--compile-there", help="each machine compiles for itself")
    ] = False,
) -> None:
    """Pack what measures on any machine of a kind into one file."""
    if out.exists():
        raise UsageError(f"{out} exists: name a new file")
    parts = python.split(".")
    if len(parts) != len(GLIBC) or not all(part.isdecimal() for part in parts):
        raise UsageError(f"--python {python}: give a version as 3.11")
    if machine not in {platform.machine(), *TRIPLETS} and not compile_there:
        known = " and ".join(TRIPLETS)
        raise UsageError(f"--machine {machine}: kernels are made for {known}: --compile-there")
    target = Target(machine, (int(parts[0]), int(parts[1])), GLIBC)
    with tempfile.TemporaryDirectory(prefix="sg-ring-fleet-") as name:
        folder = Path(name)
        elsewhere = compile_there or machine != platform.machine()
        contents = prepared(context.args, folder, compile_there=elsewhere).contents
        kit = None if elsewhere else folder / parcel.KIT
        if not compile_there and elsewhere:
            kit, contents = for_another(contents, machine, folder)
        shutil.move(parcel.make(target, contents, kit, folder / "parcels"), out)
    made(out)


def for_another(contents: Contents, machine: str, folder: Path) -> tuple[Path, Contents]:
    """The kit for another machine, and what a parcel with it does; says what the kit lacks.

    Raises:
        UsageError: if no backend of the plan compiles for it here.
    """
    kit, contents = foreign.provided(contents, machine, folder)
    lacking = foreign.lacking(contents.plan, machine)
    if kit is None:
        raise UsageError(lacking)
    if lacking:
        typer.echo(f"fleet: {lacking}", err=True)
    return kit, contents


if __name__ == "__main__":
    run(app, "fleet", BenchError)
