"""backpressure: the cost of a full ring: of an add that fails, and of a queue that is kept full.

* ``{fitted=N}``, phase ``add``: N descriptors are free, and a READ of 128 segments, which needs
  130, is refused every time. A layout that counts first knows at once; one that fills descriptors
  until the ring is full has filled N in vain.
* ``{taken=N,tried=X}``, phase ``cycle``: the driver maps and adds until an add fails, kicks, takes
  N completions (``all`` that the ring holds) and continues. A request whose add failed is mapped
  again. ``tried`` is the number of adds per request: at 1.25, a fifth of them failed.
"""

from bench.driver.traffic import Traffic
from bench.experiments import SLOTS, XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of

FITTED = (0, 1, 2, 4, 8, 16, 32, 64, 96, 128, 129)
REFUSED = "max-read"
TAKEN = {"1": 1, "4": 4, "16": 16, "all": SLOTS}
LOADED = {"4k-read": 3, "64k-read": 18, "max-read": 130}  # descriptors
ADDED, LOADED_CELLS = "blk/max-read/add", Pick("*", "*/cycle{*}")


def tried(descriptors: int, taken: int) -> float:
    """Adds per request if ``taken`` completions are taken at once."""
    return 1 + 1 / min(taken, SLOTS // descriptors)


def points() -> tuple[Point, ...]:
    """A refused add at each number of free descriptors, and full queues."""
    shapes = shapes_of("blk")
    refused = (
        Point(
            "blk",
            shapes[REFUSED],
            "add",
            (("fitted", str(free)),),
            traffic=Traffic(turn="refused", limit=free),
        )
        for free in FITTED
    )
    loaded = (
        Point(
            "blk",
            shapes[name],
            "cycle",
            (("taken", word), ("tried", f"{tried(descriptors, taken):.3g}")),
            traffic=Traffic(turn="loaded", limit=taken),
        )
        for name, descriptors in LOADED.items()
        for word, taken in TAKEN.items()
        if taken < SLOTS // descriptors or taken == SLOTS
    )
    return (*refused, *loaded)


EXPERIMENT = Experiment(
    name="backpressure",
    question="What does a failed add cost, and a queue that is kept full?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "sg_ring[outofline]", "noop"),
    figures=(
        Figure("curve", "fitted", "ns", Pick("*", "*/add{*}"), per="descriptors that fitted"),
        *(
            Figure("bars", "taken", value, LOADED_CELLS, "completions taken", along=("tried",))
            for value in ("rate", "ratio")
        ),
    ),
    expectations=(
        *(
            Expectation(
                f"A failed add costs {layout} the same, however many descriptors fitted",
                of=Pick(series, f"{ADDED}{{fitted=129}}"),
                to=Pick("=", "={fitted=0}"),
                at_least=0.8,
                at_most=1.25,
            )
            for series, layout in (("flat_array", "an array"), ("chained_scatterlist", "a chain"))
        ),
        Expectation(
            "A failed add costs a ring of arrays ten times as much if 129 fitted as if none did",
            of=Pick("sg_ring*", f"{ADDED}{{fitted=129}}"),
            to=Pick("=", "={fitted=0}"),
            at_least=10,
        ),
        Expectation(
            "A ring full of the largest requests costs a ring of arrays at least 10 % more",
            of=Pick("sg_ring*", "blk/max-read/cycle{taken=*}"),
            to=Pick("flat_array", "="),
            at_least=1.1,
            processors=XEON,
        ),
        Expectation(
            "If a request needs three descriptors and one fits, it costs it at most 50 % more",
            of=Pick("sg_ring*", "blk/4k-read/cycle{taken=*}"),
            to=Pick("flat_array", "="),
            at_most=1.5,
            processors=XEON,
        ),
    ),
    note="A failed add leaves the queue unchanged. Of the adds that a request takes (tried), all "
    "but one failed.",
)
