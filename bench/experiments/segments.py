"""segments: how the cost grows with the number of segments, as a straight line.

The sweeps of the workloads: 1 to 128 data segments of a blk READ, 0 to 18 frags of a net packet.
What a descriptor more costs is the line's slope, what a request costs beside them its intercept.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, of_workloads

SWEPT = "blk/seg-*/add"
BASE = Pick("flat_array", "=")

EXPERIMENT = Experiment(
    name="segments",
    question="How does the cost grow with the segments of a request?",
    points=lambda: of_workloads(swept=True),
    figures=(Figure("cells"),),
    expectations=(
        Expectation(
            "A descriptor costs a ring of arrays at least what it costs an array",
            of=Pick("sg_ring*", SWEPT),
            to=BASE,
            measure="slope",
            at_least=1.0,
        ),
        Expectation(
            "A descriptor costs a chain walked by branches within 10 % of what it costs an array",
            of=Pick("chained_scatterlist*", SWEPT, code="branches"),
            to=BASE,
            measure="slope",
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "A descriptor costs a chain walked by conditional moves a fifth more and up",
            of=Pick("chained_scatterlist*", SWEPT, code="moves"),
            to=BASE,
            measure="slope",
            at_least=1.2,
        ),
    ),
)
