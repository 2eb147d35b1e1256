"""backpressure: what a full ring costs: an add that fails, and a queue that is kept full.

* ``{fitted=N}``, phase ``add``: N descriptors are free, and a READ of 128 segments, which takes
  130, is refused again and again. A layout that counts first finds out at once; one that finds
  the ring full on its way has described N segments for nothing.
* ``{taken=N,tried=X}``, phase ``cycle``: a driver maps and adds until an add fails, kicks, takes N
  completions (``all`` that the ring holds) and goes on. A request whose add failed is mapped again.
  ``tried`` is how many adds a request takes: of 1.25, a fifth failed.
"""

from bench.driver.traffic import Traffic
from bench.experiments import SLOTS, Expectation, Experiment, Figure, Pick, Point
from workloads import load as load_workloads

FITTED = (0, 1, 2, 4, 8, 16, 32, 64, 96, 128, 129)
REFUSED = "max-read"
TAKEN = {"1": 1, "4": 4, "16": 16, "all": SLOTS}
LOADED = {"4k-read": 3, "64k-read": 18, "max-read": 130}  # descriptors
ADDED = "blk/max-read/add"


def tried(descriptors: int, taken: int) -> float:
    """Return how many adds a request takes where so many completions are taken at once."""
    return 1 + 1 / min(taken, SLOTS // descriptors)


def points() -> tuple[Point, ...]:
    """Return a refused add at each number of free descriptors, and queues under load."""
    shapes = {shape.name: shape for shape in load_workloads()["blk"].shapes}
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
    question="What does an add cost that fails, and a queue that is kept full?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "sg_ring[outofline]", "noop"),
    figures=(
        Figure("curve", "fitted", "ns", Pick("*", "*/add{*}"), per="descriptors that fitted"),
        Figure(
            "bars",
            "taken",
            "rate",
            Pick("*", "*/cycle{*}"),
            along=("tried",),
            per="completions taken",
        ),
        Figure(
            "bars",
            "taken",
            "ratio",
            Pick("*", "*/cycle{*}"),
            along=("tried",),
            per="completions taken",
        ),
    ),
    expectations=(
        Expectation(
            "A failed add costs an array the same, however many descriptors fitted",
            of=Pick("flat_array", f"{ADDED}{{fitted=129}}"),
            to=Pick("=", "={fitted=0}"),
            at_least=0.8,
            at_most=1.25,
        ),
        Expectation(
            "A failed add costs a chain the same, however many descriptors fitted",
            of=Pick("chained_scatterlist", f"{ADDED}{{fitted=129}}"),
            to=Pick("=", "={fitted=0}"),
            at_least=0.8,
            at_most=1.25,
        ),
        Expectation(
            "A failed add costs a ring of arrays what fitted: with 129 ten times what with none",
            of=Pick("sg_ring*", f"{ADDED}{{fitted=129}}"),
            to=Pick("=", "={fitted=0}"),
            at_least=10,
        ),
        Expectation(
            "A ring full of the largest requests costs a ring of arrays a tenth more and up",
            of=Pick("sg_ring*", "blk/max-read/cycle{taken=*}"),
            to=Pick("flat_array", "="),
            at_least=1.1,
        ),
        Expectation(
            "Where a request needs three descriptors and one fits, it costs it half more at most",
            of=Pick("sg_ring*", "blk/4k-read/cycle{taken=*}"),
            to=Pick("flat_array", "="),
            at_most=1.5,
        ),
    ),
    note="An add that fails leaves the queue as it was. Of tried adds a request takes, all but one "
    "failed.",
)
