"""The gate's command line.

Exit status: 0 nothing is slower; 1 something is; 2 undecided, with the reason; 130 Ctrl-C.
"""

import math
import random
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bench import layouts, output
from bench.check.held import refuse_wrong, usual
from bench.cli import interruptible, looked
from bench.counts.__main__ import check_valgrind
from bench.gate import cells
from bench.gate.baseline import Earlier, compiled_against, read
from bench.gate.counts import counted
from bench.gate.design import ALPHA, BAND, LOOKS, LOOKS_QUICK, Design
from bench.gate.explain import explained
from bench.gate.record import About, GateRecord, record
from bench.gate.run import Gate, measure, prepare, timed_of, workers
from bench.gate.steps import CHECKING, CHECKOUT, COMPILING, COUNTING, HOLDING, Steps, expected, keep
from bench.gate.versions.versions import Asked, Sides, compiled
from bench.lock import alone
from bench.machine.condition import as_metadata
from bench.options import Backends, UsageError, check_system, chosen, compilers_of, percentage
from bench.progress import Progress
from reports.commands.made import made
from strategies.compile.kept import forget

SUFFIX = ".gate.json.gz"
OUTPUT = ("-o", "--output")
SECONDS, SECONDS_QUICK = 110.0, 13.0  # to find suspects
INCONCLUSIVE_MAX, INCONCLUSIVE_MAX_QUICK = 0.2, 0.5

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    *,
    base: Annotated[str | None, typer.Option(help="a ref; default: the merge base")] = None,
    head: Annotated[str | None, typer.Option(help="a ref; default: the working tree")] = None,
    band: Annotated[str, typer.Option(help="the slowdown that is tolerated")] = f"{100 * BAND:g}%",
    quick: Annotated[bool, typer.Option(help="half the cells, an eighth of the time")] = False,
    seconds: Annotated[
        float | None, typer.Option(help="to find what is slower; half as much more to confirm")
    ] = None,
    cell: Annotated[list[str] | None, typer.Option(help="WORKLOAD/SHAPE/PHASE")] = None,
    backend: Backends = None,
    forms: Annotated[bool, typer.Option("--forms", help="also compare forced forms")] = False,
    baseline: Annotated[
        Path | None, typer.Option(help="an earlier result instead of a base")
    ] = None,
    base_env: Annotated[
        Path | None, typer.Option(resolve_path=True, help="Python environment that compiles base")
    ] = None,
    head_env: Annotated[
        Path | None, typer.Option(resolve_path=True, help="Python environment that compiles head")
    ] = None,
    layout: Annotated[
        list[Path] | None, typer.Option(help="this layout: a .py, .c, .o or .a file of yours")
    ] = None,
    base_layout: Annotated[
        str | None, typer.Option(help="a ref of the repository that holds it, to compare with")
    ] = None,
    time_identical: Annotated[
        bool, typer.Option("--time-identical", help="also time code that is identical")
    ] = False,
    inconclusive: Annotated[
        str | None,
        typer.Option(help="share of undecided cells above which the gate has no verdict"),
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="decide by instructions per request, exact")
    ] = False,
    timed: Annotated[
        bool, typer.Option("--time/--no-time", help="with --counts: whether to measure time, too")
    ] = True,
    explain: Annotated[
        str | None, typer.Option(help="only show the difference in a cell's machine code")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="repeat the same draws of placements and orders")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="ignore caches: compile everything again")
    ] = False,
    silent: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
    out: Annotated[Path | None, typer.Option(*OUTPUT, help="a new file")] = None,
) -> None:
    """Decide whether this version is slower than another, cell by cell."""
    steps = Steps(Progress(quiet=silent))
    steps.begin(HOLDING if layout else CHECKOUT)
    with interruptible("and nothing is decided"):
        check_system()
        if fresh:
            forget()
        named = chosen("cell", cell, cells.every()) if cell else ()
        theirs = layouts.given(layout)
        asked = Asked(
            base=base,
            head=head,
            cells=named or (cells.QUICK if quick else cells.DEFAULT),
            backends=layouts.names_with(compilers_of(backend), theirs),
            design=Design(0, percentage("--band", band), LOOKS_QUICK if quick else LOOKS, ALPHA),
            seconds=_seconds(seconds, SECONDS_QUICK if quick else SECONDS),
            seed=random.randrange(2**32) if seed is None else seed,
            forms=forms,
            time_identical=time_identical,
            counts=counts,
            timed=timed or not counts,
            baseline=baseline,
            base_env=base_env,
            head_env=head_env,
            layouts=theirs,
            base_layout=base_layout,
        )
        _check_layouts(asked)
        share = INCONCLUSIVE_MAX_QUICK if quick else INCONCLUSIVE_MAX
        if inconclusive is not None:
            share = percentage("--inconclusive", inconclusive)
        for option, given in (("--counts", counts), ("--base", base), ("--explain", explain)):
            if given and baseline is not None:
                raise UsageError(f"{option} and --baseline exclude each other: give one")
        if explain is not None:
            for line in explained(compiled(asked).matched, explain):
                typer.echo(line)
            return
        if counts:
            check_valgrind()
        path = output.check_place(out, SUFFIX)
        with alone():
            verdict = compared(asked, share, steps)
        output.write_record(verdict, path)
        made(path)
        if verdict.why:
            typer.echo(verdict.why, err=True)
        raise typer.Exit(verdict.status)


