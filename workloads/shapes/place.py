"""Where in a JSON text a value stands."""

import json
import re

STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
BLANK = re.compile(r"[ \t\n\r]*")


def line_of(text: str, path: str) -> int:
    """The line, from 1, of the value at a path as ``$.shapes[3].bytes``.

    Where there is none, of the last part of the path that is there.
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
    """Where the value of a key begins in the object that begins at ``at``."""
    at = _after_blanks(text, at + 1)
    while text[at] == '"':
        key, at = json.JSONDecoder().raw_decode(text, at)
        at = _after_blanks(text, _after_blanks(text, at) + 1)
        if key == wanted:
            return at
        at = _next(text, at)
    return None


def _element(text: str, at: int, wanted: int) -> int | None:
    """Where an element begins in the list that begins at ``at``."""
    at = _after_blanks(text, at + 1)
    for _ in range(wanted):
        at = _next(text, at)
    return at


def _next(text: str, at: int) -> int:
    """Where what follows the value at ``at`` begins, behind a comma."""
    _, end = json.JSONDecoder().raw_decode(text, at)
    end = _after_blanks(text, end)
    return _after_blanks(text, end + 1) if text[end] == "," else end


def _after_blanks(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    assert found is not None
    return found.end()
