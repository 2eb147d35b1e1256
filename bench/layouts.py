"""A user's layouts in addition to the suite's: ``python -m bench --layout FILE``.

Names and digests of the files are part of the plan. Whoever compiles them reads them again: a
resumed run must get the code it began with, as any must.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import BenchError
from strategies import Strategy, every, ordered
from strategies.outside import OutsideError
from strategies.outside.given import OBJECT, OBJECTS, Given, digests, read

if TYPE_CHECKING:
    from strategies.backends import Backend


class LayoutsError(BenchError):
    """A layout's file that cannot be measured; the text names it."""


def given(paths: Iterable[Path] | None) -> tuple[Given, ...]:
    """The layouts' files at these paths; none if none are given.

    Raises:
        LayoutsError: if one of them holds no layout.
    """
    from strategies.outside.layouts import layouts_of  # brings what reads object files

    try:
        found = read(paths or ())
        layouts_of(found)
    except OutsideError as error:
        raise LayoutsError(str(error)) from None
    return found


def strategies_with(theirs: tuple[Given, ...]) -> tuple[Strategy, ...]:
    """Every strategy of the suite and of these files, in the order of ``Role``."""
    from strategies.outside.layouts import layouts_of

    return ordered((*every(), *layouts_of(theirs).strategies))


def backends_with(names: Iterable[str], theirs: tuple[Given, ...]) -> "dict[str, Backend]":
    """The backends of these names, and that of objects if a file is one."""
    from strategies.backends import backends
    from strategies.outside.layouts import layouts_of

    return layouts_of(theirs).beside(backends(names=names))


def names_with(names: tuple[str, ...], theirs: tuple[Given, ...]) -> tuple[str, ...]:
    """The names of ``backends_with``."""
    more = [OBJECTS] if any(one.kind == OBJECT for one in theirs) else []
    return tuple(dict.fromkeys((*names, *more)))


def metadata(theirs: tuple[Given, ...]) -> dict[str, str]:
    """Their entry in a result: every file's name and digest."""
    return {"layouts": digests(theirs)} if theirs else {}
