"""Finds the line of a value in a JSON text."""

import json
import re

STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
BLANK = re.compile(r"[ \t\n\r]*")


def line_of(text: str, path: str) -> int:
    """The line, from 1, of the value at a path such as ``$.shapes[3].bytes``.

    If it does not exist, that of the last part of the path that does.
    """
    at = _after_blanks(text, 0)
    for key, number in STEP.findall(path):
        try:
            further = _member(text, at, key) if key else _element(text, at, int(number))
        except (ValueError, IndexError, RecursionError):
            break
        if further is None:
            break
        at = further
    return text.count("\n", 0, at) + 1


def _member(text: str, at: int, wanted: str) -> int | None:
    """The position of a key's value in the object at ``at``; None if it has no such key."""
    at = _after_blanks(text, at + 1)
    while text[at] == '"':
        key, at = json.JSONDecoder().raw_decode(text, at)
        at = _after_blanks(text, _after_blanks(text, at) + 1)
        if key == wanted:
            return at
        at = _next(text, at)
    return None


def _element(text: str, at: int, wanted: int) -> int | None:
    """The position of an element of the list at ``at``."""
    at = _after_blanks(text, at + 1)
    for _ in range(wanted):
        at = _next(text, at)
    return at


def _next(text: str, at: int) -> int:
    """The position after the value at ``at`` and its comma."""
    _, end = json.JSONDecoder().raw_decode(text, at)
    end = _after_blanks(text, end)
    return _after_blanks(text, end + 1) if text[end] == "," else end


def _after_blanks(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    assert found is not None
    return found.end()
