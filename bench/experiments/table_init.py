"""table-init: what of a block request's saving is the ring, and what is not zeroing a table.

Before the RFC, virtio_blk zeroed its table of 131 entries, 4192 bytes, for every request, and from
7 November 2007 on virtio_net one of 19, 608 bytes. The RFC does not, mainly because the tree that
it was made on had chaining reverted (docs/model.md, "Which before"). So the zeroing is a form of
the one table, beside the table that is not zeroed and the two other layouts:
``strategies/linux/prepared_table.py`` has the forms, and the states of 2007 by name: three before
the RFC, and after it ``sg_ring[rfc]``, whose base still zeroed each entry of block data as it began
it.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from workloads import load as load_workloads

CELLS = {"blk": ("131", ("4k-read", "64k-read", "max-read")), "net": ("19", ("rx", "tx-gso"))}
BEFORE, AFTER = "flat_array[rfc-base]", "sg_ring[rfc]"
SHORT = "blk/4k-read/map{table=131}"


def points() -> tuple[Point, ...]:
    """Return short and long requests of both drivers, as lists are made and in the whole cycle."""
    workloads = load_workloads()
    return tuple(
        Point(name, shape, phase, (("table", entries),))
        for name, (entries, shapes) in CELLS.items()
        for shape in workloads[name].shapes
        if shape.name in shapes
        for phase in ("map", "cycle")
    )


EXPERIMENT = Experiment(
    name="table-init",
    question="What of a block request's saving is the ring, and what is not zeroing a table?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(
        Figure("series", value="ns", pick=Pick("*", "*/map{*}")),
        Figure("series", value="ns", pick=Pick("*", "*/cycle{*}")),
    ),
    expectations=(
        Expectation(
            "A short block request's list takes less than half the time without the zeroing",
            of=Pick("flat_array", SHORT),
            to=Pick(BEFORE, "="),
            at_most=0.5,
        ),
        Expectation(
            "The ring itself saves less than 5 % of a table that is not zeroed, or costs more",
            of=Pick("sg_ring", "blk/*/map{table=131}"),
            to=Pick("flat_array", "="),
            at_least=0.95,
        ),
        Expectation(
            "A loop of movq takes at least half as long again as rep stosq, for the whole list",
            of=Pick("flat_array[memset-movq]", SHORT),
            to=Pick("flat_array[memset-stosq]", "="),
            at_least=1.5,
        ),
        Expectation(
            "Preparing what is used costs a short request less than preparing the whole table",
            of=Pick("flat_array[used-movq]", SHORT),
            to=Pick("flat_array[init-movq]", "="),
            at_most=0.7,
        ),
        Expectation(
            "In the whole cycle the RFC's saving on a short block request is more than a tenth",
            of=Pick(AFTER, "blk/4k-read/cycle{table=131}"),
            to=Pick(BEFORE, "="),
            at_most=0.9,
        ),
    ),
    note=(
        "Zeroing is by the kernel's own instructions; on aarch64 both ways are one. v2.6.24 inits "
        "a table for each rx packet here, and did for each refill: the most that it can cost."
    ),
)
