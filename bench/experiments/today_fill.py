"""today-fill: what the list costs that a ring of today is filled from.

The same requests are added from lists that are walked twice, to count and to fill, as by
``virtqueue_add_sgs``; from the same lists with their count given, as by ``virtqueue_add_outbuf``;
from chains whose first table has two slots, as virtio-blk's since 2021, or 128; from one array of
scatterlist entries, and from one of entries of 16 bytes, address and length; from rings of arrays
of either, which know their lengths; and from the request's own segments, merged on the way. Lists
and rings are also filled from without counting, and undone where there is no room, as the patch of
2007 did. On the split ring and the packed one, in phase ``add`` alone: ``today-list`` has the rest.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from bench.experiments.today_ring import RINGS, taking
from bench.todays_requests import SHAPES, formed, reads

FORMS = (
    *("counted", "first-2", "first-128", "array", "array-16"),
    *("sg-ring", "sg-ring-16", "rollback", "sg-ring-rollback", "bio-vec"),
)
AXES = (("list", "any"),)
SHORT, MIDDLE, LONG = reads("add", AXES)


def points() -> tuple[Point, ...]:
    """Every block request and the longest packet, as they are added."""
    return tuple(
        Point(workload, shape, "add", AXES)
        for workload, shapes in SHAPES.items()
        for shape in shapes.values()
        if workload == "blk" or shape.name == "today-tx-gso"
    )


EXPERIMENT = Experiment(
    name="today-fill",
    family="today",
    question="What does the list cost that a ring of today is filled from?",
    points=points,
    takes=taking(*formed(RINGS, FORMS)),
    figures=(Figure("series", value="ns", pick=Pick("*", "*/add{*}")),),
    expectations=(
        Expectation(
            "Told how many there are, a long request is added in nine tenths of the time or less",
            of=Pick("today_split[counted]", LONG),
            to=Pick("today_split", "="),
            at_most=0.9,
        ),
        Expectation(
            "The second walk of a short request costs at least a twentieth, so it is no no-op",
            of=Pick("today_split[counted]", SHORT),
            to=Pick("today_split", "="),
            at_most=0.95,
        ),
        Expectation(
            "A first table of two slots costs 64 KiB within a twentieth of what no chain costs",
            of=Pick("today_split[first-2]", MIDDLE),
            to=Pick("today_split", "="),
            at_least=0.95,
            at_most=1.05,
        ),
        Expectation(
            "An array spares a long request half and more: no call, no mark, no second walk",
            of=Pick("today_split[array]", LONG),
            to=Pick("today_split", "="),
            at_most=0.6,
        ),
        Expectation(
            "Half the bytes an entry are worth up to a fifth of a long add, lists being in cache",
            of=Pick("today_split[array-16]", LONG),
            to=Pick("today_split[array]", "="),
            at_least=0.8,
            at_most=1.0,
        ),
        Expectation(
            "A ring of arrays is walked like an array: to count it costs a long request nothing",
            of=Pick("today_split[sg-ring]", LONG),
            to=Pick("today_split[array]", "="),
            at_least=0.95,
            at_most=1.15,
        ),
        Expectation(
            "So is one of 16-byte entries, chained by a header",
            of=Pick("today_split[sg-ring-16]", LONG),
            to=Pick("today_split[array-16]", "="),
            at_least=0.95,
            at_most=1.15,
        ),
        Expectation(
            "To undo in place of counting saves a long request most of the second walk",
            of=Pick("today_split[rollback]", LONG),
            to=Pick("today_split", "="),
            at_most=0.95,
        ),
        Expectation(
            "It costs a long request up to a tenth more than to be told how many there are",
            of=Pick("today_split[rollback]", LONG),
            to=Pick("today_split[counted]", "="),
            at_least=0.97,
            at_most=1.1,
        ),
        Expectation(
            "A ring of arrays, whose lengths are known, gains nothing by it",
            of=Pick("today_split[sg-ring-rollback]", LONG),
            to=Pick("today_split[sg-ring]", "="),
            at_least=0.98,
            at_most=1.15,
        ),
        Expectation(
            "The merge test costs a long add up to two thirds more than an array of its outcomes",
            of=Pick("today_split[bio-vec]", LONG),
            to=Pick("today_split[array-16]", "="),
            at_least=1.0,
            at_most=1.67,
        ),
    ),
    note="Lists are hot, each request's its own. All rings have 256 slots.",
)
