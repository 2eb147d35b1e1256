"""today-cold: rings of today with the lines of their lists, or of the ring, out of the caches.

Drivers do not add one list again and again. READs of 64 KiB are added from one list, and 65,536
in shuffled order, 42 MiB of them; into a small ring and a large one, the free list in order and
shuffled as ``today-ageing`` shuffles it. In the small ring what is private is in the first cache;
in the large one, shuffled, each private copy is a miss, and so is each descriptor of a split ring.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point, fitting
from bench.experiments.today_ageing import AGED, SIZES, TAKES
from bench.todays_requests import block
from workloads import Direction, Shape, blk, fixed

ORDERS = dict(zip(("ordered", "shuffled"), AGED, strict=True))
LISTS = (1, 1 << 16)  # of each layout
SEGMENTS = 16
HOT = "={lists=1}"


def points() -> tuple[Point, ...]:
    """One request, lists and ring hot or cold, the free list in order or not."""
    shape = Shape("today-64k-fit", fixed(fitting(block(Direction.IN, blk.pages(SEGMENTS)))))
    return tuple(
        Point(
            "blk",
            shape,
            "add",
            (("free", order), ("lists", str(lists)), ("slots", str(slots))),
            slots,
            traffic=aged,
            lists=lists,
        )
        for slots in SIZES
        for order, aged in ORDERS.items()
        for lists in LISTS
    )


EXPERIMENT = Experiment(
    name="today-cold",
    family="today",
    question="What do the rings of today cost where lists or rings are not in a cache?",
    points=points,
    alone=True,
    takes=TAKES,
    figures=(
        Figure("bars", axis="lists", value="ns", per="lists of a layout"),
        Figure("bars", axis="lists", per="lists of a layout"),
    ),
    expectations=(
        Expectation(
            "Lists out of the caches cost the split ring a half more, and more than that",
            of=Pick("today_split", "*{free=ordered,lists=65536,slots=256}"),
            to=Pick("=", HOT),
            at_least=1.5,
        ),
        Expectation(
            "The private copy costs a smaller share there: at most a twentieth",
            of=Pick("today_split", "*{free=ordered,lists=65536,slots=256}"),
            to=Pick("today_split[noshadow]", "="),
            at_least=0.97,
            at_most=1.05,
        ),
        Expectation(
            "In a large, shuffled ring, whose links are misses all the same, it costs up to 40 %",
            of=Pick("today_split", "*{free=shuffled,lists=1,slots=32768}"),
            to=Pick("today_split[noshadow]", "="),
            at_least=1.0,
            at_most=1.4,
        ),
        Expectation(
            "With all of it cold, a packed ring is added to in less time than a split one",
            of=Pick("today_packed", "*{free=shuffled,lists=65536,slots=32768}"),
            to=Pick("today_split", "="),
            at_most=0.9,
        ),
    ),
    note="All forms and backends of a layout share its lists. next is private in all of them.",
)
