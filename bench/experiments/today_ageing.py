"""today-ageing: what a shuffled free list costs on the rings of today.

As ``ageing`` asks of the ring of 2.6.24: before the turns the ring was filled with requests of
several sizes, completed in drawn order and emptied, for 64 generations. In the split ring that
shuffles which descriptors follow each other, four of them in a cache line, in the ring and in the
private copy. In the packed one slots stay in order, and only ids are shuffled: state and the
private ``next`` are what is scattered. In order nothing can age.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from dataclasses import replace

from bench.driver.traffic import Traffic
from bench.experiments import Expectation, Experiment, Pick, Point
from bench.experiments.ageing import BY_STRIDE, THE_SAME_IN_A_NEW_RING, points_of
from bench.experiments.today_ring import taking
from bench.todays_requests import SHAPES

SIZES = (256, 32768)
NAMES = ("today-4k-read", "today-64k-read")
AGED = (Traffic("in-order", 0), Traffic("random", 64))  # completion, generations
TAKES = taking("today_split", "today_split[noshadow]", "today_packed")
SHUFFLED = "blk/today-64k-read/add{completion=random,generations=64,slots=32768,*}"


def points() -> tuple[Point, ...]:
    """Two requests in a small and a large ring, new and aged."""
    return points_of([SHAPES["blk"][name] for name in NAMES], SIZES, AGED)


EXPERIMENT = Experiment(
    name="today-ageing",
    family="today",
    question="What does a shuffled free list cost on the rings of today?",
    points=points,
    takes=TAKES,
    figures=(replace(BY_STRIDE, kind="bars"),),
    expectations=(
        Expectation(
            "In 256 slots, which the first cache nearly holds, it costs a split add up to a fifth",
            of=Pick("today_split", "*/add{completion=random,generations=64,slots=256,*}"),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_least=0.95,
            at_most=1.2,
        ),
        Expectation(
            "In 32,768 slots it makes a split add of 16 pages twice as dear and more",
            of=Pick("today_split", SHUFFLED),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_least=2.0,
        ),
        Expectation(
            "There a packed add suffers less than half as much more: ids alone are scattered",
            of=Pick("today_packed", SHUFFLED),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_most=1.5,
        ),
    ),
    note="Lists are hot. The private copy and the ring are both walked in the order of the list.",
)
