"""The grammar of names and numbers in a file: the rules of ``docs/format.md``, in one place.

A name goes into tables, paths, pages and command lines. So it begins with a letter or a digit: no
spreadsheet takes it for a formula, no shell for an option, no folder for a hidden file. Words that
table readers take for a missing value are not names either.
"""

import math
import re

from reports.text.wording import NAME_LENGTH_MAX

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]*[A-Za-z0-9_])?")
AXIS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*=[A-Za-z0-9][A-Za-z0-9._-]*")
BENCHMARK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/\[\]@{}=,-]*")
HASH = re.compile(r"[0-9a-f]{16}")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MISSING = frozenset({"na", "nan", "none", "null"})  # pandas, R and others read these as missing
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # spreadsheets calculate such a cell
LENGTH_MAX = 400  # of a benchmark's name, which consists of seven others
FILE_LENGTH_MAX = 200  # leaves room for suffixes, and for a temporary name while writing


def is_name(text: object) -> bool:
    """True if a workload, shape, phase, layout, form or compiler may have this name."""
    known = isinstance(text, str) and len(text) <= NAME_LENGTH_MAX
    return known and bool(NAME.fullmatch(str(text))) and str(text).lower() not in MISSING


def is_axes(text: str) -> bool:
    """True for ``AXIS=VALUE,...`` with no axis twice; empty if nothing varies."""
    parts = text.split(",") if text else []
    axes = {part.partition("=")[0] for part in parts}
    whole = all(AXIS.fullmatch(part) for part in parts) and len(axes) == len(parts)
    return whole and len(text) <= NAME_LENGTH_MAX


def is_benchmark(text: str) -> bool:
    """True if a benchmark of any kind may have this name."""
    return len(text) <= LENGTH_MAX and bool(BENCHMARK.fullmatch(text))


def is_hash(text: object) -> bool:
    """True for the beginning of a code hash."""
    return isinstance(text, str) and bool(HASH.fullmatch(text))


def is_file(text: str) -> bool:
    """True if a published file may have this name, which becomes part of addresses."""
    return len(text) <= FILE_LENGTH_MAX and bool(FILE.fullmatch(text))


def is_number(value: object) -> bool:
    """True for a finite number; a text or a truth value is not one."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def inert(text: object) -> object:
    """A CSV cell that no spreadsheet takes for a formula: quoted as text if it might.

    Names cannot begin like a formula; what a machine or a compiler calls itself can.
    """
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text
