"""today-ageing: what a shuffled free list costs on the rings of today.

As ``ageing`` asks of the ring of 2.6.24: before the turns the ring was filled with requests of
several sizes, completed in drawn order and emptied, for 64 generations. In the split ring that
shuffles which descriptors follow each other, four of them in a cache line, in the ring and in the
private copy. In the packed one slots stay in order, and only ids are shuffled: state and the
private ``next`` are what is scattered. In order nothing can age.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.driver.traffic import Traffic
from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from bench.experiments.ageing import axes_of
from bench.todays_requests import SHAPES

SIZES = (256, 32768)
NAMES = ("today-4k-read", "today-64k-read")
AGED = (Traffic("in-order", 0), Traffic("random", 64))  # completion, generations
BESIDE_NEW = "={completion=in-order,generations=0,stride=1}"


def points() -> tuple[Point, ...]:
    """Return two requests in a small and a large ring, new and aged."""
    return tuple(
        Point("blk", SHAPES["blk"][name], "add", axes_of(slots, aged), slots, traffic=aged)
        for slots in SIZES
        for aged in AGED
        for name in NAMES
    )


EXPERIMENT = Experiment(
    name="today-ageing",
    family="today",
    question="What does a shuffled free list cost on the rings of today?",
    points=points,
    takes=("flat_array", "noop", "today_split", "today_split[noshadow]", "today_packed"),
    figures=(
        Figure(
            "bars",
            axis="stride",
            value="ns",
            along=("completion", "generations"),
            per="mean stride, in descriptors",
        ),
    ),
    expectations=(
        Expectation(
            "In 256 slots, which the first cache nearly holds, it costs a split add up to a fifth",
            of=Pick("today_split", "*/add{completion=random,generations=64,slots=256,*}"),
            to=Pick("=", BESIDE_NEW),
            at_least=0.95,
            at_most=1.2,
        ),
        Expectation(
            "In 32,768 slots it makes a split add of 16 pages twice as dear and more",
            of=Pick(
                "today_split",
                "blk/today-64k-read/add{completion=random,generations=64,slots=32768,*}",
            ),
            to=Pick("=", BESIDE_NEW),
            at_least=2.0,
        ),
        Expectation(
            "There a packed add suffers less than half as much more: ids alone are scattered",
            of=Pick(
                "today_packed",
                "blk/today-64k-read/add{completion=random,generations=64,slots=32768,*}",
            ),
            to=Pick("=", BESIDE_NEW),
            at_most=1.5,
        ),
    ),
    note="Lists are hot. The private copy and the ring are both walked in the order of the list.",
)
