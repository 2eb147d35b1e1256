"""Lists larger than any cache: their number, place and order, and the description."""

import mmap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.compile.build import build
from bench.driver.records import JOB
from bench.experiments import load as load_experiments
from bench.experiments.working_set import (
    COLD,
    LIST_BYTES,
    MEMORY_MAX,
    TOGETHER_BYTES,
    TOO_LITTLE,
    counts,
    experiment,
    huge_pages,
    largest_cache,
    sweep,
)
from bench.kit import Kit
from bench.plan import QUICK, Plan, Selection
from bench.run import wants_to_be_alone
from bench.worker.cell_memory import Scene, stride
from bench.worker.memory import HUGE_PAGE, Heap, huge_share, records_at
from bench.worker.rounds import Measurement
from bench.worker.stage import Stage

PLENTY = 1 << 40
MIB = 1 << 20
LISTS = 48
SMAPS = """\
1000-3000 rw-p 00000000 00:00 0
Rss:                   8 kB
AnonHugePages:         0 kB
40000-80000 rw-p 00000000 00:00 0
Rss:                4096 kB
AnonHugePages:      3072 kB
90000-91000 r-xp 00000000 00:00 0
Rss:                   0 kB
AnonHugePages:         0 kB
"""


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile the layouts, and keep one cell with some lists."""
    made = build(
        Selection(
            experiments=("working-set",),
            workloads=("blk",),
            strategies=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
            backends=("numba",),
            phases=("add",),
            quick=True,
            seed=1,
        )
    )
    return replace(made, cells=(replace(made.cells[0], lists=LISTS),))


def staged(kit: Kit) -> Stage:
    """Memory and code to lay cells out with."""
    draw = np.random.default_rng(5)
    return Stage.of(kit, draw)


@pytest.fixture
def scene(kit: Kit) -> Scene:
    """Lay the cell out."""
    stage = staged(kit)
    return stage.lay_out(kit.cells[0], np.zeros(stage.texts(), np.int64))


def test_the_sweep_ends_at_twice_the_largest_cache() -> None:
    """With enough memory, the lists of an array fill the cache twice."""
    found = sweep(32 * MIB, PLENTY)
    assert found.most * LIST_BYTES <= 64 * MIB < (found.most + 1) * LIST_BYTES
    assert found.ended_by == "twice the largest cache of 32 MiB"


@pytest.mark.parametrize("cache", [8 * MIB, 32 * MIB, 480 * MIB, None])
def test_every_machine_measures_what_the_expectations_are_about(cache: int | None) -> None:
    """65,536 lists are a point of every sweep, also of the quick one, with any caches."""
    found = sweep(cache, PLENTY)
    points = experiment(found, huge=False).points()
    assert [point.lists for point in points if point.quick][-1] == COLD == 65_536
    assert str(COLD) in experiment(found, huge=False).expectations[0].of.cell


def test_a_small_cache_does_not_end_the_sweep_early() -> None:
    """The reason for the end of the sweep is not the cache."""
    assert sweep(8 * MIB, PLENTY).most == COLD
    assert "8 MiB" not in sweep(8 * MIB, PLENTY).ended_by


def test_where_memory_is_short_the_most_lists_are_judged() -> None:
    """Expectations are about numbers of lists that are measured."""
    (first, *_) = experiment(sweep(32 * MIB, 100 * MIB), huge=False).expectations
    assert "{lists=16384," in first.of.cell
    assert "With 16,384 lists (9 MiB of arrays)" in first.text


@pytest.mark.parametrize(
    ("cache", "free", "ended_by"),
    [
        (1 << 33, PLENTY, "4 GiB of lists"),
        (None, PLENTY, "4 GiB of lists"),
        (32 * MIB, 100 * MIB, "half of the free memory"),
    ],
)
def test_memory_shrinks_the_sweep_and_is_named(cache: int | None, free: int, ended_by: str) -> None:
    """All lists together never take more than 4 GiB, nor more than half of what is free."""
    found = sweep(cache, free)
    assert found.ended_by == ended_by
    assert found.most * TOGETHER_BYTES <= min(MEMORY_MAX, free // 2)


def test_a_sweep_has_some_lists_even_without_memory() -> None:
    """A machine without free memory still has a working set of 9 MiB."""
    assert sweep(32 * MIB, 0).most == TOO_LITTLE


def test_counts_begin_at_one_and_end_at_the_most() -> None:
    """Powers of 16, none but 65,536 near the most, which may be a power itself."""
    assert counts(3000) == [1, 16, 256, 3000]
    assert counts(300) == [1, 16, 300]
    assert counts(256) == [1, 16, 256]
    assert counts(116_508) == [1, 16, 256, 4096, 65_536, 116_508]
    assert counts(65_536) == [1, 16, 256, 4096, 65_536]


def test_the_largest_cache_is_what_the_system_reports(tmp_path: Path) -> None:
    """The largest of all sizes; None if none is reported."""
    assert largest_cache(tmp_path) is None
    for number, size in enumerate(("48K", "2048K", "491520K")):
        (tmp_path / f"index{number}").mkdir()
        (tmp_path / f"index{number}" / "size").write_text(f"{size}\n")
    assert largest_cache(tmp_path) == 480 * MIB


def test_huge_pages_are_not_asked_for_where_there_are_none(tmp_path: Path) -> None:
    """``never`` in brackets, or no such file, means none."""
    file = tmp_path / "enabled"
    assert not huge_pages(file)
    file.write_text("always madvise [never]\n")
    assert not huge_pages(file)
    file.write_text("always [madvise] never\n")
    assert huge_pages(file)


def test_what_was_got_is_read_of_the_right_mapping() -> None:
    """The mapping that holds the address counts, and an empty one has no huge pages."""
    assert huge_share(SMAPS, 0x40000) == pytest.approx(0.75)
    assert huge_share(SMAPS, 0x2FFF) == 0
    assert huge_share(SMAPS, 0x90000) == 0
    assert huge_share(SMAPS, 0x3000) == 0


def test_small_pages_are_got_where_they_are_asked_for() -> None:
    """A heap begins on a huge page's boundary and has none of them unless asked."""
    heap = Heap(3 * MIB, huge=False)
    records_at(heap.base, np.dtype(np.uint8), heap.size)[:] = 1
    assert heap.base % HUGE_PAGE == 0
    assert heap.size == 2 * HUGE_PAGE
    assert heap.huge_share() == 0


