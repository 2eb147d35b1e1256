"""``python -m bench.counts [RESULT]``: instructions per request, exact, of the code that is timed.

The kernels' own bytes run under callgrind in a process without numba. A turn's count less that of
the null strategy, whose few instructions are known, is what the kernels executed.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import pyperf
import typer

from bench import kit as kits
from bench.asked import UsageError, compilers_of, experiments_of, strategy_names
from bench.children import environment
from bench.cli import refuse
from bench.counted import turns
from bench.errors import BenchError
from bench.kit import Cell, Kit, Variant
from bench.paths import ROOT
from bench.plan import DEFAULT, QUICK, Plan
from bench.result import COMPILE, check_place, write
from bench.run import compiled
from strategies import braced
from strategies.code import code_hash
from workloads import load as load_workloads

SEED = 1  # nothing that is counted depends on it
SUFFIX = ".counts.json"
DUMP_NAME = "dump"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Count:
    """What one strategy executes for one request of a cell, the mean over its stream."""

    workload: str
    shape: str
    phase: str
    axes: str  # AXIS=VALUE,... of an experiment's cell
    strategy: str
    form: str
    backend: str
    role: str
    descriptors: float
    instructions: float  # per request
    code_hash: str


class CountError(BenchError):
    """Nothing could be counted."""


@app.command()
def command(
    beside: Annotated[
        Path | None, typer.Argument(help="a result: count what it timed, write beside it")
    ] = None,
    *,
    quick: Annotated[bool, typer.Option(help="a thinned sweep")] = False,
    experiment: Annotated[list[str] | None, typer.Option(help="of its cells, or all")] = None,
    backend: Annotated[list[str] | None, typer.Option(help="numba, gcc, clang or all")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="a new file")] = None,
) -> None:
    """Count the instructions of every strategy, form, backend and shape, in phases map and add."""
    check_valgrind()
    timed = read_suite(beside) if beside else None
    asked = values_of(timed, "experiment") if timed else experiment
    path = check_place(beside_of(beside) if beside else out, SUFFIX)
    plan = Plan(
        experiments=tuple(one.name for one in experiments_of(asked)),
        workloads=tuple(load_workloads()),
        strategies=strategy_names(),
        backends=compilers_of(values_of(timed, "backend") if timed else backend),
        phases=("map", "add"),
        length=QUICK if quick else DEFAULT,
        seed=SEED,
    )
    counts = count(plan)
    write([json.dumps({"schema_version": 1, "counts": [asdict(c) for c in counts]})], path)
    typer.echo(path)


def read_suite(path: Path) -> pyperf.BenchmarkSuite:
    """Return the result to count for."""
    try:
        return pyperf.BenchmarkSuite.load(str(path))
    except OSError:
        raise
    except Exception:  # noqa: BLE001  pyperf's reader raises whatever a file of any kind leads to
        raise UsageError(f"{path} is no result: name a file that a run has written") from None


def values_of(suite: pyperf.BenchmarkSuite, key: str) -> list[str]:
    """Return a metadata key's different values.

    Raises:
        UsageError: if a benchmark has none.
    """
    known = (benchmark.get_metadata() for benchmark in suite)
    found = {one.get(key) for one in known if one.get("kind") != COMPILE}
    if None in found:
        raise UsageError(f"a benchmark without {key}: name a result of this suite")
    return sorted(map(str, found))


def beside_of(path: Path) -> Path:
    """Return where the counts of a result go."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".json") + SUFFIX)


def check_valgrind(path: str | None = None) -> None:
    """Refuse where nothing can be counted, and say what to install."""
    if shutil.which("valgrind", path=path) is None:
        raise UsageError("no valgrind on PATH, so nothing can be counted: install valgrind")
    if os.uname().machine != "x86_64":
        raise UsageError(f"counting is written for x86-64, not {os.uname().machine}")


def count(plan: Plan) -> list[Count]:
    """Compile the plan, run it under callgrind and read what it wrote down."""
    kit = with_mark(compiled(plan))
    return list(counts_of(kit, list(turns(kit)), totals_of(kit)))


def totals_of(kit: Kit) -> list[int]:
    """Return the instructions of every turn of a kit with its mark, in the order of ``turns``.

    Raises:
        CountError: if callgrind cannot tell.
    """
    with tempfile.TemporaryDirectory(prefix="sg-ring-counts-") as name:
        folder = Path(name)
        kits.save(kit, folder / "kit.json")
        run_under_callgrind(folder)
        totals = [read_total(dump) for dump in dumps(folder)]
    expected = len(list(turns(kit)))
    if len(totals) != expected:
        raise CountError(f"callgrind wrote {len(totals)} counts of {expected}")
    return totals


def with_mark(kit: Kit) -> Kit:
    """Return the kit with the clock that counts."""
    from bench.marks import mark
    from strategies.codegen import machine_code

    return replace(kit, codes={**kit.codes, "mark": machine_code(mark)})


def run_under_callgrind(folder: Path) -> None:
    """Run every turn once; one dump a turn appears in the folder."""
    options = ("--tool=callgrind", "--instr-atstart=no", "--quiet")
    out = f"--callgrind-out-file={folder / DUMP_NAME}"
    command = ("valgrind", *options, out, sys.executable, "-m", "bench.counted")
    child = subprocess.run(
        [*command, str(folder / "kit.json")],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CountError(f"valgrind ended with status {child.returncode}: {last[0]}")


def dumps(folder: Path) -> list[Path]:
    """Return the dumps in the order they were written."""
    found = folder.glob(f"{DUMP_NAME}.[0-9]*")
    return sorted(found, key=lambda path: int(path.suffix[1:]))


def read_total(dump: Path) -> int:
    """Return the instructions of one dump."""
    for line in dump.read_text("utf-8", "replace").splitlines():
        if line.startswith(("totals:", "summary:")):
            return int(line.split()[1])
    raise CountError(f"{dump.name} of callgrind has no total")


def counts_of(kit: Kit, expected: list[tuple[Cell, Variant]], totals: list[int]) -> Iterator[Count]:
    """Yield each variant's count, the harness taken away by the null strategy of its cell."""
    floors = {
        cell.name: total
        for (cell, variant), total in zip(expected, totals, strict=True)
        if variant.role == "null"
    }
    null = next(variant for variant in kit.variants if variant.role == "null")
    for (cell, variant), total in zip(expected, totals, strict=True):
        if variant.role in {"control", "sentinel"}:
            continue
        of_null = instructions(kit, null, cell.phase)
        ours = (total - floors[cell.name]) / len(cell.requests) + of_null
        codes = kit.measured(variant, cell.phase)
        yield Count(
            *(cell.workload, cell.shape, cell.phase, braced(cell.axes).strip("{}")),
            *(variant.strategy, variant.form, variant.backend, variant.role),
            sum(cell.descriptors) / len(cell.descriptors),
            ours,
            code_hash(*codes),
        )


def instructions(kit: Kit, variant: Variant, phase: str) -> int:
    """Return the instructions of a kernel that has neither branch nor loop."""
    from strategies.facts import facts

    (code,) = kit.measured(variant, phase)
    return facts(code).whole.instructions


def main() -> None:
    """Run the command; every foreseen fault is one line."""
    refuse(app)


if __name__ == "__main__":
    main()
