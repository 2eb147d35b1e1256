"""``python -m bench.counts [RESULT]``: exact instructions per request, of the code that is timed.

The kernels' own bytes run under callgrind, in a process without numba. Their instructions are the
count of a turn minus that of the null strategy, whose few instructions are known.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
import pyperf
import typer

from bench import kit as kits
from bench import layouts
from bench.check.held import refuse_wrong
from bench.children import command_of, finished, last_line
from bench.counts.process import turns
from bench.counts.timed import PHASES, SEED, Timed
from bench.errors import BenchError
from bench.kit import Cell, Kit, Variant
from bench.options import Backends, UsageError, compilers_of, experiments_of, strategy_names
from bench.output import check_place, write_record
from bench.plan import DEFAULT, QUICK, Plan
from bench.run import compiled
from reports.commands.ending import run
from reports.statistics.comparable import SCHEMA_VERSION
from strategies import AS_COMPILED, braced
from strategies.compile.code import code_hash
from workloads import load as load_workloads

SUFFIX = ".counts.json"
DUMP_NAME = "dump"


@dataclass(frozen=True)
class Count:
    """The instructions of one strategy per request of a cell, the mean over its stream."""

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

    @property
    def cell(self) -> str:
        """WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}."""
        return f"{self.workload}/{self.shape}/{self.phase}" + f"{{{self.axes}}}" * bool(self.axes)

    @property
    def column(self) -> str:
        """STRATEGY[FORM]@BACKEND."""
        form = "" if self.form == AS_COMPILED else f"[{self.form}]"
        return f"{self.strategy}{form}@{self.backend}"

    @property
    def name(self) -> str:
        """The name of this benchmark in a result."""
        axes = f"{{{self.axes}}}" if self.axes else ""
        return f"{self.workload}/{self.shape}/{self.phase}/{self.column}{axes}"


class CountsFile(msgspec.Struct, frozen=True):
    """The file that is written."""

    counts: list[Count]
    schema_version: int = SCHEMA_VERSION


class CountError(BenchError):
    """Nothing could be counted."""


def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    beside: Annotated[
        Path | None, typer.Argument(help="a result: count what it timed, write next to it")
    ] = None,
    *,
    quick: Annotated[bool, typer.Option(help="a thinned sweep")] = False,
    experiment: Annotated[list[str] | None, typer.Option(help="of its cells, or all")] = None,
    layout: Annotated[
        list[Path] | None, typer.Option(help="also this layout: a .py, .c, .o or .a file of yours")
    ] = None,
    backend: Backends = None,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="a new file")] = None,
) -> None:
    """Count the instructions of every strategy, form, backend and shape, in phases map and add."""
    check_valgrind()
    timed, theirs = None, layouts.given(layout)
    if beside:
        if quick or experiment or backend:
            raise UsageError(f"{beside} determines what is counted: leave out the other options")
        timed = Timed.of(beside, read_suite(beside), theirs)
    path = check_place(out or (beside_of(beside) if beside else None), SUFFIX)
    asked = experiments_of(experiment)
    plan = Plan(
        experiments=tuple(one.name for one in asked),
        workloads=tuple(load_workloads()),
        strategies=strategy_names(asked, theirs),
        backends=layouts.names_with(compilers_of(backend), theirs),
        phases=PHASES,
        length=QUICK if quick else DEFAULT,
        seed=SEED,
        layouts=theirs,
    )
    refuse_wrong((timed.plan if timed else plan).selection)
    counts = count_timed(timed) if timed else count(plan)
    write_record(CountsFile(counts), path)
    for line in table(counts):
        typer.echo(line)
    typer.echo(path)


def read_suite(path: Path) -> pyperf.BenchmarkSuite:
    """The result to count for; ``UsageError`` if it is not one."""
    try:
        return pyperf.BenchmarkSuite.load(str(path))
    except OSError:
        raise
    except Exception:  # noqa: BLE001  pyperf's reader raises whatever a file of any kind leads to
        raise UsageError(f"{path} is not a result: name a file that a run has written") from None


def beside_of(path: Path) -> Path:
    """The path of a result's counts."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".json") + SUFFIX)


