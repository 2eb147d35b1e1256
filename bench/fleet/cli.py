"""``python -m bench.fleet HOSTS.toml [OPTION...]``: the command line of a fleet.

Options that it does not know are the bench's, and say what is measured. Exit status: 0 all hosts
are done; 1 a host failed, or measured something wrong; 2 bad use; 130 Ctrl-C. The same command goes
on.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from bench.children import environment
from bench.cli import interruptible
from bench.fleet import state
from bench.fleet.crew import RECORD, Crew, prepared, visited
from bench.fleet.hosts import HostsError, chosen, read
from bench.fleet.state import Stage, State
from bench.lock import alone, free
from bench.options import UsageError
from bench.paths import LOCAL_RESULTS, ROOT
from reports.commands.made import made
from reports.commands.screen import screen

FAILED = 1
FOLDER = LOCAL_RESULTS / "fleet"
WIDTH_MIN = 132  # of a table whose reasons are sentences

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    context: typer.Context,
    hosts: Annotated[Path, typer.Argument(help="which machines (docs/fleet.md)")],
    *,
    status: Annotated[bool, typer.Option("--status", help="only say how far they are")] = False,
    only: Annotated[list[str] | None, typer.Option(help="only this host or group")] = None,
    compile_there: Annotated[
        bool, typer.Option("--compile-there", help="every host compiles for itself")
    ] = False,
    host_names: Annotated[
        bool, typer.Option("--host-names", help="results and page name hosts as the file does")
    ] = False,
    limit: Annotated[
        float | None, typer.Option(min=0.01, help="minutes for a host, until it is given up")
    ] = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="render the results")] = True,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", help="a folder; results/local/fleet/NAME")
    ] = None,
) -> None:
    """Measure the same on many machines, and make one page of it."""
    folder = (out or FOLDER / hosts.name.removesuffix(".toml")).absolute()
    crew = Crew(chosen(read(hosts), only or []), folder)
    if status:
        raise typer.Exit(said(crew))
    with interruptible(f"and what is done is kept in {folder}: the same command goes on"):
        with alone(str(folder), "one fleet at a time in a folder"):
            fleet = prepared(context.args, folder, compile_there=compile_there)
            limit_s = None if limit is None else 60 * limit
            try:
                visited(crew, fleet, tell, limit_s, names=host_names)
            except KeyboardInterrupt:
                show(crew.states())
                raise
            files = crew.named(names=host_names)
        worth = show(crew.states())
        if files and page:
            rendered(files, folder / "page")
        made(folder)
    raise typer.Exit(worth)


def said(crew: Crew) -> int:
    """Print how far a fleet is; the exit status of that."""
    if not (crew.folder / RECORD).exists():
        raise HostsError(f"{crew.folder}: no fleet was begun there: leave --status out, or name -o")
    states = crew.states()
    return show(state.settled(states) if free(str(crew.folder)) else states)


def show(states: list[State]) -> int:
    """Print the table of hosts; the exit status of it."""
    screen(WIDTH_MIN).print(state.table(states, time.time()))
    return state.status(states)


def tell(ended: State) -> None:
    """Say that a host's visit has ended."""
    why = f" ({ended.why})" if ended.why else ""
    typer.echo(f"{ended.host}: {ended.stage}{why}", err=ended.stage is Stage.FAILED)


def rendered(files: list[Path], directory: Path) -> None:
    """Render one page of all results.

    Raises:
        UsageError: if that fails; the reports have said why.
    """
    command = [sys.executable, "-m", "reports", *map(str, files), "-o", str(directory)]
    if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode:
        raise UsageError(f"no page was made of {len(files)} results: they are in {files[0].parent}")
