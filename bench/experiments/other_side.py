"""other-side: what each layout costs when the device runs on the other CPU.

Whole requests: mapped, added, kicked, completed, taken back. The device is a second thread on a
core of its own, which looks for requests all the time, so that lines of the ring travel between
the cores. Requests are numbered, and every turn sees them come back in sequence: none lost, none
twice. With one CPU the device answers within the kick, and list and ring are dropped from the
caches by hand before the next request; the time includes the dropping.
"""

from functools import partial

from bench.driver.traffic import Traffic
from bench.experiments import SLOTS, Expectation, Experiment, Figure, Pick, Point
from bench.machine.cpus import choose_cpus
from workloads import load as load_workloads

BATCHES = (1, 4, 16)  # requests before a kick, and as many as fit the ring
DESCRIPTORS = {"4k-read": 3, "64k-read": 18}  # shape: of a request


def points(*, other: bool) -> tuple[Point, ...]:
    """Return each shape in batches that fit the ring; without another CPU one by one."""
    shapes = {shape.name: shape for shape in load_workloads()["blk"].shapes}
    return tuple(
        Point(
            "blk",
            shapes[name],
            "cycle",
            (("batch", str(batch)), ("device", "other-cpu" if other else "flushed")),
            SLOTS,
            traffic=traffic(batch, other=other),
        )
        for name in DESCRIPTORS
        for batch in (batches(name) if other else BATCHES[:1])
    )


def traffic(batch: int, *, other: bool) -> Traffic:
    """Return how requests go through the ring, with another CPU for the device or without."""
    return Traffic(turn="far", limit=batch, stages=() if other else ("flush",))


def batches(name: str) -> tuple[int, ...]:
    """Return how many requests of a shape come before a kick, the last until the ring is full."""
    full = SLOTS // DESCRIPTORS[name]
    return (*(batch for batch in BATCHES if batch < full), full)


def expectations(*, other: bool) -> tuple[Expectation, ...]:
    """Return what one should observe; of batches only where there is more than one."""
    batched = Expectation(
        "Sixteen requests a kick cost less than two thirds of what one by one they cost",
        of=Pick("flat_array", "blk/4k-read/cycle{batch=16,*}"),
        to=Pick("=", "={batch=1}"),
        at_most=0.67,
    )
    alone = Expectation(
        "One by one the lines that travel outweigh the layouts: a ring of arrays costs at "
        "most a quarter more than an array",
        of=Pick("sg_ring", "blk/4k-read/cycle{batch=1,*}"),
        to=Pick("flat_array", "="),
        at_most=1.25,
    )
    return (batched, alone) if other else (alone,)


def experiment(*, other: bool) -> Experiment:
    """Return the experiment as it is on a machine with another CPU for the device, or without."""
    kind = "curve" if other else "bars"
    return Experiment(
        name="other-side",
        question="What does each layout cost when the device runs on the other CPU?",
        points=partial(points, other=other),
        alone=True,
        takes=("flat_array", "chained_scatterlist", "sg_ring"),
        figures=(
            Figure(kind, axis="batch", value="ns", per="requests a kick"),
            Figure(kind, axis="batch", per="requests a kick"),
        ),
        expectations=expectations(other=other),
        note=(
            "The device is on a core of its own. "
            if other
            else "There is one CPU: the device answers within the kick, and list and ring are "
            "dropped from the caches by clflush after each request, which the time includes. "
        )
        + "A million over the nanoseconds of a request are thousands of requests per second.",
    )


EXPERIMENT = experiment(other=len(choose_cpus()) > 1)
