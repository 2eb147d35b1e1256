"""The command line of the bench; its options are checked before anything is measured.

Exit status: 0 done; 1 finished, but something measured is wrong; 2 bad use; 130 Ctrl-C.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bench import messages
from bench.experiments import DEFAULT_PLAN, Experiment, Point
from bench.experiments import load as load_experiments
from bench.layouts import given as given_layouts
from bench.layouts import names_with, strategies_with
from bench.lock import alone
from bench.machine.checks import before
from bench.machine.condition import Condition, as_metadata, lines, said_before
from bench.machine.cpus import WORKERS_MAX, choose_cpus
from bench.machine.files import MachineFiles
from bench.messages import DRAWN, PLACEMENTS, TURN_US
from bench.options import (
    Backends,
    UsageError,
    check_system,
    chosen,
    compilers_of,
    enough,
    experiments_of,
    length,
    strategy_names,
    takers,
)
from bench.output import check_place
from bench.paths import JOURNAL
from bench.plan import SELECTING, Plan
from bench.progress import Progress
from bench.ring_size import check as check_size
from bench.ring_size import resized
from bench.run import EndedRun, run
from bench.run import resume as go_on
from bench.shapes import given as given_shapes
from bench.shapes import workloads as workload_names
from reports.commands.ending import INTERRUPTED
from reports.commands.made import made
from reports.statistics.signed_rank import PROCESSES_MIN
from strategies import PHASES, Strategy, braced
from strategies.compile.kept import forget

WRONG = 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    *,
    quick: Annotated[bool, typer.Option(help="60 seconds, named shapes, a thinned sweep")] = False,
    rigorous: Annotated[bool, typer.Option(help="until 0.25 % or 60 minutes")] = False,
    experiment: Annotated[
        list[str] | None,
        typer.Option(help=f"by name, or all; default: {' and '.join(DEFAULT_PLAN)}"),
    ] = None,
    shapes: Annotated[
        Path | None, typer.Option(help="these requests: a file that nox -s shapes has made")
    ] = None,
    layout: Annotated[
        list[Path] | None, typer.Option(help="also this layout: a .py, .c, .o or .a file of yours")
    ] = None,
    workload: Annotated[list[str] | None, typer.Option(help="only this workload")] = None,
    strategy: Annotated[list[str] | None, typer.Option(help="only this strategy")] = None,
    backend: Backends = None,
    phase: Annotated[list[str] | None, typer.Option(help=f"one of {', '.join(PHASES)}")] = None,
    processes: Annotated[int | None, typer.Option(help="exactly this number of processes")] = None,
    intervals: Annotated[
        bool, typer.Option(help=f"--no-intervals allows fewer than {PROCESSES_MIN} processes")
    ] = True,
    seed: Annotated[
        int | None, typer.Option(min=0, help="repeat the same draws of placements and orders")
    ] = None,
    raw: Annotated[bool, typer.Option(help="also write every turn to a separate file")] = False,
    precision: Annotated[
        str | None, typer.Option(help="until every half-width is below this, e.g. 0.5%")
    ] = None,
    placement: Annotated[
        str, typer.Option(help="drawn: in every round; fixed: once per process (for studies)")
    ] = DRAWN,
    turn_us: Annotated[
        int, typer.Option(min=5, max=20_000, help="length of a turn (for studies)")
    ] = TURN_US,
    resume: Annotated[
        Path | None, typer.Option(help="continue an interrupted run to this file")
    ] = None,
    check_machine: Annotated[
        bool, typer.Option("--check-machine", help="only check the machine")
    ] = False,
    silent: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
    json_progress: Annotated[
        bool, typer.Option("--json-progress", help="progress as lines of JSON")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=WORKERS_MAX, help="workers at once, one per core (for studies)"),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="ignore caches: compile and check everything again")
    ] = False,
    slots: Annotated[
        int | None, typer.Option(help="rings of so many slots, where the question is another")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="list what would be measured")] = False,
    plan_to: Annotated[
        Path | None, typer.Option("--plan", help="only write the plan, for other machines")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="a new file")] = None,
) -> None:
    """Measure the cost of each layout of add_buf on this machine."""
    with interruptible():
        check_system()
        if check_machine:
            for line in lines(looked()):
                typer.echo(line)
            return
        if fresh:
            forget()
        progress = Progress(quiet=silent and not json_progress, as_json=json_progress)
        if resume is not None:
            path = Path(str(resume).removesuffix(JOURNAL)).absolute()
            with alone():
                measure(lambda conditions: go_on(path, progress, conditions), progress)
            return
        given, theirs = given_shapes(shapes), given_layouts(layout)
        asked = tuple(resized(one, slots) for one in experiments_of(experiment, given))
        names = tuple(one.name for one in asked)
        plan = Plan(
            workloads=chosen("workload", workload, workload_names(given)),
            strategies=chosen("strategy", strategy, strategy_names(asked, theirs)),
            backends=names_with(compilers_of(backend), theirs),
            phases=chosen("phase", phase, phases_of(asked)),
            length=length(quick=quick, rigorous=rigorous, precision=precision, experiments=names),
            seed=random.randrange(2**32) if seed is None else seed,
            processes=enough(processes, intervals=intervals),
            raw=raw,
            placement=chosen("placement", [placement], PLACEMENTS)[0],
            turn_us=turn_us,
            workers=workers,
            experiments=names,
            shapes=given,
            layouts=theirs,
            slots=slots,
            selecting=tuple(
                option
                for option, named in zip(
                    SELECTING, (workload, strategy, backend, phase), strict=True
                )
                if named
            ),
        )
        if slots is not None:
            check_size(slots, filter(plan.measures, points_of(asked, plan)), taking(plan, asked))
        if list_:
            print_plan(plan, asked)
            return
        if not any(map(plan.measures, points_of(asked, plan))):
            raise UsageError("nothing is left to measure: see --list, and exclude less")
        if plan_to is not None:
            plan_to.write_bytes(messages.encode(plan))
            return
        path = check_place(out)
        from bench.check.held import refuse_wrong  # brings compilers, which a host may lack

        with alone():
            refuse_wrong(plan.selection)
            measure(lambda conditions: run(plan, path, progress, conditions), progress)


def measure(what: Callable[[dict[str, str]], EndedRun], progress: Progress) -> None:
    """Run a plan and report how it ended."""
    conditions = looked()
    for line in said_before(conditions):
        progress.say(line)
    try:
        ended = what(as_metadata(conditions))
    finally:
        progress.close()
    for note in ended.notes:
        progress.say(f"note: {note}")
    for fault in ended.faults:
        typer.echo(f"wrong: {fault}", err=True)
    made(ended.path)
    if ended.interrupted:
        raise typer.Exit(INTERRUPTED)
    if ended.faults:
        raise typer.Exit(WRONG)


@contextmanager
def interruptible(lost: str = "before anything was measured") -> Iterator[None]:
    """On Ctrl-C without a result, print what was lost."""
    try:
        yield
    except KeyboardInterrupt as stop:
        typer.echo(f"interrupted {stop.args[0] if stop.args else lost}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def looked() -> tuple[Condition, ...]:
    """The conditions of the machine before a run."""
    return before(MachineFiles(), tuple(choose_cpus()))


def points_of(asked: tuple[Experiment, ...], plan: Plan) -> Iterator[Point]:
    """Every point of the experiments in which one of the plan's strategies takes turns."""
    for one in asked:
        if takers(one, plan.layouts) & set(plan.strategies):
            yield from one.points()


