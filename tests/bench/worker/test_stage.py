"""The layout of a round: each variant's own memory and code, where the draw placed them."""

import ctypes

import numpy as np
import pytest

from bench.driver.records import JOB, Phase
from bench.worker import stage as stages
from bench.worker.cell_memory import Scene
from bench.worker.memory import LINE, PAGE, Arena, Executable
from bench.worker.stage import SHARED, Stage
from strategies import KERNELS
from strategies.linux.structs import VIRTQUEUE
from tests.fake.engine import (
    AGAIN,
    BASE,
    COLUMNS,
    PAGES,
    RETURN_0,
    ToldStage,
    cell,
    kit_of,
    stage_of,
)

IN_ROWS = KERNELS[1:]  # those that the driver calls
KEPT = 64  # lists of each layout, in cells that keep them


def laid_out(stage: ToldStage, seed: int = 3) -> tuple[Scene, np.ndarray]:
    """The kit's first cell laid out, and the code positions that were asked for."""
    positions = np.random.default_rng(seed).choice((0, 16, 32, 48), stage.texts())
    return stage.lay_out(stage.kit.cells[0], positions), positions


def kernels_asked(positions: np.ndarray) -> np.ndarray:
    """The positions of the kernels in the driver's rows, one row per variant."""
    return positions[: -len(SHARED)].reshape(-1, len(KERNELS))[:, 1:]


def kernels_there(scene: Scene) -> np.ndarray:
    """The addresses of the kernels in the driver's rows, one row per variant."""
    return np.array([scene.rows[kernel][: len(COLUMNS)] for kernel in IN_ROWS], np.int64).T


def test_the_place_of_the_stack_is_drawn_for_every_round() -> None:
    """Anywhere in a page, aligned as calling conventions require: frames may straddle pages."""
    sizes: list[int] = []
    draw = np.random.default_rng(5)
    stage = Stage(kit_of(), Arena(PAGES, draw), Executable(64), draw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "function", lambda _at, _words: lambda size, *_: sizes.append(size))
        for _ in range(2000):
            stage.run(0, 0, [0])
    assert set(sizes) == set(range(0, PAGE, 16))


def test_lists_of_variants_share_no_page() -> None:
    """The A/A copy has its own pages: on the baseline's it could not show their effect."""
    scene, _ = laid_out(stage_of(kit_of()))
    assert len({at // PAGE for at in scene.lists}) == len(COLUMNS)


def test_jobs_of_variants_share_no_page() -> None:
    """Each variant has its own records for the driver to replay, including the A/A copy."""
    scene, _ = laid_out(stage_of(kit_of()))
    assert len({at // PAGE for at in scene.jobs_at}) == len(COLUMNS)


def test_every_variant_runs_code_that_was_placed_for_it() -> None:
    """The A/A copy runs a copy of the baseline's bytes, on another page."""
    scene, _ = laid_out(stage_of(kit_of()))
    there = kernels_there(scene)
    assert len(set((there // PAGE).ravel().tolist())) == there.size
    assert (there[BASE] != there[AGAIN]).all()
    assert {ctypes.string_at(int(at), len(RETURN_0)) for at in there.ravel()} == {RETURN_0}


def test_code_lies_at_the_positions_that_were_drawn() -> None:
    """Every kernel, and the driver and its devices, which all variants share."""
    scene, asked = laid_out(stage_of(kit_of()))
    np.testing.assert_array_equal(kernels_there(scene) % LINE, kernels_asked(asked))
    device = int(scene.arena.view(scene.vq, VIRTQUEUE)[0]["notify"])
    shared = [at % LINE for at in (device, scene.far_device, scene.driver)]
    assert len(set(asked[-len(SHARED) :].tolist())) > 1
    assert shared == asked[-len(SHARED) :].tolist()


def test_code_moves_where_pages_stay() -> None:
    """Lists that are kept are laid out once, and code is placed again for each round."""
    stage = stage_of(kit_of(cell(lists=KEPT)))
    scene, _ = laid_out(stage)
    other = np.random.default_rng(1).choice((0, 16, 32, 48), stage.texts())
    moved = stage.moved(scene, other)
    assert moved.lists == scene.lists
    np.testing.assert_array_equal(kernels_there(moved) % LINE, kernels_asked(other))
    assert moved.driver % LINE == other[-1]


def test_every_request_that_is_added_has_a_list_of_its_own() -> None:
    """One list for all would always occupy the same cache lines."""
    scene, _ = laid_out(stage_of(kit_of()))
    for variant in range(len(COLUMNS)):
        lists = scene.jobs(variant)["list_memory"].tolist()
        assert len(set(lists)) == len(scene.cell.requests)
        assert min(lists) == scene.lists[variant]


def test_lists_that_are_kept_are_used_in_shuffled_order() -> None:
    """In memory order, a prefetcher would fetch each in advance."""
    scene, _ = laid_out(stage_of(kit_of(cell(lists=KEPT))))
    for variant in range(len(COLUMNS)):
        steps = np.diff(scene.jobs(variant)["list_memory"].astype(np.int64))
        assert len(np.unique(scene.jobs(variant)["list_memory"])) == KEPT
        assert len(np.unique(steps)) > KEPT // 4


def test_a_turn_goes_through_all_jobs_of_its_variant() -> None:
    """From the first to the end, in turns and in warm-up turns."""
    scene, _ = laid_out(stage_of(kit_of()))
    scene.arrange_all(Phase.ADD, np.full(len(COLUMNS), 8))
    for variant, start in enumerate(scene.jobs_at):
        for row in (variant, scene.warm_row(variant)):
            assert int(scene.rows["jobs"][row]) == start
            assert int(scene.rows["jobs_end"][row]) == start + 2 * JOB.itemsize
