"""What names and numbers in a file look like: the rules of ``docs/format.md``, in one place.

A name goes into tables, paths, pages and command lines. So it begins with a letter or a digit: no
spreadsheet takes it for a formula, no shell for an option, no folder for a hidden file. A word that
table readers take for a missing value is no name either.
"""

import math
import re

from reports.text.wording import NAME_LENGTH_MAX

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9_])?")
AXIS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*=[A-Za-z0-9][A-Za-z0-9._-]*")
BENCHMARK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/\[\]@{}=,-]*")
HASH = re.compile(r"[0-9a-f]{16}")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MISSING = frozenset({"na", "nan", "none", "null"})  # what pandas, R and others read as nothing
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a cell begins with that a spreadsheet calculates
LENGTH_MAX = 400  # of a benchmark's name, which is made of seven others
FILE_LENGTH_MAX = 200  # leaves room for endings, and for the name of a part being written


def is_name(text: object) -> bool:
    """Return whether this may be called so: a workload, shape, phase, layout, form, compiler."""
    known = isinstance(text, str) and len(text) <= NAME_LENGTH_MAX
    return known and bool(NAME.fullmatch(str(text))) and str(text).lower() not in MISSING


def is_axes(text: str) -> bool:
    """Return whether this is ``AXIS=VALUE,...`` with no axis twice; empty where nothing varies."""
    parts = text.split(",") if text else []
    axes = {part.partition("=")[0] for part in parts}
    whole = all(AXIS.fullmatch(part) for part in parts) and len(axes) == len(parts)
    return whole and len(text) <= NAME_LENGTH_MAX


def is_benchmark(text: str) -> bool:
    """Return whether a benchmark of any kind may be called so."""
    return len(text) <= LENGTH_MAX and bool(BENCHMARK.fullmatch(text))


def is_hash(text: object) -> bool:
    """Return whether this is the beginning of a hash of code."""
    return isinstance(text, str) and bool(HASH.fullmatch(text))


def is_file(text: str) -> bool:
    """Return whether a file that is published may be called so: it becomes part of addresses."""
    return len(text) <= FILE_LENGTH_MAX and bool(FILE.fullmatch(text))


def is_number(value: object) -> bool:
    """Return whether this is a finite number, and no text or truth value that passes for one."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def inert(text: object) -> object:
    """Return a cell of a CSV file that no spreadsheet takes for a formula: as text where it might.

    Names cannot begin so; what a machine or a compiler calls itself may begin with anything.
    """
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text
