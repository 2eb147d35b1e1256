"""Statements about a compiler agree with the numbers of its code."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from reports.frames import code
from reports.read.result import load as read
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

BASE = Layout("flat", 1.0, "baseline")


def codes(directory: Path, *layouts: Layout) -> pd.DataFrame:
    """The codes of phase add of a file with these layouts."""
    truth = Truth(layouts=layouts, shapes=synthetic.SHAPES[:1], processes=1, rounds=1)
    found = code.codes(read(synthetic.write(directory / "r.json", truth)).benchmarks)
    return found[found["phase"] == "add"]


@pytest.mark.parametrize(
    ("moves", "calls", "kind"),
    [
        (0, 0, "branches alone"),
        (1, 0, "a conditional move"),
        (2, 0, "2 conditional moves"),
        (0, 1, "a call"),
        (1, 1, "a conditional move and a call"),
        (None, 0, ""),
    ],
)
def test_kind_is_told_by_moves_and_calls(
    tmp_path: Path, moves: int | None, calls: int, kind: str
) -> None:
    """A step is named by its conditional moves and its calls, and by nothing else."""
    found = codes(tmp_path, Layout("ring", 1.0, moves=moves, calls=calls))
    assert list(found["kind"]) == [kind]


def test_sentence_groups_what_is_equal(tmp_path: Path) -> None:
    """Compilers that did the same share a clause, and a form like it is named."""
    found = codes(
        tmp_path,
        BASE,
        Layout("chain", 1.0),
        Layout("chain", 1.0, backend="clang"),
        Layout("chain", 1.0, backend="gcc", moves=1),
        Layout("chain", 1.0, backend="gcc", form="select", moves=1),
        Layout("chain", 1.0, backend="gcc", form="branch"),
        Layout("ring", 1.0, calls=1),
    )
    assert code.decisions(found) == (
        "numba and clang walk chain with branches alone and no call; "
        "gcc walks chain with a conditional move for each descriptor, as its form [select] does; "
        "numba walks ring with a call for each descriptor."
    )


def test_sentence_is_silent_without_numbers(tmp_path: Path) -> None:
    """A file without numbers of steps has no statement about compilers."""
    assert code.decisions(codes(tmp_path, BASE, Layout("ring", 1.0, moves=None))) == ""


def test_forms_alone_are_not_what_a_compiler_did(tmp_path: Path) -> None:
    """A strategy measured only in forced forms shows nothing about its compiler."""
    assert code.decisions(codes(tmp_path, BASE, Layout("ring", 1.0, form="called"))) == ""


def test_by_itself_keeps_a_strategy_that_has_only_forms(tmp_path: Path) -> None:
    """The series as compiled if there is one, otherwise all."""
    forced = (Layout("chain", 1.0), Layout("chain", 1.0, form="a"), Layout("ring", 1.0, form="b"))
    found = code.by_itself(codes(tmp_path, BASE, *forced))
    assert list(found["label"]) == ["flat", "chain", "ring[b]"]


def pairs(found: pd.DataFrame) -> set[tuple[str, str]]:
    """The like-for-like pairs of the first two backends."""
    return set(code.like_for_like(found, *found["backend"].unique()[:2]))


def test_like_meets_like(tmp_path: Path) -> None:
    """As compiled is compared with as compiled if of one kind, otherwise with the form that is."""
    found = codes(tmp_path, *synthetic.TWO_COMPILERS)
    met = pairs(found[found["role"].isin(["baseline", "candidate"])])
    assert met == {
        ("flat@numba", "flat@gcc"),
        ("chain@numba", "chain[branch]@gcc"),
        ("chain[select]@numba", "chain@gcc"),
        ("ring@numba", "ring@gcc"),
    }


def test_unlike_never_meet(tmp_path: Path) -> None:
    """Of all pairs of kinds, only equal ones are compared."""
    for (moves, calls), (others, called) in itertools.product([(0, 0), (1, 0), (0, 1)], repeat=2):
        one = Layout("ring", 1.0, moves=moves, calls=calls)
        other = Layout("ring", 1.0, backend="gcc", moves=others, calls=called)
        expected = {("ring@numba", "ring@gcc")} if (moves, calls) == (others, called) else set()
        assert pairs(codes(tmp_path, one, other)) == expected


def test_number_of_moves_is_no_kind(tmp_path: Path) -> None:
    """One conditional move or two: the step waits for a load either way."""
    two = Layout("ring", 1.0, backend="gcc", moves=2)
    assert pairs(codes(tmp_path, Layout("ring", 1.0, moves=1), two)) == {("ring@numba", "ring@gcc")}


def test_without_numbers_forms_meet_by_name(tmp_path: Path) -> None:
    """A form that the other compiler lacks is compared with that one's own code."""
    found = codes(
        tmp_path,
        Layout("ring", 1.0, moves=None),
        Layout("ring", 1.0, form="called", moves=None),
        Layout("ring", 1.0, form="branch", moves=None),
        Layout("ring", 1.0, backend="gcc", moves=None),
        Layout("ring", 1.0, backend="gcc", form="called", moves=None),
    )
    assert pairs(found) == {
        ("ring@numba", "ring@gcc"),
        ("ring[called]@numba", "ring[called]@gcc"),
        ("ring[branch]@numba", "ring@gcc"),
    }
