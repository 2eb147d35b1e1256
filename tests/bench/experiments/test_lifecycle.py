"""Stages of a cycle: their effect on the ring, the barriers of a kick, and faults."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.driver.records import Phase
from bench.driver.traffic import UNTIL_FULL, Traffic
from bench.experiments import Point, lifecycle
from bench.experiments.lifecycle import BARRIERS, PREFIXES, STAGES
from bench.kit import Kit
from bench.worker.cell_memory import Scene
from bench.worker.checks import moves
from bench.worker.rings import PLAIN
from bench.worker.rings.plain import links
from reports.experiments.stages import pieces
from reports.read.experiments import Figure
from strategies.backends import backends
from strategies.compile.code import code_hash
from strategies.compile.codegen import machine_code
from strategies.compile.target import MACHINE
from strategies.disassemble.assembly import disassemble
from tests.bench.driver.test_turns import laid_out, number_of
from tests.fake.kits import failed, kit_of, with_code
from tests.kernels import checks
from tests.kernels.mutation import LAYOUTS, Mutant, mutated
from tests.kernels.rig import kernels_of, place
from workloads import load as load_workloads

SHAPES = {shape.name: shape for shape in load_workloads()["blk"].shapes}
NAMES = ("flat_array", "sg_ring", "noop")
FENCES = {"kick": ["sfence", "mfence"], "kick_smp": ["lock add"], "kick_bare": []}
KICK_CHECKS = (
    checks.check_a_kick_notifies_unless_told_not_to,
    checks.check_avail_slots_follow_each_other,
    checks.check_counters_wrap,
)
batches = st.integers(1, 20) | st.just(UNTIL_FULL)


def staged(upto: str, batch: int = 4, shape: str = "mix", kick: str = "kick") -> Point:
    """A cell of some stages with requests of several sizes."""
    traffic = Traffic(turn="staged", limit=batch, stages=PREFIXES[upto], kick=kick)
    return Point("blk", SHAPES[shape], "cycle", (("upto", upto),), traffic=traffic)


@cache
def stages() -> Kit:
    """A cell for each prefix."""
    return kit_of([staged(upto) for upto in PREFIXES], NAMES)


@cache
def scene_of(upto: str) -> Scene:
    """The cell of a prefix, laid out once for several turns."""
    return laid_out(stages(), list(PREFIXES).index(upto))


@given(st.sampled_from(sorted(PREFIXES)), batches, st.lists(st.integers(1, 300), max_size=4))
@settings(deadline=None, max_examples=80)
def test_stages_move_the_ring_as_far_as_they_go(upto: str, batch: int, turns: list[int]) -> None:
    """Whatever came before, indices advance by this turn's requests, and nothing is in flight."""
    scene, steps = scene_of(upto), Traffic(stages=PREFIXES[upto]).steps
    scene.rows["limit"] = batch
    for requests in turns:
        for label in NAMES:
            number = number_of(stages(), label)
            scene.turn(number, Phase.STAGED, requests)
            if label != "noop":
                assert int(scene.rows["moved"][number]) == moves(steps, requests)
            assert len(PLAIN.indices(scene.queues[PLAIN.name])) == 1


@pytest.mark.parametrize("upto", ["map", "add", "kick", "device"])
def test_what_does_not_get_back_leaves_the_free_list_alone(upto: str) -> None:
    """A few stores give back all descriptors, as only get_buf changes a ``next``."""
    scene = scene_of(upto)
    linked = links(scene.queues[PLAIN.name]).copy()
    scene.turn(number_of(stages(), "sg_ring"), Phase.STAGED, 500)
    assert (links(scene.queues[PLAIN.name]) == linked).all()
    assert linked[:-1].tolist() == list(range(1, 256))


def test_all_stages_of_all_layouts_are_sound() -> None:
    """A worker's rounds find nothing wrong in any stage, with any barriers."""
    assert stages().refused == {}
    assert failed(stages()) == [set()] * len(PREFIXES)


