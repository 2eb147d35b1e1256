"""today-indirect: where a table of descriptors begins to pay, and where it should come from.

The source takes a table for any request of two segments and more, and calls that a FIXME. Here
READs of 1 to 128 pages, three descriptors to 130, and packets go through the whole ring: one at a
time, in a ring that is empty, and in one that is kept full, 16 completions a kick. A full ring
holds as many requests as it has descriptors if each has a table; ``fits`` is how many it holds
without.

Tables come out of free lists by size, as by kmalloc, of one list of the queue's own, or are those
of the ring's slots; and go to all, to requests of more than eight segments, or to all while more
than a tenth of the ring is taken. ``strategies/linux/todays/tables.py`` says what of kmalloc is
modelled: less than it costs, so a threshold found here is the lowest that can be.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.experiments import SLOTS, Axes, Expectation, Experiment, Figure, Pick, Point
from bench.experiments.today_ring import RINGS, taking
from bench.ring.oracle import asked
from bench.todays_requests import FULL, SHAPES, block, formed
from workloads import STREAM_SEED, Direction, Shape, blk, fixed

PAGES = (1, 2, 4, 8, 16, 32, 64, 128)
THIN = (1, 16, 128)  # of these in a quick run
FORMS = ("cached", "preallocated", "threshold", "filled")
TABLES = tuple(f"{ring}_indirect" for ring in RINGS)


def fits(shape: Shape) -> str:
    """How many requests a ring holds without tables."""
    return str(SLOTS // max(len(asked(request)) for request in shape.stream(STREAM_SEED)))


def cells(workload: str, shape: Shape, sweep: str = "") -> tuple[Point, ...]:
    """A request in an empty ring and in a full one."""
    axes: Axes = (("fits", fits(shape)),)
    return (
        Point(workload, shape, "cycle", (*axes, ("ring", "empty")), sweep=sweep),
        Point(workload, shape, "cycle", (*axes, ("ring", "full")), sweep=sweep, traffic=FULL),
    )


def points() -> tuple[Point, ...]:
    """READs of every length, and the longest packet."""
    reads = (
        Shape(f"read-{pages}", fixed(block(Direction.IN, blk.pages(pages))), pages, pages in THIN)
        for pages in PAGES
    )
    return (
        *(point for shape in reads for point in cells("blk", shape, "data segments")),
        *cells("net", SHAPES["net"]["today-tx-gso"]),
    )


EXPERIMENT = Experiment(
    name="today-indirect",
    family="today",
    question="Where does a table of descriptors begin to pay, and where should it come from?",
    points=points,
    takes=taking(*RINGS, *formed(TABLES, FORMS)),
    figures=(
        Figure(
            "curve",
            axis="swept",
            value="ns",
            pick=Pick("*", "blk/*"),
            along=("fits",),
            per="data segments",
        ),
    ),
    expectations=(
        Expectation(
            "On the split ring, whose descriptors are walked when they are freed, a table of 130 "
            "costs no more than the ring's own",
            of=Pick("today_split_indirect", "blk/read-128/cycle{*,ring=empty}"),
            to=Pick("today_split", "="),
            at_most=1.0,
        ),
        Expectation(
            "On the packed ring, which frees at once, a table of 130 is worth at most a tenth",
            of=Pick("today_packed_indirect", "blk/read-128/cycle{*,ring=empty}"),
            to=Pick("today_packed", "="),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "On the split ring a table of three costs a tenth and more",
            of=Pick("today_split_indirect", "blk/read-1/cycle{*,ring=empty}"),
            to=Pick("today_split", "="),
            at_least=1.1,
        ),
        Expectation(
            "In a full ring 256 tables leave the first cache, and 18 descriptors cost more in one",
            of=Pick("today_split_indirect", "blk/read-16/cycle{*,ring=full}"),
            to=Pick("today_split", "="),
            at_least=1.05,
        ),
        Expectation(
            "A list of the queue's own saves a short request up to a tenth of kmalloc's model",
            of=Pick("today_split_indirect[cached]", "blk/read-1/cycle{*,ring=empty}"),
            to=Pick("today_split_indirect", "="),
            at_least=0.9,
            at_most=1.0,
        ),
        Expectation(
            "A table a slot saves up to a twentieth more, in an empty ring",
            of=Pick("today_split_indirect[preallocated]", "blk/read-1/cycle{*,ring=empty}"),
            to=Pick("today_split_indirect[cached]", "="),
            at_least=0.93,
            at_most=1.0,
        ),
        Expectation(
            "To ask for more than eight segments costs a short request nothing",
            of=Pick("today_split_indirect[threshold]", "blk/read-1/cycle{*,ring=empty}"),
            to=Pick("today_split", "="),
            at_least=0.97,
            at_most=1.05,
        ),
        Expectation(
            "To ask whether a tenth of the ring is taken leaves it to the ring while it is empty",
            of=Pick("today_split_indirect[filled]", "blk/read-16/cycle{*,ring=empty}"),
            to=Pick("today_split", "="),
            at_least=0.97,
            at_most=1.05,
        ),
    ),
    note="fits: the requests that 256 descriptors hold without tables; with tables it is 256. "
    "kmalloc is a pop and a push here: a kernel's costs more.",
)
