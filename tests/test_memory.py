"""Pages and code positions are drawn, whole and apart from each other."""

import mmap
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.memory import LINE, PAGE, POSITIONS, Arena, Executable, ExecutableMemoryError, function
from bench.rounds import turns_order
from strategies.code import Code

RETURN_SECOND = bytes.fromhex("4889f0c3")  # mov rax, rsi; ret


@pytest.fixture(scope="module")
def arena() -> Arena:
    """Give an arena of 64 pages."""
    return Arena(64, np.random.default_rng(0))


@given(
    sizes=st.lists(st.integers(1, 3 * PAGE), min_size=1, max_size=12), seed=st.integers(0, 2**32)
)
def test_regions_never_overlap(arena: Arena, sizes: list[int], seed: int) -> None:
    """Every region lies inside the arena, on a line of its own, apart from all others."""
    draw = np.random.default_rng(seed)
    starts = arena.regions(sizes, 1, draw)
    spans = sorted(zip(starts, sizes, strict=True))
    assert starts[0] % PAGE == 0
    assert all(start % LINE == 0 for start in starts)
    assert arena.base <= spans[0][0]
    assert spans[-1][0] + spans[-1][1] <= arena.base + 64 * PAGE
    assert all(a + size <= b for (a, size), (b, _) in pairwise(spans))


def test_regions_are_drawn_anew(arena: Arena) -> None:
    """Two draws put the same sizes on other pages, and over many draws on most pages."""
    draw = np.random.default_rng(1)
    seen = {arena.regions([PAGE, PAGE], 2, draw)[0] for _ in range(400)}
    assert len(seen) > 50


def test_an_arena_that_is_too_small_says_so(arena: Arena) -> None:
    """A cell that needs more pages than there are is refused with both numbers."""
    with pytest.raises(ValueError, match="64 pages, the cell needs 65"):
        arena.regions([65 * PAGE], 1, np.random.default_rng(0))


def test_code_runs_where_it_was_placed_at_the_position_asked_for() -> None:
    """Bytes copied to any position into a line run there and return what they should."""
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
    with pytest.raises(ExecutableMemoryError, match="forbids executable memory") as caught:
        Executable()
    assert "\n" not in str(caught.value)


def test_turns_come_in_equal_shares_and_new_orders() -> None:
    """Each go-round holds every variant once, and orders differ."""
    order = turns_order(list(range(5)), 40, np.random.default_rng(3)).reshape(40, 5)
    assert all(sorted(turn) == list(range(5)) for turn in order.tolist())
    assert len(Counter(map(tuple, order.tolist()))) > 20
