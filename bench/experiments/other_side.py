"""other-side: the cost of each layout when the device runs on another CPU.

Whole requests: mapped, added, kicked, completed, taken back. The device is a second thread on its
own core that polls for requests, so lines of the ring travel between the cores. Requests are
numbered, and every turn checks that they come back in sequence, none lost or repeated. With only
one CPU, the device answers within the kick, and list and ring are flushed from the caches before
the next request; the time includes the flush.
"""

from functools import partial

from bench.driver.traffic import Traffic
from bench.experiments import SLOTS, XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of
from bench.machine.cpus import choose_cpus

BATCHES = (1, 4, 16)  # requests per kick; also, as many as fit into the ring
DESCRIPTORS = {"4k-read": 3, "64k-read": 18}  # per request, by shape


def points(*, other: bool) -> tuple[Point, ...]:
    """Each shape in batches that fit into the ring; without another CPU one by one."""
    shapes = shapes_of("blk")
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
    """How requests go through the ring, with or without another CPU for the device."""
    return Traffic(turn="far", limit=batch, stages=() if other else ("flush",))


def batches(name: str) -> tuple[int, ...]:
    """Requests of a shape per kick; the last number fills the ring."""
    full = SLOTS // DESCRIPTORS[name]
    return (*(batch for batch in BATCHES if batch < full), full)


def expectations(*, other: bool) -> tuple[Expectation, ...]:
    """What one should observe; about batches only if there is more than one."""
    batched = Expectation(
        "Sixteen requests per kick cost less than two thirds of the same one by one",
        of=Pick("flat_array", "blk/4k-read/cycle{batch=16,*}"),
        to=Pick("=", "={batch=1}"),
        at_most=0.67,
        processors=XEON,
    )
    alone = Expectation(
        "One by one, traffic between caches outweighs the layout: a ring of arrays costs at "
        "most a quarter more than an array",
        of=Pick("sg_ring", "blk/4k-read/cycle{batch=1,*}"),
        to=Pick("flat_array", "="),
        at_most=1.25,
        processors=XEON,
    )
    return (batched, alone) if other else (alone,)


def experiment(*, other: bool) -> Experiment:
    """The experiment on a machine with or without another CPU for the device."""
    kind = "curve" if other else "bars"
    return Experiment(
        name="other-side",
        question="What does each layout cost when the device runs on another CPU?",
        points=partial(points, other=other),
        alone=True,
        takes=("flat_array", "chained_scatterlist", "sg_ring"),
        figures=(
            Figure(kind, axis="batch", value="ns", per="requests per kick"),
            Figure(kind, axis="batch", per="requests per kick"),
        ),
        expectations=expectations(other=other),
        note=(
            "The device has its own core. "
            if other
            else "There is only one CPU: the device answers within the kick, and list and ring are "
            "flushed from the caches after each request, which the time includes. "
        )
        + "1,000,000 divided by ns per request is thousands of requests per second.",
    )


EXPERIMENT = experiment(other=len(choose_cpus()) > 1)
