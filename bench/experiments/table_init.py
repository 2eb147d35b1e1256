"""table-init: how much of a block request's saving is the ring, how much is not zeroing a table.

Before the RFC, virtio_blk zeroed its table of 131 entries, 4192 bytes, for every request, and from
7 November 2007 on virtio_net one of 19, 608 bytes. The RFC does not, mainly because its base had
chaining reverted (docs/model.md, "Which before"). So the zeroing is a form of the one table,
compared with the table that is not zeroed and the two other layouts.
``strategies/linux/prepared_table.py`` describes the forms and the states of 2007: three before the
RFC, and after it ``sg_ring[rfc]``, whose base still zeroed each new entry of block data.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of

CELLS = {"blk": ("131", ("4k-read", "64k-read", "max-read")), "net": ("19", ("rx", "tx-gso"))}
BEFORE, AFTER = "flat_array[rfc-base]", "sg_ring[rfc]"
SHORT = "blk/4k-read/map{table=131}"


def points() -> tuple[Point, ...]:
    """Short and long requests of both drivers, in ``map`` and in the whole cycle."""
    return tuple(
        Point(workload, shapes_of(workload)[name], phase, (("table", entries),))
        for workload, (entries, names) in CELLS.items()
        for name in names
        for phase in ("map", "cycle")
    )


EXPERIMENT = Experiment(
    name="table-init",
    question="How much of a block request's saving is the ring, how much is not zeroing a table?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(
        Figure("series", value="ns", pick=Pick("*", "*/map{*}")),
        Figure("series", value="ns", pick=Pick("*", "*/cycle{*}")),
    ),
    expectations=(
        Expectation(
            "Without zeroing, mapping a short block request takes less than half the time",
            of=Pick("flat_array", SHORT),
            to=Pick(BEFORE, "="),
            at_most=0.5,
            processors=XEON,
        ),
        Expectation(
            "Compared with a table that is not zeroed, the ring saves less than 5 %, or costs more",
            of=Pick("sg_ring", "blk/*/map{table=131}"),
            to=Pick("flat_array", "="),
            at_least=0.95,
            processors=XEON,
        ),
        Expectation(
            "With a loop of movq, mapping takes at least 50 % longer than with rep stosq",
            of=Pick("flat_array[memset-movq]", SHORT),
            to=Pick("flat_array[memset-stosq]", "="),
            at_least=1.5,
            processors=XEON,
        ),
        Expectation(
            "A short request costs less if only the used entries are prepared",
            of=Pick("flat_array[used-movq]", SHORT),
            to=Pick("flat_array[init-movq]", "="),
            at_most=0.7,
            processors=XEON,
        ),
        Expectation(
            "In the whole cycle, the RFC saves more than 10 % of a short block request",
            of=Pick(AFTER, "blk/4k-read/cycle{table=131}"),
            to=Pick(BEFORE, "="),
            at_most=0.9,
            processors=XEON,
        ),
    ),
    note=(
        "Zeroing uses the kernel's own instructions; on aarch64 both ways are the same. v2.6.24 "
        "initialises a table per rx packet here, but did so per refill: this is the most it can "
        "cost."
    ),
)
