"""The plan of a run: what it measures, for how long, and how precisely."""

from dataclasses import dataclass, replace

import msgspec

from bench.experiments import DEFAULT_PLAN, Point
from bench.messages import DRAWN, TURN_US, Options
from bench.shapes import NAME, GivenShapes
from reports.statistics.signed_rank import PROCESSES_MIN
from strategies.outside.given import OBJECTS, Given

SELECTING = ("--workload", "--strategy", "--backend", "--phase")  # options; each names some of all
ROUNDS = 48  # per process, at most: beyond that, another process is more informative


@dataclass(frozen=True)
class Length:
    """One of the three lengths of a run."""

    name: str
    seconds: float  # of the whole run, compiling included
    quick: bool  # only named shapes and a thinned sweep
    processes: int  # into which the time is divided, roughly
    precision: float | None = None  # half-width of a ratio above which a cell is measured further
    stops: bool = False  # whether the run ends once every ratio is that precise
    rounds: int = ROUNDS  # per process, at most


QUICK = Length("quick", 60, quick=True, processes=10)
DEFAULT = Length("default", 300, quick=False, processes=24, precision=0.005)
RIGOROUS = Length(  # fewer, longer processes: each adds a value to every published series
    "rigorous", 3600, quick=False, processes=120, precision=0.0025, stops=True, rounds=2 * ROUNDS
)
LENGTHS = {length.name: length for length in (QUICK, DEFAULT, RIGOROUS)}


def lengthened(length: Length, experiments: tuple[str, ...]) -> Length:
    """The length for several experiments: each beyond the default plan takes as long again."""
    more = len(set(experiments) - set(DEFAULT_PLAN))
    parts = max(1, more + any(name in DEFAULT_PLAN for name in experiments))
    known = LENGTHS[length.name]
    return replace(length, seconds=known.seconds * parts)


@dataclass(frozen=True)
class Selection:
    """What to compile and lay out."""

    experiments: tuple[str, ...]
    workloads: tuple[str, ...]
    phases: tuple[str, ...]
    strategies: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    seed: int = 0
    shapes: GivenShapes | None = None  # the user's own requests
    quick: bool = False  # only named shapes and a thinned sweep
    layouts: tuple[Given, ...] = ()  # a user's files
    slots: int | None = None  # of a ring, unless an experiment has its own


@dataclass(frozen=True)
class Plan:
    """What the user asked for, with names checked."""

    workloads: tuple[str, ...]
    strategies: tuple[str, ...]
    backends: tuple[str, ...]
    phases: tuple[str, ...]
    length: Length
    seed: int
    processes: int | None = None  # None: as many as the time allows
    raw: bool = False
    placement: str = DRAWN
    turn_us: int = TURN_US
    workers: int | None = None  # at once; None: one per core, up to two
    experiments: tuple[str, ...] = DEFAULT_PLAN
    shapes: GivenShapes | None = None  # the user's own requests
    layouts: tuple[Given, ...] = ()  # a user's files
    slots: int | None = None  # of a ring, unless an experiment has its own
    selecting: tuple[str, ...] = SELECTING  # options that were given: of the others it is all

    @property
    def selection(self) -> Selection:
        """What the compiling process needs to know."""
        return msgspec.convert(self, Selection, from_attributes=True)

    @property
    def quick(self) -> bool:
        """Whether only named shapes and a thinned sweep are measured."""
        return self.length.quick

    def _asked(self) -> tuple[str, ...]:
        """The experiments that a command line must name."""
        named = tuple(name for name in self.experiments if name != NAME)
        usual = () if self.shapes else DEFAULT_PLAN
        return named if named != usual else ()

    def measures(self, point: Point) -> bool:
        """Whether a point of an experiment is to be measured."""
        there = point.workload in self.workloads and point.phase in self.phases
        return there and (point.quick or not self.quick)

    @property
    def options(self) -> Options:
        """What every worker must know in addition to its cells."""
        return Options(self.raw, self.placement, self.turn_us)

    def words(self) -> list[str]:
        """The command line that asks for this plan."""
        length = self.length
        known = LENGTHS[length.name]
        words = [] if length.name == DEFAULT.name else [f"--{length.name}"]
        if length.precision != known.precision:
            words += ["--precision", f"{100 * (length.precision or 0):g}%"]
        for option, names in (
            ("--shapes", () if self.shapes is None else (self.shapes.path,)),
            ("--layout", tuple(one.files[0][0] for one in self.layouts)),
            ("--experiment", self._asked()),
            ("--workload", self.workloads),
            ("--strategy", self.strategies),
            ("--backend", tuple(name for name in self.backends if name != OBJECTS)),
            ("--phase", self.phases),
        ):
            if option in self.selecting or option not in SELECTING:
                words += [word for name in names for word in (option, name)]
        words += ["--processes", str(self.processes)] if self.processes else []
        words += [] if self.placement == DRAWN else ["--placement", self.placement]
        words += ["--workers", str(self.workers)] if self.workers else []
        words += ["--slots", str(self.slots)] if self.slots else []
        words += ["--raw"] if self.raw else []
        words += ["--no-intervals"] if self.processes and self.processes < PROCESSES_MIN else []
        words += [] if self.turn_us == TURN_US else ["--turn-us", str(self.turn_us)]
        return ["python", "-m", "bench", *words, "--seed", str(self.seed)]