def _check_layouts(asked: Asked) -> None:
    """Refuse half of what a gate of a user's layouts needs, and what is of the suite's alone."""
    if (asked.base_layout is None) != (not asked.layouts):
        raise UsageError("--layout FILE and --base-layout REF belong together: give both")
    for option in ("base", "head", "baseline", "base_env", "head_env"):
        if asked.layouts and getattr(asked, option) is not None:
            name = f"--{option.replace('_', '-')}"
            raise UsageError(f"{name} and --layout exclude each other: give one")


def compared(asked: Asked, share: float, steps: Steps) -> GateRecord:
    """Compare the two versions; the content of the file."""
    conditions = as_metadata(looked())
    if asked.layouts:
        steps.progress.say("holding the layout to the oracle")
        refuse_wrong(usual(asked.layouts, asked.backends))
        steps.begin(CHECKOUT)
    earlier = read(asked.baseline) if asked.baseline is not None else None
    cold: list[str] = []

    def compiling(names: list[str]) -> None:
        cold.extend(names)
        steps.expected = expected(asked, cold)
        steps.begin(COMPILING, f"compiling {' and '.join(cold)}" if cold else "nothing to compile")

    sides = (
        compiled_against(asked, earlier, compiling) if earlier else compiled(asked, begin=compiling)
    )
    gate = decided(asked, sides, earlier, steps)
    keep(asked, cold, [step for step in steps.ended if gate.pairs or step.name == COMPILING])
    about = About(
        command=again(sys.argv[1:], sides.versions[0].commit),
        seed=asked.seed,
        steps=tuple(steps.ended),
        conditions=conditions,
        **layouts.metadata(asked.layouts),
    )
    return record(gate, sides, about, share)


def decided(asked: Asked, sides: Sides, earlier: Earlier | None, steps: Steps) -> Gate:
    """The gate of two compiled sides, with everything decided."""
    with tempfile.TemporaryDirectory(prefix="sg-ring-gate-") as name:
        folder = Path(name)
        if not timed_of(asked, sides.matched.pairs):
            steps.expected = {}
        steps.begin(CHECKING)
        gate = prepare(asked, sides.matched.pairs, folder)
        if earlier:
            earlier.judge(gate)
        timed = bool(gate.trials) and asked.timed
        cpus = workers(gate, folder) if timed else []
        try:
            if asked.counts:
                steps.begin(COUNTING)
                gate.counts = counted(gate.kit) if gate.pairs else {}
            if timed:
                measure(gate, folder, asked.seconds, cpus, steps)
        finally:
            steps.progress.close()
        steps.end()
        return gate


def again(words: list[str], base: str) -> str:
    """The command that repeats the comparison and writes another file."""
    kept = ["python", "-m", "bench.gate"]
    left = iter(words)
    for word in left:
        if word in OUTPUT:
            next(left, None)
        elif not word.startswith(("-o", "--output=")):
            kept.append(word)
    if not {word.partition("=")[0] for word in kept} & {"--base", "--baseline", "--base-layout"}:
        kept += ["--base", base[:12]]  # the merge base may have moved by then
    return shlex.join(kept)


def _seconds(asked: float | None, otherwise: float) -> float:
    if asked is not None and not 0 < asked < math.inf:
        raise UsageError(f"--seconds {asked:g}: give a number above 0")
    return otherwise if asked is None else asked
