"""``python -m bench.studies.method``: repeated whole runs, to see how well they agree.

Each study is a number of runs of the bench under one condition. A run whose file exists is not
repeated, so an interrupted study continues. ``reports.method`` reads the files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench.children import command_of, started
from bench.cli import interruptible
from bench.errors import BenchError
from bench.machine.cpus import choose_cpus
from bench.machine.identity import kind
from bench.options import UsageError, chosen
from bench.paths import LOCAL_RESULTS
from bench.studies.disturb import Load, under
from reports.commands.ending import run

FOLDER = LOCAL_RESULTS / "method" / kind()
TURNS_US = (10, 30, 100, 300, 1000, 3000, 10_000)
QUICK = ("--quick",)
ADD_BLK = (*QUICK, "--workload", "blk", "--phase", "add")
STOCK = ("--quiet", "--processes", "5")  # takes as long as a quick run, for nine benchmarks


@dataclass(frozen=True)
class Study:
    """Runs under one condition."""

    name: str
    runs: int
    words: tuple[str, ...]  # arguments of the bench, or of the stock comparison
    load: Load = ()
    module: str = "bench"


STUDIES = (
    Study("quiet", 20, QUICK),
    Study("default", 1, ()),
    *(Study(f"turn-{us}us", 1, (*ADD_BLK, "--turn-us", str(us))) for us in TURNS_US),
    Study("stock", 10, STOCK, module="bench.studies.stock"),
    Study("busy", 6, QUICK, (("busy", 0),)),
    Study("bandwidth", 6, QUICK, (("bandwidth", 1),)),
    Study("alone", 4, (*QUICK, "--workers", "1")),
    Study("fixed", 6, (*ADD_BLK, "--placement", "fixed")),
)


def command(
    study: Annotated[list[str] | None, typer.Option(help="only this study")] = None,
    runs: Annotated[int | None, typer.Option(help="at most this many of each")] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="only list the existing runs")] = False,
) -> None:
    """Make the missing runs."""
    names = chosen("study", study, [s.name for s in STUDIES])
    FOLDER.mkdir(parents=True, exist_ok=True)
    for one in (s for s in STUDIES if s.name in names):
        wanted = list(paths(one))[:runs]
        missing = [path for path in wanted if not path.exists()]
        typer.echo(f"{one.name}: {len(wanted) - len(missing)} of {len(wanted)} runs exist")
        if not listed:
            with interruptible("and all finished runs are kept"):
                for path in missing:
                    make(one, path)


def paths(study: Study) -> Iterator[Path]:
    """The files of a study's runs."""
    for number in range(study.runs):
        yield FOLDER / f"{study.name}-{number:02}.json.gz"


def make(study: Study, path: Path) -> None:
    """Make one run.

    Raises:
        UsageError: if it fails; its own message comes first.
    """
    words = command_of(study.module, *study.words, "-o", path)
    with under(study.load, choose_cpus()), started(words) as child:
        try:
            child.wait()
        except KeyboardInterrupt:  # which the child received, too
            child.wait()
            path.unlink(missing_ok=True)  # a partial run is not part of the study
            raise
    if child.returncode:
        raise UsageError(f"{path.name} failed: see above, and start again")


if __name__ == "__main__":
    run(command, "bench", BenchError)
