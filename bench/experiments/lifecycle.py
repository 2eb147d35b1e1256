"""lifecycle: where a request's time goes, from map to get_buf.

Nested prefixes of a cycle are timed: ``upto=add`` adds, ``kick`` adds and kicks, ``device`` also
runs the device in the kick, ``get_buf`` takes the request back. The cost of a stage is that of its
prefix minus that of the previous one. The first three give back all descriptors with a few stores,
since only get_buf changes a ``next``. ``map`` is timed alone; the sum of all five is compared with
``whole``, the cycle including map: the excess of the sum is work that overlaps.

``batch`` is the number of requests per kick; ``full``: as many as fit into 256 slots. ``barriers``
are those of kick; the device's is always the same: ``2.6.24`` has sfence and mfence; ``today`` a
compiler barrier and a locked addition; ``none`` two compiler barriers.
"""

from itertools import product

from bench.driver.traffic import UNTIL_FULL, Traffic
from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of

SHAPES = ("4k-read", "64k-read")
BATCHES = {"1": 1, "4": 4, "16": 16, "full": UNTIL_FULL}
QUICK_BATCHES = ("1", "full")
BARRIERS = {"2.6.24": "kick", "today": "kick_smp", "none": "kick_bare"}
CYCLE = ("add", "kick", "device", "get_buf")
PREFIXES = {
    "map": ("map",),
    **{last: CYCLE[: number + 1] for number, last in enumerate(CYCLE)},
    "whole": ("map", *CYCLE),
}
STAGES = (
    ("map", ""),
    ("add", ""),
    *zip(CYCLE[1:], CYCLE[:-1], strict=True),
)  # a prefix, minus another


def points() -> tuple[Point, ...]:
    """Every prefix at each number of requests per kick, with each kind of barriers."""
    shapes = shapes_of("blk")
    return tuple(
        Point(
            "blk",
            shapes[name],
            "cycle",
            (("barriers", barriers), ("batch", batch), ("upto", last)),
            thin=batch in QUICK_BATCHES,
            traffic=Traffic(turn="staged", limit=limit, stages=PREFIXES[last], kick=kick),
        )
        for name, (barriers, kick), (batch, limit), last in product(
            SHAPES, BARRIERS.items(), BATCHES.items(), PREFIXES
        )
    )


def stacked(cells: str) -> Figure:
    """A figure of stages."""
    return Figure("stack", "upto", "ns", Pick("*", cells), stages=STAGES, whole="whole")


EXPERIMENT = Experiment(
    name="lifecycle",
    question="Where does a request's time go?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(
        stacked("blk/4k-read/cycle{barriers=2.6.24,*}"),
        stacked("blk/64k-read/cycle{barriers=2.6.24,*}"),
        stacked("blk/4k-read/cycle{barriers=*,batch=1,*}"),
    ),
    expectations=(
        Expectation(
            "One at a time, a kick with the barriers of 2.6.24 costs more than a short add",
            of=Pick("*", "blk/4k-read/cycle{barriers=2.6.24,batch=1,upto=kick}"),
            to=Pick("=", "={upto=add}"),
            at_least=2.0,
            processors=XEON,
        ),
        Expectation(
            "One at a time, these barriers make a short request at least 20 % slower than none",
            of=Pick("*", "blk/4k-read/cycle{barriers=2.6.24,batch=1,upto=whole}"),
            to=Pick("=", "={barriers=none}"),
            at_least=1.2,
            processors=XEON,
        ),
        Expectation(
            "If the ring is filled before a kick, its barriers cost at most 10 %",
            of=Pick("*", "*/cycle{barriers=2.6.24,batch=full,upto=whole}"),
            to=Pick("=", "={barriers=none}"),
            at_least=0.9,
            at_most=1.1,
            processors=XEON,
        ),
        Expectation(
            "The sum of the stages is the whole cycle, or up to a third more, which overlaps",
            of=Pick("*", "*/cycle{*,upto=get_buf}"),
            plus=Pick("=", "={upto=map}"),
            to=Pick("=", "={upto=whole}"),
            at_least=0.9,
            at_most=1.35,
            processors=XEON,
        ),
    ),
    note="A stage is the difference of two times; map is timed alone. The line is the whole cycle: "
    "the part of the bar beyond it is work that overlaps.",
)
