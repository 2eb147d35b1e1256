"""Kernels by name: a strategy, its form in brackets, ``@`` and the backend that compiled it."""

import difflib
from collections.abc import Iterable, Mapping

from strategies import every, load
from strategies.backends import NUMBA, backends, cross_backends
from strategies.backends.cross import cross_missing
from strategies.compile.code import Code
from strategies.compile.target import TRIPLETS
from strategies.outside.given import OBJECTS
from strategies.outside.layouts import NO_LAYOUTS, Layouts

FUNCTIONS = ("map", "add_buf")


class UnknownNameError(Exception):
    """No kernel has this name; the text suggests the closest."""


def kernel(
    name: str, function: str = "add_buf", machine: str = "", theirs: Layouts = NO_LAYOUTS
) -> Code:
    """The machine code of a strategy's ``map`` or ``add_buf``: NAME[FORM][@BACKEND].

    ``theirs``: layouts in addition to those of this package; on this machine alone.

    A form that belongs to one experiment is followed by its axes: NAME[FORM]{AXIS=VALUE,...}.
    ``machine``: another architecture, as platform.machine() names it, for C compilers only.

    Raises:
        UnknownNameError: if there is no such strategy, form, backend or machine.
    """
    if machine:
        _check("machine", machine, TRIPLETS, TRIPLETS)
    label, _, backend = name.partition("@")
    strategies = {strategy.label: strategy for strategy in (*every(), *theirs.strategies)}
    known = cross_backends(machine) if machine else theirs.beside(backends())
    if not known:
        raise UnknownNameError(cross_missing(machine, known))
    _check("backend", backend or NUMBA, known, known)
    _check("strategy", label, strategies, [strategy.label for strategy in load()])
    if not known[backend or NUMBA].serves(strategies[label]):
        there = [one for one in known if known[one].serves(strategies[label])]
        at = f"{label}@{there[0]}" if there else label
        kind = {NUMBA: "Python source", OBJECTS: "object file"}.get(backend or NUMBA, "C source")
        raise UnknownNameError(f"{label} has no {kind} for {backend or NUMBA}; use {at}")
    return known[backend or NUMBA].kernel(strategies[label], function)


def _check(kind: str, name: str, known: Mapping[str, object], choice: Iterable[str]) -> None:
    """Refuse a name that is not known; ``choice`` is named where none is near."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.4)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(choice)}"
        raise UnknownNameError(f"there is no {kind} {name}: {hint}")
