"""pieces: the cost of lists in many small tables.

Tables have 4 to 128 slots; those of SCSI's allocator had 8 to 128 (drivers/scsi/scsi_lib.c of
2.6.24). A chain loses one slot of each table to the link; a ring has a header of 24 bytes before
each array; an array cannot use pieces and must copy them: ``flat_array[copy]``, whose ``map``
builds the pieces and copies them, but sets header and status in its own table. The baseline is the
array that is filled directly.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of
from strategies import PHASES

SIZES = (4, 8, 16, 32, 64, 128)
QUICK_SIZES = (4, 16, 128)
SHAPES = ("64k-read", "cap-read", "max-read")
WHOLE = "={piece=128}"


def points() -> tuple[Point, ...]:
    """Requests of 16, 32 and 128 pages in pieces of each size, in every phase."""
    shapes = shapes_of("blk")
    return tuple(
        Point("blk", shapes[name], phase, (("piece", str(size)),), thin=size in QUICK_SIZES)
        for name in SHAPES
        for phase in PHASES
        for size in SIZES
    )


EXPERIMENT = Experiment(
    name="pieces",
    question="What do many small tables cost?",
    points=points,
    takes=("flat_array", "noop"),
    figures=tuple(
        Figure("curve", axis="piece", pick=Pick("*", f"*/{phase}{{*}}"), per="slots of a table")
        for phase in PHASES
    ),
    expectations=(
        Expectation(
            "For a request of 32 pages, a chain costs more in tables of 4 slots than in one table",
            of=Pick("chained_scatterlist*", "blk/cap-read/add{piece=4}", code="branches"),
            to=Pick("=", WHOLE),
            at_least=1.02,
            processors=XEON,
        ),
        Expectation(
            "For a request of 32 pages, a ring costs more in arrays of 4 entries than in one array",
            of=Pick("sg_ring", "blk/cap-read/add{piece=4}"),
            to=Pick("=", WHOLE),
            at_least=1.02,
            processors=XEON,
        ),
        Expectation(
            "Mapping into a ring of arrays of 16 costs no more than into a chain of tables of 16",
            of=Pick("sg_ring", "*/map{piece=16}"),
            to=Pick("chained_scatterlist", "="),
            at_most=1.0,
            processors=XEON,
        ),
        Expectation(
            "Mapping into an array by copying pieces of 16 costs more than into a ring of them",
            of=Pick("flat_array[copy]", "*/map{piece=16}"),
            to=Pick("sg_ring", "="),
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "In the whole cycle, copying pieces of 16 costs more than walking a ring of them",
            of=Pick("flat_array[copy]", "*/cycle{piece=16}"),
            to=Pick("sg_ring", "="),
            at_least=1.0,
            processors=XEON,
        ),
    ),
    note="The baseline is the array that is filled directly. Only data are copied.",
)
