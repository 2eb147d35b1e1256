"""``python -m reports.publish FILE``: a result into an archive, and its summary beside it.

A published result is under SIZE_MAX; where it is larger, it is condensed (``reports.condense``).
What describes a process is kept once, and what is the machine's own affair (PRIVATE) not at all.
"""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reports import archive
from reports.asked import Asked
from reports.condense import condensed
from reports.draws import MEASURES
from reports.reading import ResultError, stem_of, text_of
from reports.refusing import refusing
from reports.result import Result, load
from reports.tables import tabulate

PUBLISHED = Path("results/published")
SIZE_MAX = 5_000_000  # bytes; a repository keeps every one for ever
OF_EVERY_RUN = ("process", "loops", "positions", "ratio", "huge_pages")  # kept of each run
PRIVATE = ("python_config_args", "python_executable")  # where somebody keeps things

Data = dict[str, Any]


def publish(file: Path, directory: Path, size_max: int = SIZE_MAX) -> Path:
    """Write the result and its summary into ``directory``; return the summary's path.

    Raises:
        ResultError: if it is no result, is there already, or cannot be made small enough.
    """
    found = load(file)
    target = directory / f"{stem_of(file)}.json.gz"
    summary = archive.beside(target)
    for path in (target, summary):
        if path.exists():
            raise ResultError(f"{path}: exists, and what is published stays; name another result")
    packed = small(file, found, size_max)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        target.write_bytes(packed)
        result = load(target)
        archive.write(archive.summarise(result, tabulate(result.main), target), summary)
    except BaseException:  # the next try would find it, half of it, and leave it
        target.unlink(missing_ok=True)
        raise
    return summary


def small(file: Path, result: Result, size_max: int) -> bytes:
    """Return the result gzipped: whole, or condensed if that is too large."""
    data = described_once(json.loads(text_of(file)))
    whole = pack(data)
    if len(whole) <= size_max:
        return whole
    if result.condensed:
        raise ResultError(f"{file}: above {size_max} bytes, and condensed already")
    drawn = [one.name for one in result.experiments if asks_of_draws(one)]
    if drawn:
        raise ResultError(
            f"{file}: above {size_max} bytes, and experiment {drawn[0]} asks of single rounds; "
            "publish a run without it"
        )
    packed = pack(condensed(data, result, hashlib.sha256(file.read_bytes()).hexdigest()))
    if len(packed) > size_max:
        raise ResultError(
            f"{file}: above {size_max} bytes with one value a process; "
            "publish a run of fewer cells or processes"
        )
    return packed


def asks_of_draws(asked: Asked) -> bool:
    """Return whether an experiment is about single rounds."""
    return any(expectation.measure in MEASURES for expectation in asked.expectations)


def described_once(data: Data) -> Data:
    """Return the suite with what describes a process in its first run only, PRIVATE nowhere."""
    told: set[object] = set()
    benchmarks = []
    for one in data["benchmarks"]:
        runs = []
        for run in one["runs"]:
            known = _public(run.get("metadata", {}))
            process = known.get("process")
            own = {key: known[key] for key in OF_EVERY_RUN if key in known}
            runs.append({**run, "metadata": own if process in told else known})
            told |= {process} - {None}
        benchmarks.append({**_published(one), "runs": runs})
    return {**_published(data), "benchmarks": benchmarks}


def _published(part: Data) -> Data:
    return part | {"metadata": _public(part["metadata"])} if "metadata" in part else part


def _public(metadata: Data) -> Data:
    return {key: value for key, value in metadata.items() if key not in PRIVATE}


def pack(data: Data) -> bytes:
    """Return the suite as bytes, always the same."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)


def main(
    file: Annotated[Path, typer.Argument(help="A result, .json or .json.gz.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive.")] = PUBLISHED,
) -> None:
    """Put a result into an archive, small enough to keep, with a summary beside it."""
    with refusing(output):
        typer.echo(publish(file, output))


if __name__ == "__main__":
    typer.run(main)
