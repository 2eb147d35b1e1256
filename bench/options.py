"""Checks of the options on the command line, and of the system."""

import difflib
import platform
import resource
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from bench import layouts, shapes
from bench.errors import BenchError
from bench.experiments import DEFAULT_PLAN, Experiment
from bench.plan import DEFAULT, QUICK, RIGOROUS, Length, lengthened
from bench.worker.memory import Executable
from reports.statistics.signed_rank import PROCESSES_MIN
from strategies.backends import NAMES, NUMBA
from strategies.outside.given import Given

MACHINES = ("x86_64", "aarch64")
ALL = "all"
DEFAULT_BACKENDS = (NUMBA, "gcc")
Backends: TypeAlias = Annotated[  # the option --backend of every command that has it
    list[str] | None,
    typer.Option(
        help=f"{', '.join(NAMES)} or {ALL}; default: {' and '.join(DEFAULT_BACKENDS)}",
    ),
]
MIN_PRECISION = 0.0001
NAMED = 20  # names listed in a message, at most
PROC = Path("/proc/self/stat")
ADDRESS_LIMITS = (("v", resource.RLIMIT_AS), ("d", resource.RLIMIT_DATA))  # of the shell's ulimit
ADDRESSES_MIN = 1 << 30  # bytes: 1.5 times the peak observed when compiling everything


class UsageError(BenchError):
    """Bad use; the text names the fault and the remedy."""


def check_system() -> None:
    """Refuse systems for which the kernels were not written."""
    system, machine = platform.system(), platform.machine()
    if system != "Linux" or machine not in MACHINES:
        raise UsageError(f"{system} on {machine} is not supported: use Linux on x86-64 or aarch64")
    if not PROC.exists():
        raise UsageError("/proc is not mounted, but the machine is described there: mount it")
    for option, limit in ADDRESS_LIMITS:
        most, _ = resource.getrlimit(limit)
        if 0 <= most < ADDRESSES_MIN:
            raise UsageError(
                f"ulimit -{option} {most >> 10} is too little: short of memory, compiling may "
                f"never end; allow {ADDRESSES_MIN >> 10}, or unlimited"
            )
    Executable(pages=1)


def strategy_names(
    asked: Iterable[Experiment] = (), theirs: tuple[Given, ...] = ()
) -> tuple[str, ...]:
    """The names of all strategies, the baseline's first; with the user's layouts, ``theirs``.

    Those that belong to an experiment are included if one of ``asked`` takes them.
    """
    from strategies import load  # brings numba

    known = layouts.strategies_with(theirs)
    taken = (one for one in known if any(experiment.wants(one) for experiment in asked))
    return tuple(dict.fromkeys(strategy.name for strategy in (*load(), *taken)))


def experiments_of(
    asked: list[str] | None, given: shapes.GivenShapes | None = None
) -> tuple[Experiment, ...]:
    """The experiments asked for, including a shape file's; by default those of the default plan."""
    known = shapes.known(given)
    families = {one.family for one in known.values() if one.family}
    usual = [shapes.NAME] if given else list(DEFAULT_PLAN)
    also = [shapes.NAME] if given and asked else []
    names = list(known) if ALL in (asked or ()) else [*(asked or usual), *also]
    wanted = chosen("experiment", names, (*known, *sorted(families)))
    found = (one for name in wanted for one in known.values() if name in {one.name, one.family})
    return tuple(dict.fromkeys(found))


def takers(experiment: Experiment, theirs: tuple[Given, ...] = ()) -> set[str]:
    """The names of the strategies, the user's too, that take turns in an experiment."""
    known = layouts.strategies_with(theirs)  # brings numba
    return {strategy.name for strategy in known if experiment.wants(strategy)}


def compilers_of(asked: list[str] | None) -> tuple[str, ...]:
    """The backends asked for, by default numba and gcc; warn about missing ones."""
    from strategies.backends import backends
    from strategies.backends.c_compilers import missing

    there = backends()
    if asked and ALL not in asked:
        for name in chosen("backend", asked, NAMES):
            if name not in there:
                raise UsageError(missing(there, (name,)))
        return tuple(name for name in there if name in asked)
    wanted = NAMES if asked else DEFAULT_BACKENDS
    if any(name not in there for name in wanted):
        typer.echo(f"warning: {missing(there, wanted)}", err=True)
    return tuple(name for name in there if name in wanted)


def chosen(kind: str, asked: list[str] | None, known: Iterable[str]) -> tuple[str, ...]:
    """The names asked for, or all; ``UsageError`` if there is no such name."""
    names = tuple(known)
    for name in asked or ():
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.4)
            more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
            there = f"there are {', '.join([*names[:NAMED], *more])}"
            hint = f"did you mean {near[0]}?" if near else there
            raise UsageError(f"there is no {kind} {name}: {hint}")
    return tuple(dict.fromkeys(asked)) if asked else names


def length(
    *,
    quick: bool,
    rigorous: bool,
    precision: str | None = None,
    experiments: tuple[str, ...] = DEFAULT_PLAN,
) -> Length:
    """How long to measure, and how precisely."""
    if quick and rigorous:
        raise UsageError("--quick and --rigorous exclude each other: give one")
    chosen_one = lengthened(QUICK if quick else RIGOROUS if rigorous else DEFAULT, experiments)
    if precision is None:
        return chosen_one
    aim = percentage("--precision", precision, MIN_PRECISION)
    return replace(chosen_one, precision=aim, stops=True)


def percentage(option: str, text: str, least: float = 0.0) -> float:
    """The number that a percentage such as ``0.5%`` stands for.

    Raises:
        UsageError: if it is not one, or less than ``least``.
    """
    try:
        found = float(text.removesuffix("%")) / 100
    except ValueError:
        found = -1.0
    if not (text.endswith("%") and least <= found <= 1):
        more = f", of at least {100 * least:g}%" if least else ""
        raise UsageError(f"{option} {text}: give a percentage, such as 0.5%{more}")
    return found


def enough(processes: int | None, *, intervals: bool) -> int | None:
    """The number of processes, checked: intervals need PROCESSES_MIN."""
    if processes is not None and processes < (PROCESSES_MIN if intervals else 1):
        raise UsageError(
            f"--processes {processes}: a 95 % interval needs at least {PROCESSES_MIN}; "
            "ask for more, or give --no-intervals"
            if intervals
            else f"--processes {processes}: at least one is needed"
        )
    return processes
