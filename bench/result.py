"""The result file of ``docs/format.md``: a pyperf suite."""

import io
import json
import math
import resource
import shlex
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from pathlib import Path

import msgspec
import numpy as np
import pyperf
import typer
from numpy.typing import NDArray

from bench import git, layouts
from bench.kit import ENDS, SENTINELS, Cell, Kit, Variant
from bench.machine.identity import kind
from bench.messages import Metadata, Turns
from bench.output import OutputError, turns_beside, write, write_record
from bench.paths import ROOT
from bench.plan import Plan
from bench.processes import states
from bench.processes.outcome import Outcome
from reports.statistics.comparable import SCHEMA_VERSION
from strategies import braced
from strategies.compile.code import code_hash

COMPILE = "compile"  # kind of benchmarks that are not the steady state, and prefix of their names
WATCH = "watch"  # likewise: the sentinels' readings before and after every round


class TurnsRecord(msgspec.Struct, frozen=True):
    """All turns of a benchmark in one process, in a file next to the result."""

    process: int
    benchmark: str
    turns_ns_per_request: Turns  # [round][turn]


def benchmark_name(cell: Cell, variant: Variant) -> str:
    """WORKLOAD/SHAPE/PHASE/STRATEGY[FORM]@BACKEND{AXIS=VALUE,...}."""
    return f"{cell.workload}/{cell.shape}/{cell.phase}/{variant.label}{braced(cell.axes)}"


def benchmarks(kit: Kit, outcomes: list[Outcome], common: Metadata) -> Iterator[pyperf.Benchmark]:
    """Yield one benchmark per cell and variant that has values, with one run per process."""
    border = states.pooled(outcome.found for outcome in outcomes)
    common = common | of_states(border, outcomes)
    of_all: Metadata = {**kit.facts, **common}
    facts = {outcome.process: of_process(outcome) for outcome in outcomes if outcome.found}
    shared = set.intersection(*(set(one.items()) for one in facts.values())) if facts else set()
    untold = {process: dict(one.items() - shared) for process, one in facts.items()}
    for number, cell in enumerate(kit.cells):
        for column, variant in enumerate(kit.variants):
            metadata = dict(shared) | common | describe(kit, cell, variant)
            runs = list(_runs(outcomes, (number, column), metadata, untold, border))
            if runs:
                yield pyperf.Benchmark(runs)
        yield from watched(cell, number, outcomes, of_all, border)
    yield from compiling(kit, common)


def of_states(border: states.Border, outcomes: list[Outcome]) -> Metadata:
    """Metadata about how the states of this run's rounds were determined."""
    share = states.share_alone(border, (outcome.found for outcome in outcomes))
    ours = {} if math.isnan(share) else {"ours_share": f"{share:.3f}"}
    return {"state_border": border.text, "state_pace": f"{border.pace:.2f}", **ours}


def watched(
    cell: Cell,
    number: int,
    outcomes: list[Outcome],
    common: Metadata,
    border: states.Border,
) -> Iterator[pyperf.Benchmark]:
    """Yield the watch's readings in a cell: a benchmark per sentinel and end, a value per round."""
    about = {key: getattr(cell, key) for key in ("workload", "shape", "phase", "experiment")}
    about |= {"kind": WATCH, "schema_version": SCHEMA_VERSION}
    there = [
        (outcome.process, outcome.found.cells[number].watch)
        for outcome in outcomes
        if outcome.found and number in outcome.found.cells and outcome.found.cells[number].watch
    ]
    for sentinel, (at, end) in product(SENTINELS, enumerate(ENDS)):
        name = f"{WATCH}/{cell.name}/{sentinel}[{end}]"
        runs = [
            pyperf.Run(
                watch[sentinel][at].tolist(),
                metadata=common
                | about
                | {"name": name, "process": process}
                | _states(border, watch),
                collect_metadata=False,
            )
            for process, watch in there
            if len(watch[sentinel][at])
        ]
        if runs:
            yield pyperf.Benchmark(runs)


def _states(border: states.Border, watch: dict[str, NDArray[np.float64]]) -> Metadata:
    """The states of a cell's rounds as metadata; empty if they are unknown."""
    letters = border.letters(*states.quotients(watch)) if watch else ""
    return {"states": letters} if letters else {}


def compiling(kit: Kit, common: Metadata) -> Iterator[pyperf.Benchmark]:
    """Yield a benchmark with one value for each label whose kernels this run compiled."""
    for label, seconds in kit.compile_s.items():
        about = {"name": f"{COMPILE}/{label}", "kind": COMPILE, "schema_version": SCHEMA_VERSION}
        run = pyperf.Run([seconds], metadata=common | kit.facts | about, collect_metadata=False)
        yield pyperf.Benchmark([run])


def of_process(outcome: Outcome) -> Metadata:
    """The metadata of a process that ended well."""
    assert outcome.found is not None
    doubts = {"doubts": "; ".join(outcome.found.doubts)} if outcome.found.doubts else {}
    return {
        **outcome.found.metadata,
        "cpu": outcome.cpu,
        "start_s": outcome.found.start_s,
        "peak_bytes": outcome.found.peak_bytes,
        **doubts,
    }


