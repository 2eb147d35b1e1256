"""Every strategy's machine code against the model and the oracle."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from strategies import Role, Strategy, every, load
from strategies.compile.codegen import inline, machine_code
from strategies.linux.mapping import first_group, first_segment, group_mapper
from strategies.linux.structs import struct
from strategies.linux.views import U64, u64_at, view
from tests.kernels.checks import CHECKS, Check, applies
from tests.kernels.drawn import requests
from tests.kernels.lockstep import Lockstep
from tests.kernels.model import Model
from tests.kernels.rig import Kernels, Rig, is_layout, kernels_of, place
from tests.kernels.stopped import stops
from workloads import Direction, Group, Request, Segment, blk

LAYOUTS = tuple(strategy for strategy in every() if is_layout(strategy))
MADE = tuple(strategy for strategy in LAYOUTS if strategy.only)
NULLS = tuple(strategy for strategy in load() if strategy.role is Role.NULL)
KEEPING = tuple(  # in one size of tables; the source is that of all
    s
    for s in LAYOUTS
    if (s.name == "chained_scatterlist" and not s.only) or s.form in {"mainline", "v2.6.24"}
)
FLOORS = tuple(strategy for strategy in load() if strategy.role is Role.FLOOR)
COUNTERS = 2**16


def by_label(strategies: tuple[Strategy, ...]) -> pytest.MarkDecorator:
    """Parametrize a test with strategies."""
    return pytest.mark.parametrize("strategy", strategies, ids=lambda strategy: strategy.label)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@by_label(LAYOUTS)  # all checks of one, then those of the next: processes share what is compiled
def test_layout_passes(check: Check, kernels: Kernels) -> None:
    """A layout passes the check."""
    if applies(check, kernels):
        check(kernels)


@pytest.mark.parametrize(("entries", "size"), [(1, 56), (19, 632), (128, 4120)])
def test_rings_take_the_bytes_of_declare_sg(entries: int, size: int) -> None:
    """The patch's array of ``entries`` entries: 24 bytes, and 32 bytes per entry."""
    (ring,) = (s for s in LAYOUTS if s.label == "sg_ring")
    page = Segment(0, 0, 1)
    request = Request((Group(Direction.OUT, (page,), room=entries),))
    assert Rig(kernels_of(ring), 8).list_bytes(request) == size


SMALL = struct(("page", "u8"), ("offset", "u4"), ("length", "u4"))  # half a scatterlist
small = view(SMALL)


def set_small_page(entry: Any, page: Any) -> None:
    """Set the page of an entry that is not a scatterlist."""
    small(entry).page = page


map_small = group_mapper(inline(lambda entry: entry + U64(16)), inline(set_small_page), small)


def map_small_entries(list_memory: Any, request: Any, words: Any) -> Any:
    """Map the first group, and write how many entries that were."""
    entries, _, _ = map_small(first_group(request), first_segment(request), list_memory)
    u64_at(words).value = entries
    return 0


def test_the_mapper_serves_entries_of_any_shape() -> None:
    """Merged data and single pages are in consecutive entries of 16 bytes."""
    (plain,) = (s for s in LAYOUTS if s.role is Role.BASELINE)
    codes = {**kernels_of(plain).codes, "map": machine_code(map_small_entries)}
    rig = Rig(place("small", codes), 8)
    segments = (Segment(4, 0, 4096), Segment(5, 0, 512), Segment(9, 512, 64))
    request = Request((Group(Direction.IN, segments, room=3, merge=True),))
    count, _, _ = rig.map(request)
    found = rig.arena.view(rig.create(request), SMALL, 3)[["offset", "length"]].tolist()
    assert (count, found) == (2, [(0, 4608), (512, 64), (0, 0)])


@by_label(KEEPING)
def test_map_stops_at_a_page_that_is_not_aligned(kernels: Kernels) -> None:
    """If an entry's low bits have a meaning, a page's own are tested, as by BUG_ON."""
    assert [stops(kernels.codes, low_bits) for low_bits in range(4)] == [False, True, True, True]


@by_label(NULLS)
def test_null_strategy_counts_its_calls_and_does_no_more(kernels: Kernels) -> None:
    """Three adds write only the number 3, in list and queue."""
    rig = Rig(kernels, 8)
    ring, queue = rig.memory()
    for _ in range(3):
        assert rig.add(blk.request(Direction.IN, blk.pages(4)), token=1) == 0
        rig.kick()
        rig.get()
    assert rig.arena.view(rig.words, np.dtype("u8"), 3).tolist() == [3, 0, 0]
    assert rig.queue["num_added"] == 3
    rig.queue["num_added"] = 0
    assert rig.memory() == (ring, queue)


