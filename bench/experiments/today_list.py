"""today-list: whether a request needs a list at all, today.

What a list saves in ``add`` was paid for when it was made. Here requests go through the whole ring,
one at a time: the list is made, added, served and freed. In place of scatterlists stand the chain
that virtio-blk makes of them, rings of arrays with entries of 32 and of 16 bytes (the enclosing
struct of "Phyr Starter"), and no list: an iterator over the segments that merges while they are
described, as NVMe's driver does since 2025. Segments are counted in ``map`` then, which stands for
what the block layer counted before.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from bench.experiments.today_ring import RINGS, taking
from bench.todays_requests import SHAPES, formed, reads

FORMS = ("first-2", "sg-ring", "sg-ring-16", "bio-vec")
AXES = (("list", "made"),)
_, MIDDLE, LONG = reads("cycle", AXES)


def points() -> tuple[Point, ...]:
    """Every block request, from its segments to its completion."""
    return tuple(Point("blk", shape, "cycle", AXES) for shape in SHAPES["blk"].values())


EXPERIMENT = Experiment(
    name="today-list",
    family="today",
    question="Does a request need a list at all, today?",
    points=points,
    takes=taking(*formed(RINGS, FORMS)),
    figures=(Figure("series", value="ns", pick=Pick("*", "*/cycle{*}")),),
    expectations=(
        Expectation(
            "Without a list, 64 KiB take nine tenths of the time that scatterlists take, or less",
            of=Pick("today_split[bio-vec]", MIDDLE),
            to=Pick("today_split", "="),
            at_most=0.9,
        ),
        Expectation(
            "So do 512 KiB",
            of=Pick("today_split[bio-vec]", LONG),
            to=Pick("today_split", "="),
            at_most=0.9,
        ),
        Expectation(
            "A chain that is made and zeroed for each request costs 64 KiB up to a quarter more",
            of=Pick("today_split[first-2]", MIDDLE),
            to=Pick("today_split", "="),
            at_least=1.0,
            at_most=1.25,
        ),
        Expectation(
            "A ring of 16-byte arrays costs 512 KiB no more than a fifth above no list",
            of=Pick("today_split[sg-ring-16]", LONG),
            to=Pick("today_split[bio-vec]", "="),
            at_least=1.0,
            at_most=1.2,
        ),
        Expectation(
            "On a packed ring, which is freed at once, no list saves 512 KiB a larger share",
            of=Pick("today_packed[bio-vec]", LONG),
            to=Pick("today_packed", "="),
            at_most=0.88,
        ),
    ),
    note="Lists are hot, each request's its own. All rings have 256 slots.",
)
