"""Work shared with a copy of this process, where there is a second core for it."""

import os
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Part = TypeVar("Part")


def shared(work: Callable[[int], Part], count: int, say: Callable[[int], None]) -> list[Part]:
    """The results of ``work`` for 0, 1, ... ``count`` - 1; ``say`` is told which is done here.

    This process works from the front and its copy, which knows all that this one knows, from the
    back, until they meet. The copy is a fork, which Python warns of where a library has threads;
    OpenBLAS and Arrow prepare theirs for it.
    """
    if cores() < 2:  # noqa: PLR2004
        return alone(work, count, say)
    with ProcessPoolExecutor(1, get_context("fork"), _know, (work,)) as helper:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: see above
            theirs = {at: helper.submit(_work, at) for at in reversed(range(1, count))}
        ours: dict[int, Part] = {}
        for at in range(count):
            if at not in theirs or theirs[at].cancel():
                say(at)
                ours[at] = work(at)
        return [ours[at] if at in ours else theirs[at].result() for at in range(count)]


def alone(work: Callable[[int], Part], count: int, say: Callable[[int], None]) -> list[Part]:
    """The same, all of it done here."""
    found = []
    for at in range(count):
        say(at)
        found.append(work(at))
    return found


def cores() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


_known: list[Callable[[int], Any]] = []  # of the copy alone: it is handed over by forking


def _know(work: Callable[[int], Any]) -> None:
    _known.append(work)


def _work(at: int) -> Any:
    return _known[0](at)
