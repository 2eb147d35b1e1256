"""WHICH QUESTIONS are asked: experiments, one file each, as data.

An experiment is a file of this package with a module constant ``EXPERIMENT``; adding one touches
nothing else. It says which cells are measured and which strategies take turns in them, how its
figure is drawn and what one should observe. A report draws and judges it by what stands here, out
of the result file (``docs/format.md``), and never imports it.

Here, and only here beside their own files, strategies are called by name: a question about
layouts must say which.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from bench.driver.traffic import PLAIN, Traffic
from strategies import PHASES, Strategy
from workloads import Shape
from workloads import load as load_workloads

SLOTS = 256  # of a ring, unless an experiment says otherwise: the largest request takes 130
DEFAULT_PLAN = ("core", "segments")  # what a run measures that names no experiment
Axes = tuple[tuple[str, str], ...]  # axis, value


@dataclass(frozen=True)
class Point:
    """A cell that an experiment wants measured."""

    workload: str  # the first part of its name
    shape: Shape
    phase: str
    axes: Axes = ()  # what is varied, and has which value here
    slots: int = SLOTS  # descriptors in the ring
    sweep: str = ""  # what ``shape.swept`` counts
    thin: bool = True  # a point of the thinned sweep, if the shape is
    without: tuple[str, ...] = ()  # patterns: series that would do wrong here
    traffic: Traffic = PLAIN  # how requests go through the ring, where phase says not all
    lists: int = 0  # of each layout, used in shuffled order; 0: one a request, each round anew
    huge: bool = False  # whether these lists ask for huge pages
    often: int = 1  # rounds in a pass: more, where draws themselves are looked at
    bypass: bool = True  # whether loads may pass stores, as far as the system lets them

    @property
    def quick(self) -> bool:
        """Return whether ``--quick`` measures it too."""
        return self.thin and self.shape.quick


@dataclass(frozen=True)
class Pick:
    """Times of a result, chosen by patterns in which ``*`` and ``?`` stand for anything."""

    series: str = "*"  # STRATEGY[FORM]
    cell: str = "*"  # WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}
    code: str = ""  # in phase add, what a step of the walk has: ``branches`` alone, ``moves``
    # (conditional ones) or ``calls``; a form is named after what one compiler has to be told


@dataclass(frozen=True)
class Expectation:
    """What one should observe: a number, made of times, that lies between two bounds.

    Each time that ``of`` picks, and ``plus`` beside it, is divided by the one that ``to`` picks of
    the same backend. Where these say ``=``, series or cell are the same as of the time itself.
    """

    text: str  # a sentence
    of: Pick
    to: Pick | None = None  # nothing: the number is nanoseconds
    measure: str = "time"  # of a request; slope, of a line over a workload's descriptors; of the
    # draws of placements: slow-share, and position, a number for each place of the code
    at_least: float | None = None
    at_most: float | None = None
    plus: Pick | None = None  # a time of another cell that is added, of ``time`` alone


@dataclass(frozen=True)
class Figure:
    """How an experiment is drawn, in kinds that reports know."""

    # cells: the page's own figures; curve: over an axis of numbers; bars: a few values of an axis;
    # series: a named bar a series, where there are many; stack: a bar a series, made of stages;
    # draws: how they are spread, likewise
    kind: str
    axis: str = ""  # along the figure; ``swept`` and ``descriptors`` are axes of every result
    # ratio: to the baseline; ns; rate: millions of requests a second; draws; position: over the
    # code's, to the median
    value: str = "ratio"
    pick: Pick = Pick()  # what is drawn
    per: str = ""  # what one more on the axis is, for the slope: ``ns a descriptor``
    along: tuple[str, ...] = ()  # axes that change with it, so that they make no panels
    stages: tuple[tuple[str, str], ...] = ()  # of a stack: values of the axis, each less another
    whole: str = ""  # the value that the stages together are held to


@dataclass(frozen=True)
class Experiment:
    """A question, what is measured to answer it, and what one should observe."""

    name: str  # as ``--experiment`` takes it
    question: str  # a sentence
    points: Callable[[], tuple[Point, ...]]
    figures: tuple[Figure, ...]
    expectations: tuple[Expectation, ...] = ()
    alone: bool = False  # whether no other worker may run beside one that measures it
    takes: tuple[str, ...] = ("*",)  # patterns: series that take turns, beside those made for it
    note: str = ""  # what to know when reading its figure
    weights: tuple[tuple[str, float], ...] = ()  # WORKLOAD/SHAPE, and its share in a mean
    sample: float | None = None  # requests that these were counted from; None: they are stated

    def wants(self, strategy: Strategy) -> bool:
        """Return whether a strategy takes turns here."""
        if strategy.only:
            return strategy.only == self.name
        return any(fnmatchcase(strategy.series, literal(pattern)) for pattern in self.takes)

    def described(self) -> dict[str, object]:
        """Return what a report must know."""
        keys = ("name", "question", "note", "figures", "expectations")
        found = {key: getattr(self, key) for key in keys}
        lists = {key: [asdict(one) for one in found[key]] for key in keys[3:]}
        weighted = {"weights": self.weights, "sample": self.sample} if self.weights else {}
        return found | lists | weighted


def literal(pattern: str) -> str:
    """Return a pattern of names, in which brackets are brackets, for ``fnmatch``."""
    return pattern.replace("[", "[[]")


def takes_turns(strategy: Strategy, point: Point, experiment: Experiment) -> bool:
    """Return whether a strategy takes turns at a point of an experiment."""
    here = dict(point.axes)
    if any(fnmatchcase(strategy.series, literal(pattern)) for pattern in point.without):
        return False
    return experiment.wants(strategy) and all(here.get(axis) == v for axis, v in strategy.axes)


def of_workloads(*, swept: bool, phases: Iterable[str] = PHASES) -> tuple[Point, ...]:
    """Return every shape of every workload in each phase: points of sweeps, or all others."""
    return tuple(
        Point(workload.name, shape, phase, sweep=workload.sweep if swept else "")
        for workload in load_workloads().values()
        for shape in workload.shapes
        if (shape.swept is not None) == swept
        for phase in phases
    )


def load() -> dict[str, Experiment]:
    """Return every experiment by name, those of the default plan first."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").EXPERIMENT for name in modules]
    found.sort(key=lambda one: one.name not in DEFAULT_PLAN)
    return {experiment.name: experiment for experiment in found}


def to_json(experiments: Iterable[Experiment]) -> str:
    """Return what reports must know of experiments, as the result file holds it."""
    return json.dumps([experiment.described() for experiment in experiments])
