"""What sets a walk's pace: each form waits for what it says, and lies where its axes say."""

from collections.abc import Iterator

import numpy as np
import pytest

from bench.compile.build import cell as cell_of
from bench.experiments import Point
from bench.experiments.serialise import LONG, OFF, experiment, points
from strategies import Strategy, every
from strategies.backends import backends
from strategies.backends.c_compilers import compilers
from strategies.compile.code import Code
from strategies.disassemble.assembly import Instruction, decode
from strategies.disassemble.facts import control_flow, facts
from strategies.disassemble.loops import innermost
from strategies.linux.structs import SCATTERLIST
from tests.kernels.rig import Kernels, Rig, kernels_of
from tests.kernels.twins import twin_of
from workloads import Direction, blk

STEPPING = [s for s in every() if s.name == "stepping"]
PLAIN = [s for s in STEPPING if dict(s.axes) == {"apart": "drawn", "stride": "32"}]
ENTRIES = 6  # of a READ of four pages, with header and status
NUM = 16
LOADS_AND_STORES = {"": (8, 3), "kept": (5, 3), "first": (5, 3)}
by_form = pytest.mark.parametrize("strategy", PLAIN, ids=lambda strategy: strategy.form)


def way(strategy: Strategy) -> str:
    """How a form finds the next entry."""
    return strategy.form.partition("-")[0]


def order(strategy: Strategy) -> str:
    """When a form's loads are made; empty as in the source."""
    return strategy.form.partition("-")[2]


def makers(strategy: Strategy) -> Iterator[Kernels]:
    """A form's kernels by numba and by each compiler of C that is here."""
    yield kernels_of(strategy)
    for compiler in compilers().values():
        yield twin_of(strategy, compiler)


def added(kernels: Kernels, number: int, word: int) -> list[int]:
    """The lengths in the ring of a request of which one entry has that word."""
    rig = Rig(kernels, NUM)
    request = blk.request(Direction.IN, blk.pages(ENTRIES - 2))
    table, *counts = rig.map(request)
    entries = rig.arena.view(table, SCATTERLIST, ENTRIES)
    entries["length"] = 100 + np.arange(ENTRIES)
    entries["dma_address"][number] = word
    assert rig.call("add_buf", rig.vq, table, *counts, 1) == 0
    return [int(length) for length in rig.desc["len"][:ENTRIES]]


def walked(code: Code) -> list[list[Instruction]]:
    """The instructions of each of a kernel's walks, in the order of addresses."""
    instructions = {one.address: one for one in decode(code)}
    loops = innermost(control_flow(instructions, code.entry))
    return [[instructions[address] for address in sorted(loop.body)] for loop in loops]


@by_form
def test_a_step_of_each_form_differs_in_nothing_but_what_it_says(strategy: Strategy) -> None:
    """As many loads and stores in all ways of an order, one conditional move in select alone."""
    for backend in backends().values():
        for walk in facts(backend.kernel(strategy, "add_buf")).walks:
            assert (walk.step.loads, walk.step.stores) == LOADS_AND_STORES[order(strategy)]
            assert walk.step.conditional_moves == (way(strategy) == "select")
            assert walk.step.branches == 1


@by_form
def test_loads_come_before_stores_where_a_form_says_so(strategy: Strategy) -> None:
    """All of a step's, in ``first``; in the other orders one comes behind the last store."""
    for backend in backends().values():
        walks = walked(backend.kernel(strategy, "add_buf"))
        assert walks
        for walk in walks:
            stores = [at for at, one in enumerate(walk) if one.memory.stores]
            loads = [at for at, one in enumerate(walk) if one.memory.loads]
            if order(strategy) == "first":
                assert loads[-1] < stores[0]
            else:
                assert loads[-1] > stores[-1]
                assert any(stores[0] < load < stores[-1] for load in loads)


@by_form
def test_the_next_entry_hangs_on_the_word_where_a_form_says_so(strategy: Strategy) -> None:
    """A word of 32 makes ``load`` skip an entry, and an even one changes nothing in the others."""
    in_order = [100 + number for number in range(ENTRIES)]
    for kernels in makers(strategy):
        assert added(kernels, 1, 0) == in_order
        found = added(kernels, 1, SCATTERLIST.itemsize)
        skipped = [100, 101, *range(103, 100 + ENTRIES)]
        if way(strategy) == "load":
            assert found[: ENTRIES - 1] == skipped
        else:
            assert found == in_order


@by_form
def test_a_conditional_move_is_taken_where_the_word_says_so(strategy: Strategy) -> None:
    """An odd word is where the next entry is; none is odd in what is timed."""
    if way(strategy) != "select":
        return
    for kernels in makers(strategy):
        rig = Rig(kernels, NUM)
        request = blk.request(Direction.IN, blk.pages(ENTRIES - 2))
        table, *counts = rig.map(request)
        entries = rig.arena.view(table, SCATTERLIST, ENTRIES)
        entries["length"] = 100 + np.arange(ENTRIES)
        entries["dma_address"][1] = elsewhere = table + 4 * SCATTERLIST.itemsize + 1
        moved = rig.arena.view(elsewhere, np.dtype(np.uint8), 16)
        moved[12:16] = (7, 0, 0, 0)  # a length
        assert rig.call("add_buf", rig.vq, table, *counts, 1) == 0
        assert int(rig.desc["len"][2]) == 7


@pytest.mark.parametrize("strategy", STEPPING, ids=lambda strategy: strategy.label)
def test_entries_lie_as_the_axes_say(strategy: Strategy) -> None:
    """So many bytes apart, from that place in a page on where one is given."""
    axes = dict(strategy.axes)
    for kernels in makers(strategy):
        rig = Rig(kernels, NUM)
        table, *_ = rig.map(blk.request(Direction.IN, blk.pages(ENTRIES - 2)))
        if axes["apart"] != "drawn":
            assert table % 4096 == int(axes["apart"])
        stride = int(axes["stride"])
        sizes = [rig.arena.view(table + n * stride, SCATTERLIST)[0]["length"] for n in range(5)]
        assert sizes[1:] == [4096] * 4


def test_what_a_thread_may_not_choose_is_not_asked() -> None:
    """Without the switch no cell is without bypass, and no expectation speaks of one."""
    with_it, without = experiment(switch=True), experiment(switch=False)
    assert {dict(p.axes)["bypass"] for p in without.points()} == {"left"}
    assert all(p.bypass for p in without.points())
    assert len(with_it.expectations) == len(without.expectations) + 1
    assert "bypass=off" in str(with_it.expectations)
    assert "bypass=off" not in str(without.expectations)


def test_a_cell_without_bypass_says_so_in_its_name() -> None:
    """Each length is there both ways, and the axis and what is done agree."""
    found = points(switch=True)
    assert all(p.bypass == (dict(p.axes)["bypass"] != OFF) for p in found)
    names = [(p.shape.name, p.bypass) for p in found if dict(p.axes)["apart"] == "drawn"]
    assert {name for name, left in names if left} == {name for name, left in names if not left}
    assert (LONG, False) in names


def test_a_cell_keeps_what_its_point_says() -> None:
    """From an experiment's point into the cell that a worker is given."""
    there = experiment(switch=True)
    for point in there.points():
        assert isinstance(point, Point)
        assert cell_of(point, there, ()).bypass == point.bypass
