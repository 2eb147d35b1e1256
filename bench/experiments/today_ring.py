"""today-ring: what the rings of today cost the driver, and what their private copy does.

Scatterlists are added as virtio's drivers add them today, on requests of today
(``bench/todays_requests.py``), in phases ``add`` and ``cycle``. The flat array on
the ring of 2.6.24 takes turns with them, on the same requests: what more a ring costs has bought
something since.

Open questions, with their threads and what was predicted: ``docs/today.md``.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from bench.todays_requests import FULL, SHAPES, TAKEN, reads

RINGS = ("today_split", "today_packed")
IN_ORDER = tuple(f"{ring}_in_order" for ring in RINGS)
SHORT, _, LONG = reads("add")


def taking(*series: str) -> tuple[str, ...]:
    """What takes turns with these: an array in the ring of 2.6.24, and what does nothing."""
    return ("flat_array", "noop", *series)


def points() -> tuple[Point, ...]:
    """Every request of today: added, in the whole cycle, and in a ring that is kept full.

    In the last a device completes by the batch, which rings in order learn from one entry.
    """
    each = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes.values()]
    return (
        *(Point(name, shape, phase) for name, shape in each for phase in ("add", "cycle")),
        *(
            Point(name, shape, "cycle", (("taken", str(TAKEN)),), traffic=FULL)
            for name, shape in each
            if shape.name in {"today-4k-read", "today-tx"}
        ),
    )


EXPERIMENT = Experiment(
    name="today-ring",
    family="today",
    question="What do the rings of today cost the driver?",
    points=points,
    takes=taking(*RINGS, *IN_ORDER, "today_split[noshadow]", "today_split_in_order[nonext]"),
    figures=(
        Figure("series", value="ns", pick=Pick("*", "*/add")),
        Figure("series", value="ns", pick=Pick("*", "*/cycle")),
        Figure("series", value="ns", pick=Pick("*", "*/cycle{*}")),
    ),
    expectations=(
        Expectation(
            "The split ring's private copy costs a long request up to 15 %, in the first cache",
            of=Pick("today_split", LONG),
            to=Pick("today_split[noshadow]", "="),
            at_least=1.0,
            at_most=1.15,
        ),
        Expectation(
            "It costs a short request no more than a twentieth",
            of=Pick("today_split", SHORT),
            to=Pick("today_split[noshadow]", "="),
            at_least=0.95,
            at_most=1.05,
        ),
        Expectation(
            "A packed ring is added to faster than a split one where a request is long",
            of=Pick("today_packed", LONG),
            to=Pick("today_split", "="),
            at_least=0.7,
            at_most=1.0,
        ),
        Expectation(
            "It saves the whole cycle of a long request a fifth and more, for it is freed at once",
            of=Pick("today_packed", "blk/today-512k-read/cycle"),
            to=Pick("today_split", "="),
            at_most=0.8,
        ),
        Expectation(
            "A packet of one descriptor is added within a tenth of what the split ring takes",
            of=Pick("today_packed", "net/today-tx/add"),
            to=Pick("today_split", "="),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "In order alone makes a long split add neither cheaper nor dearer by a twentieth",
            of=Pick("today_split_in_order", LONG),
            to=Pick("today_split", "="),
            at_least=0.95,
            at_most=1.05,
        ),
        Expectation(
            "Without the link that never changes, a long add in order costs up to a tenth less",
            of=Pick("today_split_in_order[nonext]", LONG),
            to=Pick("today_split_in_order", "="),
            at_least=0.9,
            at_most=1.0,
        ),
        Expectation(
            "A packed ring in order is added to within a tenth below one out of order",
            of=Pick("today_packed_in_order", LONG),
            to=Pick("today_packed", "="),
            at_least=0.9,
            at_most=1.0,
        ),
        Expectation(
            "In a full ring, told of by the batch, a packed ring in order saves a packet a tenth",
            of=Pick("today_packed_in_order", "net/today-tx/cycle{taken=16}"),
            to=Pick("today_packed", "="),
            at_most=0.9,
        ),
        Expectation(
            "Two walks, and a call an entry, cost a long request a half more than in 2.6.24 and up",
            of=Pick("today_split", LONG),
            to=Pick("flat_array", "="),
            at_least=1.5,
        ),
    ),
    note="All rings have 256 slots. Without the DMA API, with event idx, callbacks off.",
)
