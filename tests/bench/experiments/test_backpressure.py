"""Full rings: a refused add changes nothing, and names state the right number of adds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.driver.records import Phase
from bench.driver.traffic import Traffic
from bench.experiments import SLOTS, Point, backpressure
from bench.ring import oracle
from bench.ring.free_list import free_list
from strategies.compile.codegen import machine_code
from strategies.linux.structs import ENOSPC
from tests.bench.driver.test_turns import laid_out, number_of
from tests.fake.kits import failed, kit_of, with_code
from tests.kernels.drawn import requests
from tests.kernels.mutation import LAYOUTS, Mutant, mutated
from tests.kernels.rig import Rig, is_layout, kernels_of
from workloads import Request
from workloads import load as load_workloads

ALL = [strategy for strategy in LAYOUTS.values() if is_layout(strategy)]
SHAPES = {shape.name: shape for shape in load_workloads()["blk"].shapes}
REFUSED = Point(
    "blk", SHAPES["64k-read"], "add", (("fitted", "7"),), traffic=Traffic(turn="refused", limit=7)
)
LOADED = [point for point in backpressure.points() if point.phase == "cycle"]
RESTORED = "            vq.num_free = free\n"
MISTAKES = {  # of sg_ring, when it finds the ring full
    "num_free not restored": {RESTORED: ""},
    "free_head moved": {RESTORED: f"{RESTORED}            vq.free_head = U32(previous)\n"},
    "added all the same": {RESTORED: f"{RESTORED}            vq.num_added += U32(1)\n"},
    "shown all the same": {
        RESTORED: f"{RESTORED}            publish(vq_address, head, head, head, token)\n"
        "            vq.num_added -= U32(1)\n"
    },
    "free list cut": {
        RESTORED: f"{RESTORED}            vring_desc(desc_at(vq, head)).next = U16(0)\n"
    },
}


@given(requests, st.data())
@settings(deadline=None, max_examples=60)
def test_who_is_refused_leaves_the_queue_as_it_was(request_: Request, data: st.DataObject) -> None:
    """However many descriptors fitted, in any free order, nothing has changed."""
    needed = len(oracle.asked(request_))
    fitted = data.draw(st.integers(0, min(needed, 512) - 1))
    order = free_list(512, "random", data.draw(st.integers(0, 3))).tolist()
    for strategy in ALL:
        rig = Rig(kernels_of(strategy), 512, order=order)
        rig.queue["num_free"] = fitted
        shown, (_, queue) = rig.avail_ring.copy(), rig.memory()
        assert rig.add(request_, token=1) == ENOSPC
        assert rig.memory()[1] == queue
        assert (rig.avail_ring == shown).all()
        assert oracle.free_list(rig.ring, int(rig.queue["free_head"]), 512) == tuple(order)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_marks_of_a_refused_request_are_found_out(mistake: str) -> None:
    """A worker's rounds find whatever a failed add changes, and name the variant."""
    kit = kit_of([REFUSED], ("flat_array", "sg_ring", "noop"))
    assert kit.refused == {}
    assert failed(kit) == [set()]
    mutant = Mutant(mistake, "sg_ring", MISTAKES[mistake], ("add_buf",), lambda _: None)
    with mutated(mutant) as strategy:
        wrong = machine_code(strategy.add_buf)
    assert failed(with_code(kit, {"sg_ring@numba/add_buf": wrong})) == [{"sg_ring@numba"}]


def test_who_finds_room_where_none_is_is_found_out() -> None:
    """An add that only counts its calls does not refuse, except in the null strategy."""
    kit = kit_of([REFUSED], ("flat_array", "sg_ring", "noop"))
    wrong = with_code(kit, {"sg_ring@numba/add_buf": kit.codes["noop@numba/add_buf"]})
    assert failed(wrong) == [{"sg_ring@numba"}]


@pytest.mark.parametrize(
    "point", LOADED, ids=lambda point: f"{point.shape.name}-{point.axes[0][1]}"
)
def test_adds_tried_are_those_that_the_name_tells_of(point: Point) -> None:
    """After each refusal the stated number of completions is taken, and as many adds fit."""
    kit = kit_of([point], ("flat_array", "sg_ring"))
    assert failed(kit) == [set()]
    scene, asked = laid_out(kit), 1000
    (descriptors,) = kit.cells[0].descriptors
    fits = SLOTS // descriptors
    for label in ("flat_array", "sg_ring"):
        number = number_of(kit, label)
        scene.turn(number, Phase.LOADED, asked)
        refused = int(scene.rows["refused"][number])
        assert refused == -(-(asked - fits) // min(point.traffic.limit, fits))
    name = dict(point.axes)["tried"]
    assert name == f"{backpressure.tried(descriptors, point.traffic.limit):.3g}"
    assert float(name) == pytest.approx((asked - fits + refused) / (asked - fits), rel=0.01)
