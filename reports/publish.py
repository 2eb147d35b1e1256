"""``python -m reports.publish FILE``: a result into an archive, and its summary beside it.

A published result is under SIZE_MAX. Where it is larger, every process keeps so many rounds only,
the same number in all of them, evenly over its life, in fours, as each four have the four code
positions in equal shares. Processes are what intervals are made of, and all are kept. What
describes a process is kept once; how many requests a turn had (``loops``) goes. The file says so
(``thinned``, and the hash of the file it was: ``thinned_from``), and goes on being a pyperf suite.
"""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reports import archive
from reports.reading import ResultError, stem_of, text_of
from reports.refusing import refusing
from reports.result import load
from reports.tables import tabulate

PUBLISHED = Path("results/published")
SIZE_MAX = 5_000_000  # bytes; a repository keeps every one for ever
FOUR = 4  # rounds: one at each code position
OF_EVERY_RUN = ("process", "loops", "positions")  # metadata that are kept of each run

Data = dict[str, Any]


def publish(file: Path, directory: Path, size_max: int = SIZE_MAX) -> Path:
    """Write the result and its summary into ``directory``; return the summary's path.

    Raises:
        ResultError: if it is no result, is there already, or cannot be made small enough.
    """
    load(file)  # refuses what is none
    target = directory / f"{stem_of(file)}.json.gz"
    summary = archive.beside(target)
    for path in (target, summary):
        if path.exists():
            raise ResultError(f"{path}: exists, and what is published stays; name another result")
    packed = small(file, size_max)
    directory.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed)
    result = load(target)
    archive.write(archive.summarise(result, tabulate(result), target), summary)
    return summary


def small(file: Path, size_max: int) -> bytes:
    """Return the result gzipped, with as many rounds as there is room for."""
    data = described_once(json.loads(text_of(file)))
    whole = pack(data)
    if len(whole) <= size_max:
        return whole
    origin = hashlib.sha256(file.read_bytes()).hexdigest()
    longest = max(len(run.get("values", ())) for one in data["benchmarks"] for run in one["runs"])
    fit, excess = 0, longest // FOUR + 1  # in fours: what fits, and what does not
    best = b""
    while excess - fit > 1:
        middle = (fit + excess) // 2
        packed = pack(thinned(data, FOUR * middle, origin))
        if len(packed) <= size_max:
            fit, best = middle, packed
        else:
            excess = middle
    if not best:
        raise ResultError(
            f"{file}: above {size_max} bytes with {FOUR} rounds a process; "
            "publish a run of fewer cells or processes"
        )
    return best


def thinned(data: Data, rounds: int, origin: str) -> Data:
    """Return the suite with ``rounds`` of every process, which says so."""
    about = {"thinned": f"to {rounds} rounds a process", "thinned_from": origin}
    benchmarks = [
        {**one, "runs": [_cut(run, rounds) for run in one["runs"]]} for one in data["benchmarks"]
    ]
    return {**data, "metadata": data.get("metadata", {}) | about, "benchmarks": benchmarks}


def kept(there: int, rounds: int) -> list[int]:
    """Return which of so many rounds are kept: fours that are evenly apart."""
    fours = -(-there // FOUR)
    chosen = min(fours, rounds // FOUR)
    starts = [FOUR * (number * fours // chosen) for number in range(chosen)]
    return [start + place for start in starts for place in range(FOUR) if start + place < there]


def described_once(data: Data) -> Data:
    """Return the suite with what describes a process in its first run only."""
    told: set[object] = set()
    benchmarks = []
    for one in data["benchmarks"]:
        runs = []
        for run in one["runs"]:
            known = run.get("metadata", {})
            process = known.get("process")
            own = {key: known[key] for key in OF_EVERY_RUN if key in known}
            runs.append({**run, "metadata": own if process in told else known})
            told |= {process} - {None}
        benchmarks.append({**one, "runs": runs})
    return {**data, "benchmarks": benchmarks}


def pack(data: Data) -> bytes:
    """Return the suite as bytes, always the same."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)


def _cut(run: Data, rounds: int) -> Data:
    if "values" not in run:
        return run
    known, at = dict(run.get("metadata", {})), kept(len(run["values"]), rounds)
    known.pop("loops", None)
    if "positions" in known:
        known["positions"] = "".join(known["positions"][place] for place in at)
    return {**run, "values": [run["values"][place] for place in at], "metadata": known}


def main(
    file: Annotated[Path, typer.Argument(help="A result, .json or .json.gz.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The archive.")] = PUBLISHED,
) -> None:
    """Put a result into an archive, small enough to keep, with a summary beside it."""
    with refusing(output):
        typer.echo(publish(file, output))


if __name__ == "__main__":
    typer.run(main)
