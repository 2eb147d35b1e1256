"""A developer's quick look: one ring full of requests, by pytest-benchmark (``nox -s speed``).

In ``nox -s tests`` each runs once, as a plain test that the kernels do the work.
"""

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.compile.build import build
from bench.driver.records import Phase
from bench.experiments import DEFAULT_PLAN
from bench.kit import Kit
from bench.plan import Selection
from bench.worker.stage import Stage
from strategies import load

LABELS = [f"{strategy.label}@numba" for strategy in load() if strategy.form != "branch"]


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile every strategy for phase add of the block workload."""
    names = [strategy.name for strategy in load()]
    asked = Selection(
        experiments=DEFAULT_PLAN,
        workloads=("blk",),
        phases=("add",),
        strategies=tuple(names),
        backends=("numba",),
        seed=1,
        quick=True,
    )
    return build(asked)


@pytest.mark.parametrize("shape", ["4k-read", "seg-62"])
@pytest.mark.parametrize("label", LABELS)
def test_fill_a_ring(benchmark: BenchmarkFixture, kit: Kit, label: str, shape: str) -> None:
    """A turn of 256 requests counts 256 requests in the ring and takes some time."""
    draw = np.random.default_rng(1)
    stage = Stage.of(kit, draw)
    (cell,) = (cell for cell in kit.cells if cell.shape == shape)
    (number,) = (n for n, variant in enumerate(kit.variants) if variant.label == label)
    scene = stage.lay_out(cell, np.zeros(stage.texts(), np.int64))
    benchmark.group = f"{cell.name}, 256 requests"
    assert benchmark(scene.turn, number, Phase.ADD, 256) > 0
    assert int(scene.rows["counted"][number]) == 256
