"""The exit status of a gate's rows, and the reason."""

import pytest

from bench.gate.record import CANNOT_SAY, NOTHING_SLOWER, SLOWER, Row, status


def row(verdict: str, **more: object) -> Row:
    """A row that was timed."""
    return Row("w/s/add", "a@numba", verdict, "1", "2", processes=20, **more)  # type: ignore[arg-type]


SAME, OPEN = row("same"), row("inconclusive")
UNCONFIRMED = row("inconclusive", suspected=True)


@pytest.mark.parametrize(
    ("rows", "code", "why"),
    [
        ([SAME] * 9 + [OPEN], NOTHING_SLOWER, ""),
        ([SAME] * 3 + [OPEN], CANNOT_SAY, "1 of 4 cells are inconclusive, at most 20% may be"),
        ([SAME] * 3 + [row("not timed")], CANNOT_SAY, "1 of 4 cells are inconclusive"),
        ([row("identical")] * 36 + [OPEN] * 4, NOTHING_SLOWER, ""),  # a refactoring
        ([row("identical")] * 7 + [OPEN] * 2, CANNOT_SAY, "2 of 9 cells are inconclusive"),
        (
            [SAME] * 9 + [UNCONFIRMED],
            CANNOT_SAY,
            "1 of 10 cells look slower, w/s/add a@numba first",
        ),
        ([SAME, row("slower"), row("failed", why="hangs")], SLOWER, "slower in 1 of 3 cells"),
        (
            [SAME, row("failed", why="hangs")],
            CANNOT_SAY,
            "a@numba cannot be compared in w/s/add",
        ),
        ([row("identical")] * 3, NOTHING_SLOWER, ""),
        ([], CANNOT_SAY, "nothing was compared"),
    ],
)
def test_what_cannot_be_said_is_never_a_pass(rows: list[Row], code: int, why: str) -> None:
    """Nor are cells that were not evaluated, or looked slower when time ran out."""
    found = status(rows, 0.2)
    assert found[0] == code
    assert found[1].startswith(why)
    assert bool(found[1]) == bool(code)


def counted(verdict: str, timed: str = "not timed", processes: int = 0) -> Row:
    """A row whose instructions are known, timed or not."""
    return Row("w/s/add", "a@numba", timed, "1", "2", processes=processes, count_verdict=verdict)


@pytest.mark.parametrize(
    ("rows", "code", "why"),
    [
        ([counted("same"), counted("fewer")], NOTHING_SLOWER, ""),
        ([counted("same", "slower", 20)], NOTHING_SLOWER, ""),
        ([counted("same"), counted("more")], SLOWER, "more instructions in 1 of 2 cells"),
        (
            [counted("same"), counted("")],
            CANNOT_SAY,
            "w/s/add is neither timed nor counted: only map and add are counted",
        ),
        ([counted("same"), row("slower")], SLOWER, "slower in 1 of 1 cells"),
        ([counted("same"), SAME], NOTHING_SLOWER, ""),
        ([counted("same"), row("failed", why="hangs")], CANNOT_SAY, "a@numba cannot be compared"),
        ([], CANNOT_SAY, "nothing was compared"),
    ],
)
def test_where_counts_decide_the_rest_is_timed(rows: list[Row], code: int, why: str) -> None:
    """What is not counted is judged by time; without time it does not pass."""
    found = status(rows, 0.2, counts=True)
    assert found[0] == code
    assert found[1].startswith(why)


NEW = ("mine@gcc", "mine@numba")


@pytest.mark.parametrize(
    ("rows", "code", "why"),
    [
        (
            [SAME],
            CANNOT_SAY,
            "mine@gcc, mine@numba changed since the last commit",
        ),
        ([], CANNOT_SAY, "mine@gcc, mine@numba changed since"),
        ([SAME, row("slower")], SLOWER, "slower in 1 of 2 cells"),
    ],
)
def test_a_change_that_nothing_compared_is_no_pass(rows: list[Row], code: int, why: str) -> None:
    """A layout that is new since base and changed since its commit; the line says what does."""
    found = status(rows, 0.2, unseen=NEW)
    assert found[0] == code
    assert found[1].startswith(why)
    assert ("give --base HEAD" in found[1]) == (code == CANNOT_SAY)
