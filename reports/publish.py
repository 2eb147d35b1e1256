"""``python -m reports.publish FILE``: adds a result to an archive, with its summary.

A published result is smaller than SIZE_MAX; a larger one is condensed
(``reports.archive.condense``). The description of a process is kept once. Private data is not
published: paths, other programs that ran, and the host's name unless requested.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer

from reports.archive.condense import condensed
from reports.archive.suite import Chosen, Disclosure, asked_once, described_once, pack
from reports.archive.summary import summarise, summary_path, write
from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.experiments.draws import MEASURES
from reports.frames.tables import tabulate
from reports.read import facts
from reports.read.experiments import Experiment
from reports.read.grammar import is_file
from reports.read.result import Result, load
from reports.read.text import ResultError, stem_of, text_of

PUBLISHED = Path("results/published")
SIZE_MAX = 5_000_000  # bytes; a repository keeps every one for ever


def publish(
    file: Path,
    directory: Path,
    size_max: int = SIZE_MAX,
    disclosure: Disclosure | None = None,
    chosen: Chosen | None = None,
) -> Path:
    """Write the result and its summary into ``directory``; the summary's path.

    Raises:
        ResultError: if it is not a result, exists already, or cannot be made small enough.
    """
    disclosure, chosen = disclosure or Disclosure(), chosen or Chosen()
    found = chosen.of(file, load(file))
    disclosure.check(file, found)
    target = directory / f"{stem_of(file)}.json.gz"
    if not is_file(target.name):
        raise ResultError(
            f"{file}: a published name becomes part of addresses; rename it to letters, digits, "
            ". _ -, the first of them a letter or a digit"
        )
    summary = summary_path(target)
    for path in (target, summary):
        if path.exists():
            raise ResultError(
                f"{path}: exists, and published results are never replaced; name another result"
            )
    packed = small(file, found, size_max, disclosure, chosen)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        target.write_bytes(packed)
        result = load(target)
        write(summarise(result, tabulate(result.main), target), summary)
    except BaseException:  # half a file would stop the next attempt
        target.unlink(missing_ok=True)
        raise
    return summary


def small(
    file: Path, result: Result, size_max: int, disclosure: Disclosure, chosen: Chosen
) -> bytes:
    """The result gzipped: in full, or condensed if that is too large."""
    data = asked_once(described_once(chosen.part(json.loads(text_of(file))), disclosure))
    if disclosure.machine:
        data["metadata"] = data.get("metadata", {}) | {facts.MACHINE: disclosure.machine}
    whole = pack(data)
    if len(whole) <= size_max:
        return whole
    if result.condensed:
        raise ResultError(f"{file}: above {size_max} bytes, and already condensed")
    drawn = [one.name for one in result.experiments if asks_of_draws(one)]
    if drawn:
        raise ResultError(
            f"{file}: above {size_max} bytes, and experiment {drawn[0]} needs single rounds; "
            f"publish it apart, under another name: --without and --experiment {drawn[0]}"
        )
    packed = pack(condensed(data, result, hashlib.sha256(file.read_bytes()).hexdigest()))
    if len(packed) > size_max:
        raise ResultError(
            f"{file}: above {size_max} bytes with one value per process; "
            "publish a run of fewer cells or processes"
        )
    return packed


def asks_of_draws(experiment: Experiment) -> bool:
    """True if an experiment is about single rounds."""
    return any(expectation.measure in MEASURES for expectation in experiment.expectations)


def main(  # noqa: PLR0913  one parameter an option is how typer reads them
    file: Annotated[Path, typer.Argument(help="A result, .json or .json.gz.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive.")] = PUBLISHED,
    only: Annotated[
        list[str] | None, typer.Option("--experiment", help="Publish only what it asked for.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out what this experiment asked for.")
    ] = None,
    *,
    machine: Annotated[
        str, typer.Option(help="Its machine's name; by default the processor.")
    ] = "",
    hostname: Annotated[
        bool, typer.Option("--hostname", help="Publish the host's name, which a gate needs.")
    ] = False,
) -> None:
    """Add a result to an archive, small enough to keep, with a summary."""
    with refusing(output):
        chosen = Chosen(tuple(only or ()), tuple(without or ()))
        typer.echo(publish(file, output, SIZE_MAX, Disclosure(machine, hostname), chosen))


if __name__ == "__main__":
    run(main, "reports")
