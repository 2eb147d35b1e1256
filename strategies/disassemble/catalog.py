"""Kernels by name: a strategy, its form in brackets, ``@`` and the backend that compiled it."""

import difflib
from collections.abc import Mapping

from strategies import load
from strategies.backends import NUMBA, backends
from strategies.compile.code import Code

FUNCTIONS = ("map", "add_buf")


class UnknownNameError(Exception):
    """No kernel has this name; the text suggests the closest."""


def kernel(name: str, function: str = "add_buf") -> Code:
    """The machine code of a strategy's ``map`` or ``add_buf``: NAME[FORM][@BACKEND].

    Raises:
        UnknownNameError: if there is no such strategy, form or backend.
    """
    label, _, backend = name.partition("@")
    strategies = {strategy.label: strategy for strategy in load()}
    known = backends()
    _check("backend", backend or NUMBA, known)
    _check("strategy", label, strategies)
    if not known[backend or NUMBA].serves(strategies[label]):
        raise UnknownNameError(f"{label} has no C source for {backend}; use {label}@{NUMBA}")
    return known[backend or NUMBA].kernel(strategies[label], function)


def _check(kind: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.4)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UnknownNameError(f"there is no {kind} {name}: {hint}")
