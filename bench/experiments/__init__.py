"""The questions that a run answers: experiments, one file each, as data.

An experiment is a module of this package with a constant ``EXPERIMENT``; adding one touches no
other file. It names the cells to measure, the strategies that take turns in them, its figures and
what one should observe. All of that is written to the result file (``docs/format.md``), from which
reports draw and judge it; they never import it.

Apart from their own files, strategies are named only here: a question about layouts must say which.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase

from bench.driver.traffic import PLAIN, Traffic
from strategies import PHASES, Strategy
from workloads import Request, Shape
from workloads import load as load_workloads

SLOTS = 256  # of a ring, unless an experiment sets another number; the largest request takes 130
DEFAULT_PLAN = ("core", "segments")  # measured by a run without --experiment
XEON = ("intel-6-167",)  # on which most predictions were made
Axes = tuple[tuple[str, str], ...]  # axis, value


@dataclass(frozen=True)
class Point:
    """A cell that an experiment wants measured."""

    workload: str  # the first part of the cell's name
    shape: Shape
    phase: str
    axes: Axes = ()  # the variables of the experiment, and their values here
    slots: int = SLOTS  # descriptors in the ring
    sweep: str = ""  # the unit of ``shape.swept``
    thin: bool = True  # whether the thinned sweep has it, if it has the shape
    without: tuple[str, ...] = ()  # patterns of series that would fail here
    traffic: Traffic = PLAIN  # how requests go through the ring, beyond the phase
    lists: int = 0  # per layout, used in shuffled order; 0: one per request, new in each round
    huge: bool = False  # whether these lists request huge pages
    often: int = 1  # rounds per pass; more than one to study the draws themselves
    bypass: bool = True  # whether loads may pass stores, if the system allows that

    @property
    def quick(self) -> bool:
        """Whether ``--quick`` measures it."""
        return self.thin and self.shape.quick


@dataclass(frozen=True)
class Pick:
    """Times of a result, selected by patterns with the wildcards ``*`` and ``?``."""

    series: str = "*"  # STRATEGY[FORM]
    cell: str = "*"  # WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}
    code: str = ""  # in phase add, how the walk steps: only ``branches``, ``moves`` (conditional
    # ones) or ``calls``; a form says only what the compiler was asked for


@dataclass(frozen=True)
class Expectation:
    """What one should observe: a number computed from times that lies between two bounds.

    Each time that ``of`` selects, plus the one of ``plus``, is divided by the one that ``to``
    selects from the same backend. In these, ``=`` stands for the series or cell of the time itself.
    """

    text: str  # a sentence
    of: Pick
    to: Pick | None = None  # None: the number is in nanoseconds
    measure: str = "time"  # per request; slope: of a line over a workload's descriptors; of the
    # draws of placements: slow-share; position: one number per position of the code
    at_least: float | None = None
    at_most: float | None = None
    plus: Pick | None = None  # a time of another cell to add; for ``time`` only
    processors: tuple[str, ...] = ()  # it was made for, as ``bench.machine.identity.kind`` names
    # them; empty: for any


@dataclass(frozen=True)
class Figure:
    """How an experiment is drawn; reports know the kinds."""

    # cells: the page's own figures; curve: over a numeric axis; bars: over a few values of an axis;
    # series: one named bar per series; stack: one bar per series, made of stages; draws: one bar
    # per series, the spread of its draws
    kind: str
    axis: str = ""  # the x axis; every result has ``swept`` and ``descriptors``
    # ratio: to the baseline; ns; rate: millions of requests per second; draws; position: ratio to
    # the median, by position of the code
    value: str = "ratio"
    pick: Pick = Pick()  # what is drawn
    per: str = ""  # the unit of the axis
    along: tuple[str, ...] = ()  # axes that change with it and make no panels of their own
    stages: tuple[tuple[str, str], ...] = ()  # of a stack: values of the axis, each minus another
    whole: str = ""  # the value with which the sum of the stages is compared


@dataclass(frozen=True)
class Experiment:
    """A question, the measurements that answer it, and what one should observe."""

    name: str  # for ``--experiment``
    question: str  # a sentence
    points: Callable[[], tuple[Point, ...]]
    figures: tuple[Figure, ...]
    expectations: tuple[Expectation, ...] = ()
    alone: bool = False  # whether a worker that measures it must be the only one
    takes: tuple[str, ...] = ("*",)  # patterns of series that take turns; its own always do
    note: str = ""  # for the reader of its figures
    weights: tuple[tuple[str, float], ...] = ()  # WORKLOAD/SHAPE, and its share in a mean
    sample: float | None = None  # requests from which these were counted; None: they are stated
    family: str = ""  # a name that selects several experiments; strategies may be made for it

    def wants(self, strategy: Strategy) -> bool:
        """Whether a strategy takes turns here."""
        if strategy.only and strategy.only != self.family:
            return strategy.only == self.name
        return any(fnmatchcase(strategy.series, literal(pattern)) for pattern in self.takes)

    def described(self) -> dict[str, object]:
        """The part of the experiment that reports need."""
        keys = ("name", "question", "note", "figures", "expectations")
        fields = {key: getattr(self, key) for key in keys}
        lists = {key: [asdict(one) for one in fields[key]] for key in keys[3:]}
        weighted = {"weights": self.weights, "sample": self.sample} if self.weights else {}
        return fields | lists | weighted


def literal(pattern: str) -> str:
    """A pattern for ``fnmatch`` in which brackets are literal."""
    return pattern.replace("[", "[[]")


def takes_turns(strategy: Strategy, point: Point, experiment: Experiment) -> bool:
    """Whether a strategy takes turns at a point of an experiment."""
    here = dict(point.axes)
    if any(fnmatchcase(strategy.series, literal(pattern)) for pattern in point.without):
        return False
    return experiment.wants(strategy) and all(here.get(axis) == v for axis, v in strategy.axes)


def shapes_of(workload: str) -> dict[str, Shape]:
    """The shapes of one of the suite's workloads, by name."""
    return {shape.name: shape for shape in load_workloads()[workload].shapes}


def fitting(request: Request) -> Request:
    """The request with exactly the room in its tables that its segments need."""
    groups = tuple(replace(group, room=len(group.segments)) for group in request.groups)
    return replace(request, groups=groups)


def of_workloads(*, swept: bool, phases: Iterable[str] = PHASES) -> tuple[Point, ...]:
    """Every shape of every workload in each phase: either points of sweeps or all others."""
    return tuple(
        Point(workload.name, shape, phase, sweep=workload.sweep if swept else "")
        for workload in load_workloads().values()
        for shape in workload.shapes
        if (shape.swept is not None) == swept
        for phase in phases
    )


def load() -> dict[str, Experiment]:
    """Every experiment by name, those of the default plan first."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    every = [importlib.import_module(f"{__name__}.{name}").EXPERIMENT for name in modules]
    every.sort(key=lambda one: one.name not in DEFAULT_PLAN)
    return {experiment.name: experiment for experiment in every}


def to_json(experiments: Iterable[Experiment]) -> str:
    """The part of experiments that reports need, as stored in the result file."""
    return json.dumps([experiment.described() for experiment in experiments])
