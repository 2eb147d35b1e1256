"""core: the cost of each layout for the requests that the drivers make.

Every named shape of every workload, in all phases. Its figures and tables are the main page.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, of_workloads

EXPERIMENT = Experiment(
    name="core",
    question="What does each layout cost for each driver's requests?",
    points=lambda: of_workloads(swept=False),
    figures=(Figure("cells"),),
    expectations=(
        Expectation(
            "A ring of arrays costs more than an array for requests of three descriptors",
            of=Pick("sg_ring*", "blk/4k-*/add"),
            to=Pick("flat_array", "="),
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "A chain walked by branches costs the same as an array within 10 %",
            of=Pick("chained_scatterlist*", "*/add", code="branches"),
            to=Pick("flat_array", "="),
            at_least=0.9,
            at_most=1.1,
            processors=XEON,
        ),
        Expectation(
            "A chain walked by conditional moves costs at least 20 % more for 130 descriptors",
            of=Pick("chained_scatterlist*", "blk/max-*/add", code="moves"),
            to=Pick("flat_array", "="),
            at_least=1.2,
            processors=XEON,
        ),
    ),
)