def _runs(
    outcomes: list[Outcome],
    place: tuple[int, int],
    shared: Metadata,
    untold: dict[int, Metadata],
    border: states.Border,
) -> Iterator[pyperf.Run]:
    """Yield each process's run of a cell and variant, given by their numbers.

    A process's own metadata is taken out of ``untold``: only its first run has it, as repeating it
    in all runs would add half as much again to the file.
    """
    cell, column = place
    for outcome in outcomes:
        found = outcome.found.cells.get(cell) if outcome.found else None
        if found and found.values[column]:
            own: Metadata = {
                "loops": found.requests[column],
                "process": outcome.process,
                "positions": found.positions[column],
                **_states(border, found.watch),
            }
            own |= found.facts | untold.pop(outcome.process, {})
            first = found.firsts[column]
            warmups = [(1, first)] if first else []  # pyperf's own place for a first call
            metadata = shared | own
            yield pyperf.Run(
                found.values[column], warmups=warmups, metadata=metadata, collect_metadata=False
            )


def describe(kit: Kit, cell: Cell, variant: Variant) -> Metadata:
    """The metadata of a benchmark, including its name."""
    codes = kit.measured(variant, cell.phase, cell.traffic)
    mean = sum(cell.descriptors) / len(cell.descriptors)
    facts = {
        "name": benchmark_name(cell, variant),
        "schema_version": SCHEMA_VERSION,
        "workload": cell.workload,
        "shape": cell.shape,
        "phase": cell.phase,
        "strategy": variant.strategy,
        "form": variant.form,
        "backend": variant.backend,
        "role": variant.role,
        "descriptors": int(mean) if mean == int(mean) else mean,
        "experiment": cell.experiment,
        "experiments": kit.experiments,
        "seed": kit.seed,
        "code_hash": code_hash(*codes),
        "driver_hash": code_hash(kit.codes["driver"]),
        "code_bytes": sum(len(code.text) for code in codes),
        **kit.facts,
    }
    if cell.phase == "add":
        facts |= {f"step_{key}": value for key, value in variant.step.items()}
    return facts | ({"swept": cell.swept, "sweep": cell.sweep} if cell.swept is not None else {})


def turns(kit: Kit, outcomes: list[Outcome]) -> list[TurnsRecord]:
    """Every turn, for ``--raw``."""
    return [
        TurnsRecord(outcome.process, benchmark_name(kit.cells[number], variant), of_variant)
        for outcome in outcomes
        for number, found in (outcome.found.cells.items() if outcome.found else ())
        for variant, of_variant in zip(kit.variants, found.turns or (), strict=False)
    ]


def commit() -> str:
    """The checkout's commit, followed by ``-dirty`` if files differ.

    If git fails, ``unknown``, with a warning that gives the reason.
    """
    try:
        return git.commit(ROOT)
    except git.GitError as error:
        typer.echo(f"warning: the commit is recorded as unknown: {error}", err=True)
        return "unknown"


def suite(found: Iterable[pyperf.Benchmark]) -> Iterator[str]:
    """Yield a suite as JSON, benchmark by benchmark, each written by pyperf.

    All of an hour's runs as pyperf objects, each with a copy of all metadata, would take gigabytes.
    """
    begin, version = '{"benchmarks": [', ""
    for benchmark in found:
        text = io.StringIO()
        pyperf.BenchmarkSuite([benchmark]).dump(text)
        alone = json.loads(text.getvalue())
        (one,) = alone["benchmarks"]
        one["metadata"] = alone.get("metadata", {}) | one.get("metadata", {})
        version = alone["version"]
        yield f"{begin}{json.dumps(one)}"
        begin = ", "
    yield f'], "version": "{version}"}}\n'


def write_result(
    plan: Plan, kit: Kit, outcomes: list[Outcome], more: dict[str, str], path: Path
) -> None:
    """Write the file, and the turns next to it if requested.

    Raises:
        OutputError: if nothing was measured, or it cannot be written there; it is then written to
            the temporary folder.
    """
    found = (one.found for one in outcomes if one.found)
    if not any(any(cell.values) for one in found for cell in one.cells.values()):
        raise OutputError("nothing was measured: no process finished a round")
    command = shlex.join(plan.words())
    asked: Metadata = {
        "length": plan.length.name,
        "placement": plan.placement,
        "turn_us": plan.turn_us,
    }
    asked["utc_offset"] = datetime.now().astimezone().strftime("%z")  # of pyperf's date
    asked["processor_kind"] = kind()
    peak = {"parent_peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
    shapes = plan.shapes.metadata() if plan.shapes else {}
    theirs = layouts.metadata(plan.layouts)
    common: Metadata = {"command": command, **asked, **peak, **shapes, **theirs, **more}
    try:
        write(suite(benchmarks(kit, outcomes, common)), path)
    except OutputError as error:
        elsewhere = Path(tempfile.gettempdir()) / path.name
        try:
            write(suite(benchmarks(kit, outcomes, common)), elsewhere)
        except OutputError:
            raise error from None
        raise OutputError(f"{error}; what was measured is in {elsewhere}") from None
    if plan.raw:
        write_record(turns(kit, outcomes), turns_beside(path))
