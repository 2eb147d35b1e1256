"""Plain JSON data as typed records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reports.read.text import json_of, record


@dataclass(frozen=True)
class Part:
    """A part of a file."""

    name: str
    count: int = 0


@dataclass(frozen=True)
class Whole:
    """A file of parts."""

    parts: tuple[Part, ...]


def test_texts_are_safe_and_unknown_keys_ignored() -> None:
    """Control characters are replaced, a long text is shortened, a newer file may say more."""
    data = {"parts": [{"name": "a\x1b[2J", "newer": 1}, {"name": "b" * 100}], "more": None}
    (first, second) = record(data, Whole, 40).parts
    assert first == Part("a?[2J")
    assert len(second.name) == 40


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"parts": [{"name": "a"}, {"count": 1}]}, r"required field `name` - at `\$.parts\[1\]`"),
        ({"parts": [{"name": 1}]}, r"Expected `str`, got `int` - at `\$.parts\[0\].name`"),
        ({"parts": [{"name": "a", "count": True}]}, r"got `bool` - at `\$.parts\[0\].count`"),
        (None, "Expected `object`, got `null`"),
    ],
)
def test_an_error_names_the_place(data: Any, complaint: str) -> None:
    """Whoever wrote the file can find the value."""
    with pytest.raises(ValueError, match=complaint):
        record(data, Whole, 40)


def test_endless_nesting_is_an_error() -> None:
    """And no crash of the process."""
    data: Any = []
    for _ in range(100_000):
        data = [data]
    with pytest.raises(ValueError, match="nested too deeply"):
        record(data, Whole, 40)


@pytest.mark.parametrize("text", ["x", "{", "[" * 100_000, "9" * 5000])
def test_what_is_not_json_is_nothing(tmp_path: Path, text: str) -> None:
    """The caller says which file it expected."""
    path = tmp_path / "x.json"
    path.write_text(text)
    assert json_of(path) is None
