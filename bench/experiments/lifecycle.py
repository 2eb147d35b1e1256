"""lifecycle: where a request's time goes, from map to get_buf.

Prefixes of a cycle, one in another, are timed: ``upto=add`` adds, ``kick`` adds and kicks,
``device`` has the device in the kick, ``get_buf`` gets the request back. What a stage costs is
what its prefix costs more than the one before. The first three give all descriptors back by a few
stores, since get_buf alone alters a ``next``. ``map`` is timed alone, and so the sum of all five
can be held to ``whole``, the cycle with map in it: what the sum is more, stages did at once.

``batch`` is requests a kick, ``full`` as many as fit in 256 slots. ``barriers`` are kick's own, the
device's stays: ``2.6.24`` sfence and mfence; ``today`` for the compiler alone, then a locked
addition; ``none`` both for the compiler alone.
"""

from itertools import product

from bench.driver.traffic import UNTIL_FULL, Traffic
from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from workloads import load as load_workloads

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
STAGES = (("map", ""), ("add", ""), *zip(CYCLE[1:], CYCLE[:-1], strict=True))  # a prefix, less that


def points() -> tuple[Point, ...]:
    """Return every prefix at each number of requests a kick and with each kind of barriers."""
    shapes = {shape.name: shape for shape in load_workloads()["blk"].shapes}
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
    """Return a figure of stages."""
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
        ),
        Expectation(
            "One at a time, a short request with these barriers costs a fifth more than with none",
            of=Pick("*", "blk/4k-read/cycle{barriers=2.6.24,batch=1,upto=whole}"),
            to=Pick("=", "={barriers=none}"),
            at_least=1.2,
        ),
        Expectation(
            "Where the ring is filled before a kick, its barriers cost no more than a tenth",
            of=Pick("*", "*/cycle{barriers=2.6.24,batch=full,upto=whole}"),
            to=Pick("=", "={barriers=none}"),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "The stages' sum is the whole cycle, or up to a third more: what overlaps",
            of=Pick("*", "*/cycle{*,upto=get_buf}"),
            plus=Pick("=", "={upto=map}"),
            to=Pick("=", "={upto=whole}"),
            at_least=0.9,
            at_most=1.35,
        ),
    ),
    note="A stage is the difference of two times; map is timed alone. The line is the whole cycle: "
    "what the bar is longer, stages did at the same time.",
)