def taking(plan: Plan, asked: tuple[Experiment, ...]) -> list[Strategy]:
    """Every strategy of a plan that takes turns in one of the experiments."""
    named = [one for one in strategies_with(plan.layouts) if one.name in plan.strategies]
    return [one for one in named if any(experiment.wants(one) for experiment in asked)]


def phases_of(asked: tuple[Experiment, ...]) -> tuple[str, ...]:
    """Every phase that the experiments measure."""
    return tuple(dict.fromkeys(point.phase for one in asked for point in one.points()))


def print_plan(plan: Plan, asked: tuple[Experiment, ...]) -> None:
    """Print what would be measured: each experiment, a line a shape, and who takes turns."""
    for one in asked:
        typer.echo(f"# {one.name}: {one.question}")
        phases: dict[str, list[str]] = {}
        for point in one.points():
            if plan.measures(point):
                phases.setdefault(_where(point), []).append(point.phase)
        for where, measured in phases.items():
            typer.echo(where.format(phases=f"{{{','.join(measured)}}}"))
        names = takers(one, plan.layouts)
        typer.echo(f"in each, taking turns: {', '.join(n for n in plan.strategies if n in names)}")
    others = [name for name in load_experiments() if name not in plan.experiments]
    if others:
        typer.echo(f"# not selected: {', '.join(others)} (--experiment NAME, or all)")


def _where(point: Point) -> str:
    axes = braced(point.axes).replace("{", "{{").replace("}", "}}")
    return f"{point.workload}/{point.shape.name}/{{phases}}{axes}"
