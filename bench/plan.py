"""What a run measures, for how long, and how precisely."""

from dataclasses import dataclass, replace

from bench.experiments import DEFAULT_PLAN, Point
from bench.messages import Options
from bench.shapes import NAME, Given
from reports.statistics.signed_rank import PROCESSES_MIN

ROUNDS = 48  # of a process, at most: from there on another process tells more
TURN_US = 100  # of every turn: its length is a part of what is measured (docs/method.md)


@dataclass(frozen=True)
class Length:
    """One of the three lengths, the same everywhere in the project."""

    name: str
    seconds: float  # for all measuring, from the start of compiling on
    quick: bool  # named shapes and a thinned sweep only
    processes: int  # that the time is cut into, about
    precision: float | None = None  # half-width of a ratio above which a cell gets more
    stops: bool = False  # once every ratio is as precise
    rounds: int = ROUNDS  # of a process, at most


QUICK = Length("quick", 60, quick=True, processes=10)
DEFAULT = Length("default", 300, quick=False, processes=24, precision=0.005)
RIGOROUS = Length(  # half as many processes, each a value of every series that is published
    "rigorous", 3600, quick=False, processes=120, precision=0.0025, stops=True, rounds=2 * ROUNDS
)
LENGTHS = {length.name: length for length in (QUICK, DEFAULT, RIGOROUS)}


def lengthened(length: Length, experiments: tuple[str, ...]) -> Length:
    """Return the length for so many experiments: each beside the default plan takes as long."""
    more = len(set(experiments) - set(DEFAULT_PLAN))
    parts = max(1, more + any(name in DEFAULT_PLAN for name in experiments))
    known = LENGTHS[length.name]
    return replace(length, seconds=known.seconds * parts)


@dataclass(frozen=True)
class Selection:
    """What is to be compiled and laid out."""

    experiments: tuple[str, ...]
    workloads: tuple[str, ...]
    phases: tuple[str, ...]
    strategies: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    seed: int = 0
    shapes: Given | None = None  # a user's requests
    quick: bool = False  # named shapes and a thinned sweep only


@dataclass(frozen=True)
class Plan:
    """What the user asked for, names checked."""

    workloads: tuple[str, ...]
    strategies: tuple[str, ...]
    backends: tuple[str, ...]
    phases: tuple[str, ...]
    length: Length
    seed: int
    processes: int | None = None  # exactly so many, or as many as the time allows
    raw: bool = False
    placement: str = "drawn"  # or fixed: one draw a process
    turn_us: int = TURN_US
    workers: int | None = None  # at once; as many as there are cores for, up to two
    experiments: tuple[str, ...] = DEFAULT_PLAN
    shapes: Given | None = None  # a user's requests

    @property
    def selection(self) -> Selection:
        """Return what the compiling process needs to know."""
        return Selection(
            experiments=self.experiments,
            workloads=self.workloads,
            strategies=self.strategies,
            backends=self.backends,
            phases=self.phases,
            seed=self.seed,
            quick=self.length.quick,
            shapes=self.shapes,
        )

    def _asked(self) -> tuple[str, ...]:
        """Return the experiments that must be named."""
        named = tuple(name for name in self.experiments if name != NAME)
        usual = () if self.shapes else DEFAULT_PLAN
        return named if named != usual else ()

    def measures(self, point: Point) -> bool:
        """Return whether a point of an experiment is to be measured."""
        there = point.workload in self.workloads and point.phase in self.phases
        return there and (point.quick or not self.length.quick)

    @property
    def options(self) -> Options:
        """Return what every worker needs to know beside its cells."""
        return Options(self.raw, self.placement, self.turn_us)

    def words(self) -> list[str]:
        """Return the command line that asks for this plan."""
        length = self.length
        known = LENGTHS[length.name]
        words = [] if length.name == DEFAULT.name else [f"--{length.name}"]
        if length.precision != known.precision:
            words += ["--precision", f"{100 * (length.precision or 0):g}%"]
        for option, names in (
            ("--shapes", () if self.shapes is None else (self.shapes.path,)),
            ("--experiment", self._asked()),
            ("--workload", self.workloads),
            ("--strategy", self.strategies),
            ("--backend", self.backends),
            ("--phase", self.phases),
        ):
            words += [word for name in names for word in (option, name)]
        words += ["--processes", str(self.processes)] if self.processes else []
        words += [] if self.placement == "drawn" else ["--placement", self.placement]
        words += ["--workers", str(self.workers)] if self.workers else []
        words += ["--raw"] if self.raw else []
        words += ["--no-intervals"] if self.processes and self.processes < PROCESSES_MIN else []
        words += [] if self.turn_us == TURN_US else ["--turn-us", str(self.turn_us)]
        return ["python", "-m", "bench", *words, "--seed", str(self.seed)]
