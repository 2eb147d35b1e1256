"""ring-size: the cost of the size of the ring, and of the division by it.

READs of 1, 16, 31.9 and 128 pages in rings of 64 to 32,768 slots, if they fit. In phase ``add`` the
whole ring is filled and then given back, so the memory touched grows with its size: 16 bytes per
descriptor, and per request 2 in the avail ring and 8 for its token. In phase ``cycle`` one request
is in flight and uses the same descriptors every time, whatever the size.

``127`` is the ring of lguest on the day of the RFC: not a power of two, with its used ring in the
same page (42b36cc0ce7). Its indices are reset before every turn, because such a ring breaks when
they wrap; a mask does not work there.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of
from strategies.linux.structs import power_of_two

SIZES = (64, 127, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
QUICK_SIZES = (64, 127, 256, 2048, 32768)
SHAPES = {"4k-read": 3, "64k-read": 18, "cap-read": 34, "max-read": 130}  # descriptors
DEFAULT = "={slots=256}"


def points() -> tuple[Point, ...]:
    """Every shape in every ring that it fits into."""
    shapes = shapes_of("blk")
    return tuple(
        Point(
            "blk",
            shapes[name],
            phase,
            (("slots", str(size)),),
            size,
            thin=size in QUICK_SIZES,
            without=() if power_of_two(size) else ("*[mask]",),
        )
        for name, descriptors in SHAPES.items()
        for phase in ("add", "cycle")
        for size in SIZES
        if descriptors <= size
    )


EXPERIMENT = Experiment(
    name="ring-size",
    question="What does the size of the ring cost, and the division by it?",
    points=points,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(
        Figure("curve", axis="slots", value="ns", pick=Pick("*", "*/add{*}"), per="slots"),
        Figure("curve", axis="slots", value="ns", pick=Pick("*", "*/cycle{*}"), per="slots"),
    ),
    expectations=(
        Expectation(
            "A request costs the same in 64 slots as in 256",
            of=Pick("flat_array", "*/add{slots=64}"),
            to=Pick("=", DEFAULT),
            at_least=0.9,
            at_most=1.1,
            processors=XEON,
        ),
        Expectation(
            "A short request costs more if 32,768 slots are filled in turn",
            of=Pick("flat_array", "blk/4k-read/add{slots=32768}"),
            to=Pick("=", DEFAULT),
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "One request at a time costs the same in 32,768 slots as in 256",
            of=Pick("flat_array", "*/cycle{slots=32768}"),
            to=Pick("=", DEFAULT),
            at_least=0.95,
            at_most=1.05,
            processors=XEON,
        ),
        Expectation(
            "A mask instead of the division saves at most 10 %",
            of=Pick("flat_array[mask]", "*/add{*}"),
            to=Pick("flat_array", "="),
            at_least=0.9,
            at_most=1.02,
            processors=XEON,
        ),
    ),
    note="L1 holds the descriptors of about 2,000 slots.",
)
