"""Pages and code positions are drawn, whole and without overlap."""

import mmap
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.worker.memory import (
    LINE,
    PAGE,
    POSITIONS,
    Arena,
    Executable,
    ExecutableMemoryError,
    function,
)
from bench.worker.rounds import turns_order
from strategies.compile.code import Code

RETURN_SECOND = bytes.fromhex("4889f0c3")  # mov rax, rsi; ret


@pytest.fixture(scope="module")
def arena() -> Arena:
    """Give an arena of 64 pages."""
    return Arena(64, np.random.default_rng(0))


@given(
    sizes=st.lists(st.integers(1, 3 * PAGE), min_size=1, max_size=12), seed=st.integers(0, 2**32)
)
def test_regions_never_overlap(arena: Arena, sizes: list[int], seed: int) -> None:
    """Every region is inside the arena, aligned to a line, without overlap."""
    draw = np.random.default_rng(seed)
    starts = arena.regions(sizes, 1, draw)
    spans = sorted(zip(starts, sizes, strict=True))
    assert starts[0] % PAGE == 0
    assert all(start % LINE == 0 for start in starts)
    assert arena.base <= spans[0][0]
    assert spans[-1][0] + spans[-1][1] <= arena.base + 64 * PAGE
    assert all(a + size <= b for (a, size), (b, _) in pairwise(spans))


def test_regions_are_drawn_anew(arena: Arena) -> None:
    """Two draws use different pages, and many draws use most pages."""
    draw = np.random.default_rng(1)
    seen = {arena.regions([PAGE, PAGE], 2, draw)[0] for _ in range(400)}
    assert len(seen) > 50


def test_an_arena_that_is_too_small_says_so(arena: Arena) -> None:
    """A cell that needs more pages than there are is refused with both numbers."""
    with pytest.raises(ValueError, match="64 pages, the cell needs 65"):
        arena.regions([65 * PAGE], 1, np.random.default_rng(0))


def test_code_runs_where_it_was_placed_at_the_position_asked_for() -> None:
    """Code copied to any position in a line runs there and returns the right value."""
    executable, draw = Executable(), np.random.default_rng(2)
    for position in POSITIONS:
        code = Code(RETURN_SECOND)
        (at,) = executable.place([code.text], np.array([position]), draw)
        assert at % LINE == position
        assert function(at, 2)(1, 42) == 42


def test_code_that_has_no_room_is_refused() -> None:
    """It would lie over another kernel's, and that one would be blamed."""
    executable, draw = Executable(pages=2), np.random.default_rng(2)
    texts = [bytes(PAGE - LINE)] * 2
    assert len(executable.place(texts, np.array([48, 0]), draw)) == 2
    with pytest.raises(ExecutableMemoryError, match="the longest of 4096 bytes"):
        executable.place([bytes(PAGE)], np.array([0]), draw)
    with pytest.raises(ExecutableMemoryError, match="3 pieces of code"):
        executable.place([RETURN_SECOND] * 3, np.zeros(3, int), draw)


def test_forbidden_executable_memory_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that refuses writable and executable pages is named, with what to do."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(mmap, "mmap", refuse)
    with pytest.raises(ExecutableMemoryError, match="forbids a process to execute") as caught:
        Executable()
    assert "\n" not in str(caught.value)


def test_turns_come_in_equal_shares_and_new_orders() -> None:
    """Each pass has every variant once, and orders differ."""
    order = turns_order(list(range(5)), 40, np.random.default_rng(3)).reshape(40, 5)
    assert all(sorted(turn) == list(range(5)) for turn in order.tolist())
    assert len(Counter(map(tuple, order.tolist()))) > 20


def test_pages_are_touched_once_each_in_a_drawn_order() -> None:
    """The kernel allocates pages at the first touch: in order, they would be adjacent."""
    touched: list[int] = []
    plain = np.frombuffer

    class Noted(np.ndarray[Any, Any]):
        def __setitem__(self, at: Any, value: Any) -> None:
            touched.append(at)
            super().__setitem__(at, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "frombuffer", lambda *words: plain(*words).view(Noted))
        Arena(64, np.random.default_rng(0))
    pages = np.array(touched) // PAGE
    assert np.sort(pages).tolist() == list(range(64))
    assert (np.diff(pages) == 1).sum() < 8


def regions(count: int, aligned: int, draws: int = 1000) -> NDArray[np.int64]:
    """Addresses of regions of one line, from many draws, one row per draw."""
    arena, draw = Arena(64, np.random.default_rng(0), touch=False), np.random.default_rng(1)
    return np.array([arena.regions([LINE] * count, aligned, draw) for _ in range(draws)])


def test_the_page_of_a_region_is_drawn() -> None:
    """Every page is drawn sometimes, for each region."""
    pages = regions(2, 1) // PAGE
    assert [len(np.unique(column)) for column in pages.T] == [64, 64]


def test_the_line_of_a_region_is_drawn_and_that_of_an_aligned_one_is_the_first() -> None:
    """Otherwise fields of a list and a queue would always be a multiple of a page apart."""
    lines = regions(3, 2) % PAGE // LINE
    assert [len(np.unique(column)) for column in lines.T] == [1, 1, PAGE // LINE]
    assert not lines[:, :2].any()


def test_regions_lie_in_a_drawn_order() -> None:
    """No list is always above its ring."""
    assert len(np.unique(np.argsort(regions(3, 0, 60), axis=1), axis=0)) == 6


def placed(texts: int, pages: int, draws: int) -> NDArray[np.int64]:
    """The offset of code from the start, from many draws, one row per draw."""
    executable, draw = Executable(pages), np.random.default_rng(2)
    positions = np.full(texts, 16)
    return np.array(
        [executable.place([RETURN_SECOND] * texts, positions, draw) for _ in range(draws)]
    ) - np.int64(executable.base)


def test_the_page_of_a_kernel_is_drawn() -> None:
    """So are pairs of kernels that share a cache set or a predictor entry."""
    assert len(np.unique(placed(2, 16, 400)[:, 0] // PAGE)) == 16


def test_the_line_of_a_kernel_in_its_page_is_drawn() -> None:
    """Every line of a page in which it fits, 16 bytes into each."""
    found = placed(1, 2, 1000)[:, 0] % PAGE
    assert len(np.unique(found // LINE)) == PAGE // LINE
    assert set(np.unique(found % LINE)) == {16}


def test_no_two_kernels_share_a_page() -> None:
    """One would overwrite the other."""
    for row in placed(8, 8, 20):
        assert len(set(row // PAGE)) == 8
