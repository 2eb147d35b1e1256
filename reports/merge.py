"""``python -m reports.merge FILE FILE... -o OUT``: shards of one machine, as one result.

Shards are runs of one kind of machine, of the same machine code, measured in the same way: their
processes are one sample, as if one run had measured them. Runs of two machines are never merged:
the machine is the unit of what several say together (``reports.statistics.machines``).
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reports.archive.suite import Data, pack
from reports.commands.ending import run as run_command
from reports.commands.refusing import refusing
from reports.read.result import Result, load
from reports.read.text import ResultError, text_of
from reports.statistics.comparable import RESULTS
from reports.statistics.machine_key import MACHINE_KEY

ALIKE = (MACHINE_KEY, "cpu_model_name", "driver_hash", *RESULTS)  # of every shard
SAID_ONCE = "experiments"  # of a benchmark, as a report reads it there


def merged(files: Sequence[Path]) -> bytes:
    """The result of all shards' processes, zipped.

    Raises:
        ResultError: if a file is no result, or they are not of one machine and the same code.
    """
    results = [load(file) for file in files]
    check(results)
    benchmarks: dict[str, Data] = {}
    first = 0
    for result in results:
        data = json.loads(text_of(result.path))
        for one in data["benchmarks"]:
            known = {**data.get("metadata", {}), **one.get("metadata", {})}
            _add(benchmarks, known, [_numbered(run, first) for run in one["runs"]], result.path)
        first += 1 + int(result.values["process"].max())
    return pack({"benchmarks": list(benchmarks.values()), "version": data["version"]})


def check(results: Sequence[Result]) -> None:
    """Refuse what is not of one machine; names the file and what differs."""
    before, *others = results
    if MACHINE_KEY not in before.metadata:
        raise ResultError(
            f"{before.path}: does not say on which kind of machine it ran, as older files do not; "
            "compare them instead: python -m reports FILE FILE"
        )
    seen = {hashlib.sha256(before.path.read_bytes()).digest()}
    for result in others:
        for key in (*ALIKE, *(["hostname"] if "hostname" in before.metadata else [])):
            if result.metadata.get(key) != before.metadata.get(key):
                was, now = (
                    ", ".join(one.metadata.get(key, ("unknown",))) for one in (before, result)
                )
                raise ResultError(
                    f"{result.path}: {key} is {now}, of {before.path.name} {was}: only runs of one "
                    "machine are merged; compare them instead: python -m reports FILE FILE"
                )
        digest = hashlib.sha256(result.path.read_bytes()).digest()
        if digest in seen:
            raise ResultError(f"{result.path}: given twice; give every shard once")
        seen.add(digest)


def _numbered(run: Data, first: int) -> Data:
    """A run, its process counted on from those of earlier shards."""
    known = run.get("metadata", {})
    if "process" not in known:
        return run
    return {**run, "metadata": {**known, "process": known["process"] + first}}


def _add(benchmarks: dict[str, Data], known: Data, runs: list[Data], path: Path) -> None:
    """Add the runs of a benchmark; what they do not share with those before stands in each run."""
    there = benchmarks.setdefault(str(known["name"]), {"metadata": known, "runs": []})
    before = there["metadata"]
    for key in ("code_hash", SAID_ONCE):
        if known.get(key) != before.get(key):
            raise ResultError(f"{path}: {known['name']}: {key} differs; merge runs of one version")
    shared = dict(before.items() & known.items())
    for of_all, some in ((before, there["runs"]), (known, runs)):
        own = {key: value for key, value in of_all.items() if key not in shared}
        for run in some:
            run["metadata"] = {**own, **run.get("metadata", {})}
    there["metadata"] = shared
    there["runs"] += runs


def main(
    files: Annotated[list[Path], typer.Argument(help="Results of one machine, two or more.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A new file, .json.gz.")],
) -> None:
    """Make one result of several runs of one machine."""
    with refusing(output):
        if len(files) < 2:  # noqa: PLR2004
            raise ResultError("one result needs no merging; give two or more")
        if output.exists() or not output.name.endswith(".json.gz"):
            raise ResultError(f"{output}: name a new file that ends in .json.gz")
        part = output.with_name(f".{output.name}.part")
        try:
            part.write_bytes(merged(files))
            load(part)
            part.rename(output)
        finally:
            part.unlink(missing_ok=True)
    typer.echo(output)


if __name__ == "__main__":
    run_command(main, "reports")
