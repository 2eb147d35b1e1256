"""placement: the cost of an unlucky page or an unlucky address of the code.

Every round of every run draws both: pages for queue, descriptors and lists, and an address for each
kernel, 0, 16, 32 or 48 bytes into a cache line. Here the draws themselves are the answer, so these
cells get more of them: at least a thousand in a run of this experiment alone.

On a processor that compares only low bits of addresses, a load waits for a pending store if these
agree; so the choice of pages for queue, descriptors and lists matters.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of

OFTEN = 3  # times the rounds of other cells: 144 draws per process, 1,440 in ten
SHAPES = ("4k-read", "64k-read", "max-read")  # 3, 18 and 130 descriptors
DRAWN = (("placement", "drawn"),)


def points() -> tuple[Point, ...]:
    """A short, a medium and the longest request."""
    shapes = shapes_of("blk")
    return tuple(Point("blk", shapes[name], "add", DRAWN, often=OFTEN) for name in SHAPES)


EXPERIMENT = Experiment(
    name="placement",
    question="What does an unlucky page or code position cost?",
    points=points,
    figures=(Figure("draws", value="draws"), Figure("bars", axis="code", value="position")),
    expectations=(
        Expectation(
            "At least one draw in twenty makes a request of three descriptors 10 % slower",
            of=Pick("*", "blk/4k-read/*"),
            measure="slow-share",
            at_least=0.05,
            processors=XEON,
        ),
        Expectation(
            "At most one draw in ten makes a request of 130 descriptors 10 % slower",
            of=Pick("*", "blk/max-read/*"),
            measure="slow-share",
            at_most=0.1,
            processors=XEON,
        ),
        Expectation(
            "The position of the code changes the walk of an array by less than 3 %",
            of=Pick("flat_array", "blk/max-read/*"),
            measure="position",
            at_least=0.97,
            at_most=1.03,
            processors=XEON,
        ),
    ),
    note="A draw is a round on newly drawn pages; it is slow if it takes 10 % longer than the "
    "median of its process. Other load makes rounds slow, too; the sentinel touches no memory, so "
    "its share of slow rounds is due to that alone.",
)
