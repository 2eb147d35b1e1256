"""segments: the cost as a linear function of the number of segments.

The sweeps of the workloads: 1 to 128 data segments of a blk READ, 0 to 18 frags of a net packet.
The slope of the line is the cost of a descriptor, the intercept the constant cost of a request.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, of_workloads

SWEPT = "blk/seg-*/add"
BASE = Pick("flat_array", "=")

EXPERIMENT = Experiment(
    name="segments",
    question="How does the cost grow with the segments of a request?",
    points=lambda: of_workloads(swept=True),
    figures=(Figure("cells"),),
    expectations=(
        Expectation(
            "A descriptor costs at least as much in a ring of arrays as in an array",
            of=Pick("sg_ring*", SWEPT),
            to=BASE,
            measure="slope",
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "A descriptor costs the same in a chain walked by branches as in an array, within 10 %",
            of=Pick("chained_scatterlist*", SWEPT, code="branches"),
            to=BASE,
            measure="slope",
            at_least=0.9,
            at_most=1.1,
            processors=XEON,
        ),
        Expectation(
            "A descriptor costs at least 20 % more in a chain walked by conditional moves",
            of=Pick("chained_scatterlist*", SWEPT, code="moves"),
            to=BASE,
            measure="slope",
            at_least=1.2,
            processors=XEON,
        ),
    ),
)
