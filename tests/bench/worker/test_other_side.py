"""A device on another CPU: numbered requests come back in sequence, each once."""

import mmap
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bench.compile.build import build
from bench.driver.records import Phase
from bench.experiments import SLOTS
from bench.experiments.other_side import (
    BATCHES,
    DESCRIPTORS,
    batches,
    experiment,
    points,
    traffic,
)
from bench.kit import Kit
from bench.machine.cpus import choose_cpus
from bench.plan import Selection
from bench.ring.oracle import asked
from bench.worker.cell_memory import Scene, StageError
from bench.worker.far_device import far_device
from bench.worker.memory import Executable
from bench.worker.rounds import Measurement
from bench.worker.stage import Stage
from reports.experiments.axes import like
from strategies import braced
from strategies.compile.codegen import machine_code
from strategies.linux.views import U64, u64_at
from strategies.linux.virtqueue import ONE
from workloads import STREAM_SEED

KICKS = (1 << 12) + 64  # each waits for the other CPU, which somebody else may have
MANY = 10_000_000
two_cpus = pytest.mark.skipif(len(choose_cpus()) < 2, reason="a device elsewhere needs two CPUs")


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile the layouts for every batch."""
    return build(
        Selection(
            experiments=("other-side",),
            workloads=("blk",),
            strategies=("flat_array", "chained_scatterlist", "sg_ring"),
            backends=("numba",),
            phases=("cycle",),
            quick=True,
            seed=1,
        )
    )


def staged(kit: Kit) -> Stage:
    """Memory and code to lay cells out with."""
    draw = np.random.default_rng(5)
    return Stage.of(kit, draw)


def laid_out(kit: Kit, batch: int, *, flush: bool = False) -> Scene:
    """Lay out a short request in these batches."""
    stage = staged(kit)
    cell = replace(kit.cells[0], traffic=traffic(batch, other=not flush))
    return stage.lay_out(cell, np.zeros(stage.texts(), np.int64))


def carry(scene: Scene, requests: int) -> None:
    """Send numbered requests through the ring with every layout; raise if one is out of order."""
    for variant in scene.cell.variants:
        scene.empty_ring()
        with far_device(scene.arena, scene, choose_cpus()[-1]):
            scene.turn(variant, Phase.FAR, requests)
        assert int(scene.rows["counted"][variant]) == requests


@two_cpus
@pytest.mark.parametrize("batch", batches("4k-read"))
def test_no_request_is_lost_doubled_or_reordered(kit: Kit, batch: int) -> None:
    """Each number comes back once and in sequence; with the longest batch indices wrap."""
    carry(laid_out(kit, batch), KICKS * batch)


@two_cpus
@pytest.mark.slow
@pytest.mark.parametrize("batch", batches("4k-read")[:: len(BATCHES)])
def test_ten_million_requests_come_back_in_sequence(kit: Kit, batch: int) -> None:
    """None is lost, doubled or reordered in ten million, of every layout."""
    carry(laid_out(kit, batch), MANY)


def in_order(_vq: Any, state: Any) -> Any:
    """1, 2, 3 ..."""
    u64_at(state).value += ONE
    return np.int64(u64_at(state).value)


def doubled(_vq: Any, _state: Any) -> Any:
    """The first again and again."""
    return 1


def reordered(_vq: Any, state: Any) -> Any:
    """2, 1."""
    u64_at(state).value ^= ONE
    return np.int64(u64_at(state).value + ONE)


def one_lost(_vq: Any, state: Any) -> Any:
    """2, 3 ..."""
    u64_at(state).value += ONE
    return np.int64(u64_at(state).value + U64(1))


@pytest.mark.parametrize(
    ("get_buf", "right"), [(in_order, 2), (doubled, 1), (reordered, 0), (one_lost, 0)]
)
def test_what_is_out_of_sequence_is_counted(
    kit: Kit, get_buf: Callable[..., Any], right: int
) -> None:
    """A turn whose numbers do not come back in sequence fails."""
    scene = laid_out(kit, 1)
    code = machine_code(get_buf)
    executable = Executable(pages=1)
    (start,) = executable.place([code.text], np.zeros(1, np.int64), np.random.default_rng(0))
    scene.rows["get_buf"] = start + code.entry
    if right == 2:
        scene.turn(0, Phase.FAR, 2)
    else:
        with pytest.raises(StageError, match="lost a request"):
            scene.turn(0, Phase.FAR, 2)
    assert int(scene.rows["counted"][0]) == right


def test_one_cpu_is_enough_where_lines_are_flushed(kit: Kit) -> None:
    """The device answers within the kick, also in sequence, and no other CPU is involved."""
    scene = laid_out(kit, 1, flush=True)
    for variant in scene.cell.variants:
        scene.empty_ring()
        scene.turn(variant, Phase.FAR, 300)
        assert int(scene.rows["counted"][variant]) == 300


@pytest.mark.parametrize("flush", [False, True])
def test_a_worker_takes_sound_rounds(kit: Kit, flush: bool) -> None:  # noqa: FBT001
    """Four rounds of a batch without failures; with one CPU, of batches that are flushed."""
    if not flush and len(choose_cpus()) == 1:
        pytest.skip("a device elsewhere needs two CPUs")
    cell = replace(kit.cells[0], traffic=traffic(1 if flush else 4, other=not flush))
    made = replace(kit, cells=(cell,))
    stage = staged(made)
    beat = mmap.mmap(-1, 16)
    work = Measurement(made, stage, stage.draw, 100_000, beat, other_cpu=choose_cpus()[-1])
    work.measure([0], 0.0)
    assert cell.turn is Phase.FAR
    assert not work.cells[0].failed
    assert 0 < len(work.cells[0].rounds) <= 4


def test_without_another_cpu_lines_are_flushed() -> None:
    """The cells name the batch, and every batch fits into the ring."""
    for other, device in ((True, "other-cpu"), (False, "flushed")):
        found = points(other=other)
        assert {dict(point.axes)["device"] for point in found} == {device}
        assert {point.traffic.elsewhere for point in found} == {other}
        for point in found:
            (request,) = point.shape.stream(STREAM_SEED)
            assert len(asked(request)) == DESCRIPTORS[point.shape.name]
            assert point.traffic.limit * DESCRIPTORS[point.shape.name] <= SLOTS
    assert {point.traffic.limit for point in points(other=False)} == {1}


def test_one_cpu_is_not_asked_about_batches() -> None:
    """Every expectation is about cells that are measured there."""
    for other, expected in ((True, 2), (False, 1)):
        made = experiment(other=other)
        names = [f"blk/{p.shape.name}/cycle{braced(p.axes)}" for p in made.points()]
        assert len(made.expectations) == expected
        assert all(any(like(n, e.of.cell) for n in names) for e in made.expectations)
