"""Turns of the driver: their effect on the ring, one after another."""

from collections.abc import Sequence

import numpy as np
import pytest

from bench.driver.records import Phase
from bench.experiments import Point
from bench.kit import Kit
from bench.worker.cell_memory import Scene
from bench.worker.stage import Stage
from strategies.linux.structs import VIRTQUEUE, VRING_AVAIL
from tests.fake.kits import kit_of
from workloads import load as load_workloads

SHAPES = {shape.name: shape for shape in load_workloads()["blk"].shapes}
NAMES = ("flat_array", "sg_ring", "noop")


def laid_out(kit: Kit, cell: int = 0) -> Scene:
    """A cell on pages of its own."""
    draw = np.random.default_rng(1)
    stage = Stage.of(kit, draw)
    return stage.lay_out(kit.cells[cell], np.zeros(stage.texts(), np.int64))


def number_of(kit: Kit, label: str) -> int:
    """A variant's number."""
    return [variant.label for variant in kit.variants].index(f"{label}@numba")


def avail_idx(scene: Scene) -> int:
    """The number of requests exposed to the device."""
    queue = scene.arena.view(scene.vq, VIRTQUEUE)[0]
    return int(scene.arena.view(int(queue["avail"]), VRING_AVAIL)[0]["idx"])


@pytest.fixture(scope="module")
def cycle() -> Kit:
    """Compile a cell of whole cycles."""
    return kit_of([Point("blk", SHAPES["64k-read"], "cycle")], NAMES)


@pytest.mark.parametrize("order", [("noop", "sg_ring"), ("sg_ring", "noop", "flat_array")])
def test_the_null_strategy_leaves_nothing_to_be_kicked(cycle: Kit, order: Sequence[str]) -> None:
    """Its counts are not requests: the next variant exposes its own requests, no more."""
    scene = laid_out(cycle)
    for label in order:
        scene.turn(number_of(cycle, label), Phase.CYCLE, 100)
    assert avail_idx(scene) == 100 * sum(label != "noop" for label in order)
