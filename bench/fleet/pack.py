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
from bench.fleet import parcel
from bench.fleet.crew import prepared
from bench.fleet.packages import Target
from bench.options import UsageError
from reports.commands.ending import run
from reports.commands.made import made

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
    if machine != platform.machine() and not compile_there:
        raise UsageError(f"--machine {machine}: kernels are compiled for this one: --compile-there")
    target = Target(machine, (int(parts[0]), int(parts[1])), GLIBC)
    with tempfile.TemporaryDirectory(prefix="sg-ring-fleet-") as name:
        folder = Path(name)
        fleet = prepared(context.args, folder, compile_there=compile_there)
        kit = None if compile_there else folder / parcel.KIT
        shutil.move(parcel.make(target, fleet.contents, kit, folder / "parcels"), out)
    made(out)


if __name__ == "__main__":
    run(app, "fleet", BenchError)
