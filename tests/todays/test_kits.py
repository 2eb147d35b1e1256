"""Rings of today in the engine: queues of several kinds in a scene, each with its own device."""

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bench.compile import build
from bench.errors import BenchError
from bench.kit import Kit, load, save
from bench.plan import Selection
from bench.ring.packed_ring import NUM_MAX
from bench.worker.rings import KINDS, PLAIN
from bench.worker.stage import Stage
from strategies import Role, every
from strategies.backends import NUMBA
from strategies.linux.todays.structs import FAMILY, PACKED
from tests.fake.kits import failed, measured

PARTS = {  # experiment: its cells
    "today-ring": 14,
    "today-fill": 4,
    "today-list": 3,
    "today-indirect": 8,
    "today-ageing": 8,
}
COLD = "today-cold"  # whose lists take 180 MiB, and seconds to lay out
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc to compile with")


def kit_of(part: str, backend: str) -> Kit:
    """Return the kit of a part of ``today``, made and approved."""
    names = {s.name for s in every() if s.only == FAMILY or s.role in {Role.BASELINE, Role.NULL}}
    asked = Selection(
        experiments=(part,),
        workloads=("blk", "net"),
        phases=("add", "cycle"),
        strategies=tuple(sorted(names)),
        backends=(backend,),
        seed=1,
        quick=True,
    )
    return build.build(asked)


@cache
def kit(part: str) -> Kit:
    """Return it by gcc, which takes no time."""
    return kit_of(part, "gcc")


def sound(made: Kit) -> None:
    """Hold a kit to what the oracle and the checks of a worker's rounds find: nothing."""
    assert made.refused == {}
    assert not any(failed(made))
    assert all(np.isfinite(series.rounds[0]).any() for series in measured(made))


@needs_gcc
@pytest.mark.parametrize("part", PARTS)
def test_every_ring_and_list_is_sound_in_the_engine(part: str) -> None:
    """The oracle approves of each, and rounds in which each takes turns find nothing wrong."""
    assert len(kit(part).cells) == PARTS[part]
    sound(kit(part))


@pytest.mark.slow
@pytest.mark.parametrize("part", [*PARTS, COLD])
def test_every_ring_and_list_is_sound_by_numba(part: str) -> None:
    """Likewise of numba's kernels."""
    sound(kit_of(part, NUMBA))


@needs_gcc
def test_queues_of_a_scene_share_no_page_and_have_devices_of_their_own() -> None:
    """A row has the queue of its variant's ring, which notifies that ring's device."""
    made, draw = kit("today-ring"), np.random.default_rng(3)
    stage = Stage.of(made, draw)
    scene = stage.lay_out(made.cells[0], np.zeros(stage.texts(), np.int64))
    kinds = {variant.ring for variant in made.variants}
    assert set(scene.queues) == kinds
    notified = {scene.arena.read(queue.vq + 88, 8) for queue in scene.queues.values()}
    assert len(notified) == len(kinds)
    for number, variant in enumerate(made.variants):
        assert scene.rows["vq"][number] == scene.queues[variant.ring].vq
    places = sorted(at // 4096 for q in scene.queues.values() for at in (q.vq, q.ring))
    assert len(set(places)) == len(places)


@needs_gcc
def test_a_kit_with_rings_is_read_back(tmp_path: Path) -> None:
    """Rings of variants and pictures of theirs are in its file."""
    made = kit("today-ring")
    path = tmp_path / "kit"
    save(made, path)
    assert load(path).variants == made.variants
    assert load(path).cells == made.cells
    others = {ring for cell in made.cells for ring in cell.other_pictures}
    assert others == {variant.ring for variant in made.variants} - {PLAIN.name}


@needs_gcc
def test_a_full_ring_holds_a_request_a_descriptor_with_tables() -> None:
    """In a cycle that is kept full, and in one that is not, as its axes say."""
    made = kit("today-indirect")
    assert {dict(cell.axes)["fits"] for cell in made.cells} == {"85", "14", "1"}
    assert {variant.phases for variant in made.variants if "indirect" in variant.label} == {
        ("cycle",)
    }


@needs_gcc
def test_a_form_of_another_list_takes_turns_where_its_code_is_the_same() -> None:
    """What ``add_buf`` walks differs, though it is the same function: it is timed in add."""
    phases = {variant.label: variant.phases for variant in kit("today-fill").variants}
    assert "add" in phases["today_split[first-2]@gcc"]


@pytest.mark.parametrize("slots", [0, NUM_MAX + 1])
def test_a_packed_ring_of_no_such_size_is_refused(slots: int) -> None:
    """One line says which sizes there are."""
    with pytest.raises(BenchError, match=rf"packed ring of {slots} .*: there may be 1 to 32768$"):
        KINDS[PACKED].sizes(slots)