def test_who_adds_nothing_is_found_out() -> None:
    """An add_buf that only counts its calls fails by name."""
    kit = kit_of([staged("add")], NAMES)
    wrong = with_code(kit, {"sg_ring@numba/add_buf": kit.codes["noop@numba/add_buf"]})
    assert failed(wrong) == [{"sg_ring@numba"}]


def test_a_kick_that_shows_too_little_is_found_out() -> None:
    """Without a device, the avail ring's index shows it."""
    mutant = Mutant(
        "one", "linux.virtqueue", {"idx += U16(vq.num_added)": "idx += U16(1)"}, (), lambda _: None
    )
    with mutated(mutant):
        from strategies.linux import virtqueue

        wrong = machine_code(virtqueue.kick)
    found = failed(with_code(stages(), {"virtqueue@numba/kick": wrong}))
    both = {"flat_array@numba", "flat_array[again]@numba", "sg_ring@numba"}
    assert dict(zip(PREFIXES, found, strict=True))["kick"] == both


@pytest.mark.parametrize("kick", BARRIERS.values())
@pytest.mark.parametrize("name", backends())
def test_every_kick_does_what_kick_does(kick: str, name: str) -> None:
    """With any barriers, it exposes what was added and notifies a device that wants that."""
    codes = kernels_of(LAYOUTS["flat_array"]).codes
    kernels = place(kick, {**codes, "kick": backends()[name].shared(kick)})
    for check in KICK_CHECKS:
        check(kernels)


@pytest.mark.skipif(MACHINE != "x86_64", reason="barriers are looked for by their x86 names")
@pytest.mark.parametrize("kick", BARRIERS.values())
@pytest.mark.parametrize("name", backends())
def test_a_kick_has_the_barriers_that_it_is_named_for(kick: str, name: str) -> None:
    """2.6.24 has two fences, today a locked addition of 0, a bare kick compiler barriers."""
    code = backends()[name].shared(kick)
    found = [mnemonic for _, mnemonic, _ in disassemble(code)]
    assert [m for m in found if "fence" in m or "lock" in m] == FENCES[kick]


def test_a_cell_has_the_kick_that_it_asks_for() -> None:
    """Layouts share the cell's kick, a strategy's own stays, and the hash covers it."""
    kit = kit_of([staged("kick", kick="kick_bare")], NAMES)
    (traffic,) = (cell.traffic for cell in kit.cells)
    ring, null = (kit.variants[number_of(kit, label)] for label in ("sg_ring", "noop"))
    assert kit.code(ring, "kick", traffic) == kit.codes["virtqueue@numba/kick_bare"]
    assert kit.code(ring, "kick") == kit.codes["virtqueue@numba/kick"]
    assert kit.code(null, "kick", traffic) == kit.codes["noop@numba/kick"]
    hashes = {code_hash(*kit.measured(ring, "cycle", *more)) for more in ((), (traffic,))}
    assert len(hashes) == 2


def test_stages_add_up_to_the_last_prefix_and_the_map() -> None:
    """Each piece is a prefix minus the previous one; all but map add up to get_buf's prefix."""
    times = pd.Series({"map": 5.0, "add": 7.0, "kick": 10.0, "device": 14.0, "get_buf": 19.0})
    figure = Figure("stack", "upto", stages=STAGES, whole="whole")
    assert pieces(times, figure) == [5, 7, 3, 4, 5]
    assert np.isclose(sum(pieces(times, figure)), times["map"] + times["get_buf"])


def test_every_point_goes_through_the_stages_of_its_name() -> None:
    """Names, stages, batch and barriers agree."""
    for point in lifecycle.points():
        here = dict(point.axes)
        assert point.traffic.stages == PREFIXES[here["upto"]]
        assert point.traffic.limit == (
            UNTIL_FULL if here["batch"] == "full" else int(here["batch"])
        )
        assert point.traffic.kick == BARRIERS[here["barriers"]]
