"""``python -m reports.publish FILE``: adds a result to an archive, with its summary.

A published result is smaller than SIZE_MAX; a larger one is condensed
(``reports.archive.condense``). The description of a process is kept once. Private data is not
published: paths (PRIVATE), other programs that ran, and the host's name unless requested.
"""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from reports.archive.condense import condensed
from reports.archive.summary import summarise, summary_path, write
from reports.commands.ending import run as run_command
from reports.commands.refusing import refusing
from reports.experiments.draws import MEASURES
from reports.frames.tables import tabulate
from reports.read import facts
from reports.read.experiments import Experiment
from reports.read.grammar import is_file, is_name
from reports.read.result import RECORDS, Result, load
from reports.read.text import ResultError, stem_of, text_of
from reports.text.wording import printable

PUBLISHED = Path("results/published")
SIZE_MAX = 5_000_000  # bytes; a repository keeps every one for ever
OF_EVERY_RUN = (
    "process",
    "loops",
    "positions",
    "states",
    "ratio",
    "huge_pages",
)  # kept for each run
PRIVATE = ("python_cflags", "python_config_args", "python_executable")  # contain paths
HOST = "hostname"
OTHERS = re.compile(r";? ?the busiest is .*", re.DOTALL)  # in a condition: which other program ran

Data = dict[str, Any]


@dataclass(frozen=True)
class Disclosure:
    """What a publisher adds to the file about the machine."""

    machine: str = ""  # its name; by default its processor
    hostname: bool = False  # whether to publish the host's name

    def check(self, file: Path, result: Result) -> None:
        """Refuse a machine without a name, as all such machines would be taken for one."""
        if self.machine and not is_name(self.machine):
            raise ResultError(
                f"--machine {printable(self.machine)}: begin with a letter or a digit, continue "
                "with these, spaces and . _ -"
            )
        if not self.machine and facts.named(result) == facts.UNKNOWN:
            raise ResultError(f"{file}: does not name its processor; add --machine NAME")

    def public(self, metadata: Data) -> Data:
        """The metadata without private data."""
        private = PRIVATE if self.hostname else (*PRIVATE, HOST)
        return {
            key: OTHERS.sub("", value) if isinstance(value, str) else value
            for key, value in metadata.items()
            if key not in private
        }


@dataclass(frozen=True)
class Chosen:
    """The experiments whose cells are published."""

    only: tuple[str, ...] = ()  # all, if it names none
    without: tuple[str, ...] = ()

    def of(self, file: Path, result: Result) -> Result:
        """The part of a result that they asked for."""
        there = [one.name for one in result.experiments]
        unknown = [name for name in (*self.only, *self.without) if name not in there]
        if unknown:
            known = ", ".join(there) or "none"
            raise ResultError(f"{file}: has no experiment {printable(unknown[0])}, but {known}")
        names = [n for n in there if n not in self.without and (not self.only or n in self.only)]
        kept = tuple(one for one in result.experiments if one.name in names)
        return result if names == there else replace(result.of(*names), experiments=kept)

    def part(self, data: Data) -> Data:
        """The benchmarks that they asked for, and those of no experiment."""
        if not (self.only or self.without):
            return data
        about: dict[int, Data] = {}  # of each process, which only its first run in the file tells
        for run in (run for one in data["benchmarks"] for run in one["runs"]):
            known = run.get("metadata", {})
            own = {key: value for key, value in known.items() if key not in OF_EVERY_RUN}
            about.setdefault(known.get("process"), own)
        benchmarks = []
        for one in filter(self._takes, data["benchmarks"]):
            runs = [_told(run, about) for run in one["runs"]]
            benchmarks.append({**one, "runs": runs})
        return {**data, "benchmarks": benchmarks}

    def _takes(self, benchmark: Data) -> bool:
        name = benchmark["metadata"].get("experiment")
        return name not in self.without and (not self.only or name in {None, *self.only})


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


def described_once(data: Data, disclosure: Disclosure) -> Data:
    """The suite without private data, describing a process in its first run only."""
    told: set[object] = set()
    benchmarks = []
    for one in data["benchmarks"]:
        runs = []
        for run in one["runs"]:
            known = disclosure.public(run.get("metadata", {}))
            process = known.get("process")
            own = {key: known[key] for key in OF_EVERY_RUN if key in known}
            runs.append({**run, "metadata": own if process in told else known})
            told |= {process} - {None}
        benchmarks.append({**_published(one, disclosure), "runs": runs})
    return {**_published(data, disclosure), "benchmarks": benchmarks}


def asked_once(data: Data) -> Data:
    """The suite with what all benchmarks say of experiments and shapes said once, above them.

    Sixteen experiments are longer than gzip looks back: each benchmark would hold them again.
    """
    above = data.get("metadata", {})
    for key in RECORDS:
        texts = {
            one["metadata"][key] for one in data["benchmarks"] if key in one.get("metadata", {})
        }
        if len(texts) == 1:
            above = above | {key: texts.pop()}
    benchmarks = [
        {**one, "metadata": {k: v for k, v in one.get("metadata", {}).items() if above.get(k) != v}}
        for one in data["benchmarks"]
    ]
    return {**data, "metadata": above, "benchmarks": benchmarks}


def _told(run: Data, about: dict[int, Data]) -> Data:
    """A run with what is known of its process."""
    own = run.get("metadata", {})
    return {**run, "metadata": about[own["process"]] | own} if "process" in own else run


def _published(part: Data, disclosure: Disclosure) -> Data:
    return part | {"metadata": disclosure.public(part["metadata"])} if "metadata" in part else part


def pack(data: Data) -> bytes:
    """The suite as bytes, identical for the same data."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)


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
    run_command(main, "reports")
