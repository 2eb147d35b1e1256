"""placement: what an unlucky page or an unlucky address of the code costs.

Every round of every run draws both anew: pages for queue, descriptors and lists, and an address
for each kernel that is 0, 16, 32 or 48 bytes into a cache line. Here the draws themselves are the
answer, so that these cells get more of them: a thousand and up in a run of this experiment alone.

A load whose address agrees in its low bits with that of a store under way waits for the store,
where a processor compares low bits only; so which pages queue, descriptors and list have decides.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from workloads import load as load_workloads

OFTEN = 3  # as many rounds as other cells have: 144 draws a process, 1,440 of ten
SHAPES = ("4k-read", "64k-read", "max-read")  # 3, 18 and 130 descriptors
DRAWN = (("placement", "drawn"),)


def points() -> tuple[Point, ...]:
    """Return a short, a middling and the longest request."""
    shapes = {shape.name: shape for shape in load_workloads()["blk"].shapes}
    return tuple(Point("blk", shapes[name], "add", DRAWN, often=OFTEN) for name in SHAPES)


EXPERIMENT = Experiment(
    name="placement",
    question="What does an unlucky page or code position cost?",
    points=points,
    figures=(Figure("draws", value="draws"), Figure("bars", axis="code", value="position")),
    expectations=(
        Expectation(
            "One draw in twenty and up makes a request of three descriptors 10 % slower",
            of=Pick("*", "blk/4k-read/*"),
            measure="slow-share",
            at_least=0.05,
        ),
        Expectation(
            "At most one draw in ten makes a request of 130 descriptors 10 % slower",
            of=Pick("*", "blk/max-read/*"),
            measure="slow-share",
            at_most=0.1,
        ),
        Expectation(
            "Where the code lies moves the walk of an array by less than 3 %",
            of=Pick("flat_array", "blk/max-read/*"),
            measure="position",
            at_least=0.97,
            at_most=1.03,
        ),
    ),
    note="A draw is a round on newly drawn pages; slow is one that takes 10 % longer than the "
    "median of its process. Other load makes slow rounds too: the sentinel touches no memory, so "
    "that its slow share is theirs.",
)
