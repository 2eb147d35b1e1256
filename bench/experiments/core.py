"""core: what each layout costs on the requests that the drivers make.

Every named shape of every workload, in all phases. Its figures and tables are the page itself.
"""

from bench.experiments import Expectation, Experiment, Figure, Pick, of_workloads

EXPERIMENT = Experiment(
    name="core",
    question="What does each layout cost on each driver's requests?",
    points=lambda: of_workloads(swept=False),
    figures=(Figure("cells"),),
    expectations=(
        Expectation(
            "A ring of arrays costs more than an array where a request has three descriptors",
            of=Pick("sg_ring*", "blk/4k-*/add"),
            to=Pick("flat_array", "="),
            at_least=1.0,
        ),
        Expectation(
            "A chain walked by branches costs within 10 % of what an array costs",
            of=Pick("chained_scatterlist*", "*/add", code="branches"),
            to=Pick("flat_array", "="),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "A chain walked by conditional moves costs a fifth more and up, on 130 descriptors",
            of=Pick("chained_scatterlist*", "blk/max-*/add", code="moves"),
            to=Pick("flat_array", "="),
            at_least=1.2,
        ),
    ),
)
