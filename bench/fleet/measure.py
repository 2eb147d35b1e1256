"""The run on a host, from an unpacked parcel: ``python -m bench.fleet.measure -o RESULT.json.gz``.

It measures with the kit of the parcel, whose hash it checks, or compiles where there is none. A run
that was broken off goes on. One run at a time (``bench.lock``).

Exit status: 0 done; 1 finished, but something measured is wrong; 2 it cannot measure; 130 Ctrl-C.
"""

import hashlib
import os
import platform
import shutil
from pathlib import Path
from typing import Annotated

import typer

from bench import cli, messages
from bench import kit as kits
from bench.children import end_with_parent
from bench.compile.approval import approved
from bench.errors import BenchError
from bench.fleet.parcel import CONTENTS, KIT, Contents
from bench.fleet.transport import watched
from bench.kit import Cell, Kit
from bench.lock import alone
from bench.options import UsageError, check_system
from bench.output import check_place
from bench.paths import ROOT
from bench.plan import Plan
from bench.processes.journal import Journal, JournalError
from bench.progress import Progress
from bench.run import EndedRun, Means, compiled, resume, run
from reports.commands.ending import run as run_command
from reports.commands.made import made
from strategies.linux.encode import decode
from workloads import Request

LOST_S = 20  # at most, until a run whose connection was lost has ended


class ParcelError(BenchError):
    """A parcel that is not whole."""


def command(
    out: Annotated[Path, typer.Option("-o", "--output", help="a new file")],
    cpu: Annotated[list[int] | None, typer.Option(help="measure on this CPU")] = None,
) -> None:
    """Measure what the parcel holds, on this machine."""
    end_with_parent()
    with cli.interruptible():
        check_system()
        contents, path = messages.read(ROOT / CONTENTS, Contents), out.absolute()
        pin(cpu)
        with alone(wait_s=LOST_S):
            if path.exists() and not Journal.of(path).folder.exists():
                made(path)  # measured before, and not collected
                return
            progress = Progress(quiet=True)
            cli.measure(lambda conditions: begun(contents, path, progress, conditions), progress)


def pin(cpus: list[int] | None) -> None:
    """Keep this process and its children on some CPUs."""
    try:
        os.sched_setaffinity(0, cpus or os.sched_getaffinity(0))
    except OSError:
        there = ", ".join(map(str, sorted(os.sched_getaffinity(0))))
        raise UsageError(
            f"--cpu {cpus}: this process may use {there}: name some of these"
        ) from None


def begun(
    contents: Contents, path: Path, progress: Progress, conditions: dict[str, str]
) -> EndedRun:
    """Begin the run, or go on with it; a journal that nothing can go on from is thrown away."""
    about = conditions | {"commit": contents.commit, "kit": origin(contents)}
    means = Means(lambda plan, folder: kit_of(contents, plan, folder), watched().metadata)
    journal = Journal.of(path)
    if (journal.folder / "run.json").exists():
        try:
            return resume(path, progress, about, means)
        except JournalError:  # of another kernel, of other code, or damaged
            shutil.rmtree(journal.folder)
    return run(contents.plan, check_place(path), progress, about, means)


def origin(contents: Contents) -> str:
    """Say in a result where its code is from."""
    if not contents.kit:
        return "compiled there"
    there = ", approved there" if contents.approve else ""
    return f"sent, SHA-256 {contents.kit[:16]}{there}"


def kit_of(contents: Contents, plan: Plan, folder: Path) -> Kit:
    """Return the kit that was sent, or one that is compiled here.

    Raises:
        ParcelError: if it is not the one that was sent, or for another machine.
    """
    if not contents.kit:
        return compiled(plan, folder)
    sent = (ROOT / KIT).read_bytes()
    if hashlib.sha256(sent).hexdigest() != contents.kit:
        raise ParcelError(f"{ROOT / KIT} is not what was sent: remove {ROOT}")
    kit = kits.load(ROOT / KIT)
    if kit.machine != platform.machine():
        here = platform.machine()
        raise ParcelError(f"{ROOT / KIT} is for {kit.machine}, and this is {here}: pack one for it")
    return approved(kit, list(map(requests_of, kit.cells))) if contents.approve else kit


def requests_of(cell: Cell) -> tuple[Request, ...]:
    """The requests of a cell, for the oracle."""
    return tuple(map(decode, cell.requests))


if __name__ == "__main__":
    run_command(command, "measure", BenchError)
