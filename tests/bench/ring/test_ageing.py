"""Aged rings: the free list after real calls, walked by every layout and checked in turns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.driver.traffic import Traffic
from bench.experiments import Point
from bench.experiments.ageing import AGED, SHAPES, points
from bench.ring.free_list import ORDERS, SIZES, free_list, stride
from strategies.compile.codegen import machine_code
from tests.fake.kits import failed, kit_of, with_code
from tests.kernels.drawn import requests
from tests.kernels.lockstep import Lockstep
from tests.kernels.model import Model
from tests.kernels.mutation import LAYOUTS, Mutant, mutated
from tests.kernels.rig import is_layout, kernels_of
from workloads import Direction, Request, blk
from workloads import load as load_workloads

ALL = [strategy for strategy in LAYOUTS.values() if is_layout(strategy)]
completions = st.sampled_from(sorted(ORDERS))
generations = st.integers(0, 9)
sizes = st.lists(st.integers(3, 40), min_size=1, max_size=9).map(tuple)


def sized(descriptors: int) -> Request:
    """A request of ``descriptors`` descriptors."""
    return blk.request(Direction.IN, blk.pages(descriptors - 2))


def aged_by_calls(model: Model, completion: str, count: int, sizes: tuple[int, ...]) -> list[int]:
    """The free list after add, kick, completions and gets, call by call."""
    number = 0
    for generation in range(count):
        while model.add(sized(sizes[number % len(sizes)]), token=1) == 0:
            number += 1
        model.kick()
        heads = [np.array([head]) for head in model.offered]
        for (head,) in ORDERS[completion](heads, generation):
            model.complete(model.offered.index(head))
        while model.get() is not None:
            pass
    return model.free


@given(completions, generations, sizes, st.sampled_from((64, 256)))
@settings(deadline=None)
def test_the_free_list_is_what_the_calls_leave(
    completion: str, count: int, sizes: tuple[int, ...], slots: int
) -> None:
    """However a ring was used, its free list equals that of the model after the same calls."""
    expected = aged_by_calls(Model(slots), completion, count, sizes)
    assert free_list(slots, completion, count, sizes).tolist() == expected


@given(completions, generations, st.lists(requests, min_size=1, max_size=3))
@settings(deadline=None, max_examples=50)
def test_every_layout_fills_an_aged_ring(completion: str, count: int, asked: list[Request]) -> None:
    """The oracle reads the request from an aged ring."""
    order = free_list(512, completion, count).tolist()
    queue = Lockstep([kernels_of(strategy) for strategy in ALL], num=512, order=order)
    for request in asked:
        queue.add(request)
        queue.kick(notified=True)
        queue.get_all()


def test_requests_of_one_size_keep_their_chains() -> None:
    """In any order of completion, chains of one size stay whole; of several sizes, none does."""
    whole = free_list(256, "random", 20, (18,)).tolist()
    starts = range(0, 252, 18)
    chains = [whole[start : start + 18] for start in starts]
    assert sorted(chains) == [list(range(start, start + 18)) for start in starts]
    assert stride(free_list(256, "random", 20, SIZES)) > stride(np.array(whole))


def test_completion_in_reverse_leaves_a_ring_as_it_was() -> None:
    """The free list is a stack; a new ring's has its descriptors side by side."""
    assert free_list(256, "reversed", 7).tolist() == list(range(256))
    assert stride(free_list(256, "reversed", 7)) == 1
    assert stride(np.array([4, 0, 7])) == 5.5


def test_every_ring_of_the_experiment_says_its_stride() -> None:
    """Names state the stride of the ring that is laid out."""
    for point in points():
        aged = free_list(point.slots, point.traffic.completion, point.traffic.generations)
        assert dict(point.axes)["stride"] == f"{stride(aged):.1f}".removesuffix(".0")
    assert len(points()) == len({point.slots for point in points()}) * len(AGED) * len(SHAPES)


def test_a_kernel_that_ignores_the_free_list_is_found_out() -> None:
    """A worker's rounds on an aged ring are sound; a kernel that takes neighbours fails by name."""
    mutant = Mutant(
        "descriptors taken in memory order",
        "linux.counted_walk",
        {"next)\n            in_ -= ONE": "next) * ZERO + i + ONE\n            in_ -= ONE"},
        ("add_buf",),
        lambda _: None,
    )
    shape = next(s for s in load_workloads()["blk"].shapes if s.name == "64k-read")
    aged = [Traffic("random", 4), Traffic("in-order", 0)]
    places = [Point("blk", shape, "add", (("aged", str(t.generations)),), traffic=t) for t in aged]
    kit = kit_of(places, ("flat_array", "sg_ring", "floor_walk"))
    assert kit.refused == {}
    assert failed(kit) == [set(), set()]
    with mutated(mutant) as strategy:
        wrong = machine_code(strategy.add_buf)
    both = {"flat_array@numba", "flat_array[again]@numba"}
    assert failed(with_code(kit, {"flat_array@numba/add_buf": wrong})) == [both, set()]


@pytest.mark.parametrize("completion", ORDERS)
def test_every_descriptor_stays_free_once(completion: str) -> None:
    """No generation loses a descriptor or frees it twice, in the largest ring too."""
    assert sorted(free_list(32768, completion, 3)) == list(range(32768))