def test_bytes_of_lists_are_those_that_are_stated(kit: Kit) -> None:
    """Bytes and lines in the note, and those used to size the memory, are right.

    A chain has one more line before its entries, which no add_buf reads.
    """
    cell = kit.cells[0]
    sizes = {key.partition("@")[0]: size for key, size in cell.list_bytes.items()}
    assert sizes["flat_array"] == LIST_BYTES == 9 * 64
    assert sizes["chained_scatterlist"] - 64 == 640 == 10 * 64
    assert sizes["sg_ring"] == 648 <= 11 * 64
    used = {kit.variants[n].strategy: stride(cell, kit.variants[n]) for n in cell.variants}
    assert sum(used.values()) + len(used) * JOB.itemsize == TOGETHER_BYTES
    note = load_experiments()["working-set"].note
    for said in ("576 bytes of list on 9", "640 on 10", "648 on 11"):
        assert said in note


def test_every_list_is_used_once_a_pass_in_shuffled_order(scene: Scene) -> None:
    """The jobs of a layout are all its lists, apart from one another, not in memory's order."""
    for number in scene.cell.variants:
        variant = scene.variants[number]
        memory = scene.jobs(number)["list_memory"].astype(np.int64)
        apart = stride(scene.cell, variant)
        expected = scene.lists[number] + apart * np.arange(LISTS)
        assert sorted(memory) == list(expected)
        assert list(memory) != list(expected)


def test_forms_share_the_lists_of_their_layout(scene: Scene) -> None:
    """One working set per layout: the baseline's copy shares its lists, other layouts do not."""
    of_layout: dict[str, set[int]] = {}
    for number in scene.cell.variants:
        strategy = scene.variants[number].strategy
        of_layout.setdefault(strategy, set()).add(scene.lists[number])
    assert all(len(found) == 1 for found in of_layout.values())
    assert len({found.pop() for found in of_layout.values()}) == len(of_layout)


def test_a_worker_takes_sound_rounds_of_whole_passes(kit: Kit) -> None:
    """Rings are right, requests are whole passes, and the file states the kind of pages."""
    stage = staged(kit)
    work = Measurement(kit, stage, stage.draw, 100_000, mmap.mmap(-1, 16))
    work.measure([0], 0.0)
    series = work.cells[0]
    assert not series.failed
    assert len(series.rounds) == 4
    assert all(count % LISTS == 0 for count in series.requests)
    assert series.facts == {"huge_pages": "0 %"}


def test_a_wrong_list_is_found_out(kit: Kit) -> None:
    """A kernel that adds nothing fails by name here too."""
    wrong = replace(kit, codes={**kit.codes, "sg_ring@numba/add_buf": kit.codes["noop@numba/map"]})
    stage = staged(wrong)
    work = Measurement(wrong, stage, stage.draw, 100_000, mmap.mmap(-1, 16))
    work.measure([0], 0.0)
    assert {wrong.variants[n].label for n in work.cells[0].failed} == {"sg_ring@numba"}


def test_no_second_worker_runs_beside_it() -> None:
    """A plan with this experiment in it has one worker at a time, the default plan has two."""
    plan = Plan(("blk",), (), (), ("add",), QUICK, seed=1)
    assert not wants_to_be_alone(plan)
    assert wants_to_be_alone(replace(plan, experiments=("core", "working-set")))