def check_valgrind(path: str | None = None) -> None:
    """Refuse systems on which nothing can be counted; name what to install."""
    if shutil.which("valgrind", path=path) is None:
        raise UsageError("no valgrind on PATH, so nothing can be counted: install valgrind")
    if os.uname().machine != "x86_64":
        raise UsageError(f"counting works on x86-64 only, not on {os.uname().machine}")


def count(plan: Plan) -> list[Count]:
    """Compile the plan, run it under callgrind and read the counts."""
    kit = with_mark(compiled(plan))
    return list(counts_of(kit, list(turns(kit)), totals_of(kit)))


def count_timed(timed: Timed) -> list[Count]:
    """The counts of what a result timed; warn about code that has changed since."""
    whole = compiled(timed.plan)
    kit = with_mark(timed.narrowed(whole))
    found = counts_of(kit, list(turns(kit)), totals_of(kit))
    counts = [one for one in found if one.name in timed.codes]  # null is always run
    missing = timed.missing(whole, {one.name for one in counts})
    if missing:
        typer.echo(
            f"warning: {len(missing)} of {len(missing) + len(counts)} are not counted, {missing[0]}"
            f" first: this checkout makes other code than was timed; {timed.remedy}",
            err=True,
        )
    return counts


def table(counts: list[Count]) -> Iterator[str]:
    """Yield lines: instructions per request, one row per cell, one column per unforced layout."""
    plain = [one for one in counts if one.form == AS_COMPILED]
    heads = list(dict.fromkeys(one.column for one in plain))
    rows: dict[str, dict[str, str]] = {}
    for one in plain:
        rows.setdefault(one.cell, {})[one.column] = f"{one.instructions:.1f}"
    width = max(map(len, rows), default=0)
    yield "instructions per request".ljust(width) + "".join(f"  {head}" for head in heads)
    for cell, known in rows.items():
        yield cell.ljust(width) + "".join(f"  {known.get(h, '-'):>{len(h)}}" for h in heads)
    if len(plain) < len(counts):
        yield f"and {len(counts) - len(plain)} counts of forced forms, in the file"


def totals_of(kit: Kit) -> list[int]:
    """The instructions of every turn of a kit ``with_mark``, in the order of ``turns``.

    Raises:
        CountError: if callgrind fails.
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
    """The kit with the clock that starts and stops counting."""
    from bench.counts.callgrind_clock import mark
    from strategies.compile.codegen import machine_code

    return replace(kit, codes={**kit.codes, "mark": machine_code(mark)})


def run_under_callgrind(folder: Path) -> None:
    """Run every turn once; each leaves one dump in the folder."""
    options = ("--tool=callgrind", "--instr-atstart=no", "--quiet")
    out = f"--callgrind-out-file={folder / DUMP_NAME}"
    every_turn = command_of("bench.counts.process", folder / "kit.json")
    child = finished(["valgrind", *options, out, *every_turn])
    if child.returncode:
        last = last_line(child.stderr)
        raise CountError(f"valgrind ended with status {child.returncode}: {last}")


def dumps(folder: Path) -> list[Path]:
    """The dumps in the order they were written."""
    found = folder.glob(f"{DUMP_NAME}.[0-9]*")
    return sorted(found, key=lambda path: int(path.suffix[1:]))


def read_total(dump: Path) -> int:
    """The instructions of one dump."""
    for line in dump.read_text("utf-8", "replace").splitlines():
        if line.startswith(("totals:", "summary:")):
            return int(line.split()[1])
    raise CountError(f"callgrind's {dump.name} has no total")


def counts_of(kit: Kit, expected: list[tuple[Cell, Variant]], totals: list[int]) -> Iterator[Count]:
    """Yield each variant's count, minus the harness, which the cell's null strategy shows."""
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
    """The instructions of a kernel that has neither branch nor loop."""
    from strategies.disassemble.facts import facts

    (code,) = kit.measured(variant, phase)
    return facts(code).whole.instructions


if __name__ == "__main__":
    run(command, "bench", BenchError)