@by_label(FLOORS)
def test_floor_takes_what_a_layout_takes(kernels: Kernels) -> None:
    """On an ordered free list, a floor counts and refuses like a layout."""
    model, rig = Model(8), Rig(kernels, 8)
    for count in (1, 2, 3):
        request = blk.request(Direction.IN, blk.pages(count))
        status = rig.add(request, token=1)
        assert status == model.add(request, token=1)
        assert rig.queue["num_free"] == model.num_free
        assert rig.queue["free_head"] == model.free_head
        assert rig.queue["num_added"] == model.num_added


class AllLayouts(RuleBasedStateMachine):
    """All layouts and the model get the same calls: Hypothesis searches for differences."""

    queue: Lockstep

    @initialize(
        power=st.integers(2, 9) | st.sampled_from((8, 9)),  # most draws fit the large ones only
        completed=st.just(0) | st.integers(COUNTERS - 8, COUNTERS - 1),
        seed=st.none() | st.integers(0, 2**32 - 1),
        made=st.lists(st.sampled_from(MADE), max_size=3),
    )
    def set_up(self, power: int, completed: int, seed: int | None, made: list[Strategy]) -> None:
        """Make a ring, new or aged: with any free list, and counters that may soon wrap.

        It has all strategies of a default run, and a few forms of experiments.
        """
        order = list(range(2**power))
        if seed is not None:
            random.Random(seed).shuffle(order)
        layouts = dict.fromkeys((*(s for s in LAYOUTS if not s.only), *made))
        kernels = [kernels_of(strategy) for strategy in layouts]
        self.queue = Lockstep(kernels, 2**power, completed, order)

    @rule(several=st.lists(requests, min_size=1, max_size=4))
    def add(self, several: list[Request]) -> None:
        """Add what may or may not fit."""
        for request in several:
            self.queue.add(request)

    @precondition(lambda self: self.queue.model.pending)
    @rule()
    def kick(self) -> None:
        """Publish; the oracle reads back what was added since the last kick."""
        self.queue.kick()

    @precondition(lambda self: self.queue.model.pending and self.queue.in_order)
    @rule()
    def kick_and_serve(self) -> None:
        """Publish to a device that answers within the kick."""
        self.queue.kick(notified=True)

    @precondition(lambda self: self.queue.model.offered and self.queue.in_order)
    @rule()
    def serve(self) -> None:
        """Run the device."""
        self.queue.serve()

    @precondition(lambda self: self.queue.model.offered)
    @rule(draw=st.randoms(use_true_random=False), written=st.integers(0, 100))
    def complete(self, draw: random.Random, written: int) -> None:
        """Complete some of what is in flight, in any order."""
        for _ in range(draw.randint(1, len(self.queue.model.offered))):
            position = draw.randrange(len(self.queue.model.offered))
            self.queue.complete(position, written=written)

    @precondition(lambda self: self.queue.model.used)
    @rule()
    def get(self) -> None:
        """Get a token."""
        assert self.queue.get() is not None

    @precondition(lambda self: self.queue.model.used)
    @rule()
    def get_all(self) -> None:
        """Get all tokens there are."""
        self.queue.get_all()

    @precondition(lambda self: not self.queue.model.used)
    @rule(draw=st.randoms(use_true_random=False))
    def complete_wrongly(self, draw: random.Random) -> None:
        """Get with nothing completed, then complete an id without a token or out of range."""
        assert self.queue.get() is None
        model = self.queue.model
        free = [head for head in range(model.num) if head not in model.tokens]
        beyond = [model.num, 2**31, draw.randrange(model.num, 2**32)]
        self.queue.refuse_used(draw.choice([*free[:3], *free[-3:], *beyond]))

    @invariant()
    def layouts_agree_to_the_byte(self) -> None:
        """Avail rings, links and reachable descriptors are the same in all layouts."""
        first, *others = self.queue.rigs
        held = list(self.queue.model.descriptors())
        for rig in others:
            assert rig.avail_ring.tobytes() == first.avail_ring.tobytes()
            assert rig.desc["next"].tobytes() == first.desc["next"].tobytes()
            assert rig.desc[held].tobytes() == first.desc[held].tobytes()


TestAllLayouts = pytest.mark.first(AllLayouts.TestCase)
TestAllLayouts.settings = settings(max_examples=100, stateful_step_count=40)
