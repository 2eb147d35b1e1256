"""ageing: the cost of a free list that completions have shuffled.

Before the turns the ring has been filled with requests of several sizes, completed and emptied for
some generations (``bench/ring/free_list.py``): in order, in reverse, or in an order drawn with
``STREAM_SEED``. Then every layout fills it with requests of one size, in phase ``add``. ``stride``
is the mean distance between neighbours in the free list, in descriptors of 16 bytes: 1 in a new
ring, a third of the slots in a fully shuffled one. Completion in reverse order leaves a ring
unchanged, since the free list is a stack.
"""

from collections.abc import Iterable
from itertools import product

from bench.driver.traffic import Traffic
from bench.experiments import XEON, Axes, Expectation, Experiment, Figure, Pick, Point, shapes_of
from bench.ring.free_list import free_list, stride
from workloads import Shape

SIZES = (256, 4096, 32768)
SHAPES = ("4k-read", "64k-read")
NEW = Traffic("in-order", 0)
AGED = (  # completion, generations
    NEW,
    *(Traffic("in-order", generations) for generations in (1, 16)),
    Traffic("reversed", 16),
    *(Traffic("random", generations) for generations in (1, 4, 16, 64)),
)
THE_SAME_IN_A_NEW_RING = "={completion=in-order,generations=0,stride=1}"


def axes_of(slots: int, traffic: Traffic) -> Axes:
    """The state of a ring, as axes."""
    apart = stride(free_list(slots, traffic.completion, traffic.generations))
    return (
        ("completion", traffic.completion),
        ("generations", str(traffic.generations)),
        ("slots", str(slots)),
        ("stride", f"{apart:.1f}".removesuffix(".0")),
    )


def points_of(
    shapes: Iterable[Shape], sizes: Iterable[int], ages: Iterable[Traffic]
) -> tuple[Point, ...]:
    """Every shape of a block request in rings of every size and age."""
    return tuple(
        Point("blk", shape, "add", axes_of(slots, aged), slots, traffic=aged)
        for slots, aged, shape in product(sizes, ages, shapes)
    )


def points() -> tuple[Point, ...]:
    """A short and a long READ in rings of every size and age."""
    return points_of([shapes_of("blk")[name] for name in SHAPES], SIZES, AGED)


BY_STRIDE = Figure(
    "curve",
    axis="stride",
    value="ns",
    along=("completion", "generations"),
    per="mean stride, in descriptors",
)


EXPERIMENT = Experiment(
    name="ageing",
    question="What does a shuffled free list cost?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(BY_STRIDE,),
    expectations=(
        Expectation(
            "Completion in reverse order leaves a ring unchanged",
            of=Pick("*", "*/add{completion=reversed,*}"),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "In 256 slots, which fit into L1, a shuffled free list costs at most 15 % more",
            of=Pick("*", "*/add{completion=random,generations=64,slots=256,*}"),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_least=0.9,
            at_most=1.15,
            processors=XEON,
        ),
        Expectation(
            "In 32,768 slots, which do not fit, it costs at least 50 % more",
            of=Pick("*", "*/add{completion=random,generations=64,slots=32768,*}"),
            to=Pick("=", THE_SAME_IN_A_NEW_RING),
            at_least=1.5,
            processors=XEON,
        ),
    ),
    note="Lines connect rings of every completion and generation, by their stride.",
)
