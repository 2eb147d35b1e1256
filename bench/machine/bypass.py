"""Speculative store bypass: whether a thread's loads may pass stores whose addresses are not known.

A core that runs a load before an older store's address is there bets that they do not overlap.
Linux lets a thread do without that bet, where the processor can: ``prctl(2)``,
PR_SET_SPECULATION_CTRL, of Documentation/userspace-api/spec_ctrl.rst. So what loads do that run
ahead can be asked by taking it from them, where no counter is to be had.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from bench.errors import BenchError

GET, SET, STORE_BYPASS = 52, 53, 0  # PR_*_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS
BY_PRCTL, ENABLED, DISABLED = 1, 2, 4  # PR_SPEC_PRCTL, PR_SPEC_ENABLE, PR_SPEC_DISABLE


class BypassError(BenchError):
    """The system does not let this thread do without store bypass."""


def switchable(state: int | None = None) -> bool:
    """Return whether this thread has store bypass, and may do without and take it again.

    ``state`` is what the kernel says of the thread; asked of it unless given. It is less than 0
    where the kernel or the processor knows of no such thing.
    """
    found = _prctl(GET) if state is None else state
    return found == BY_PRCTL | ENABLED


@contextmanager
def withheld() -> Iterator[None]:
    """Do without store bypass in this thread.

    Raises:
        BypassError: if the system refuses, before anything is done or behind it.
    """
    _set(DISABLED)
    try:
        yield
    finally:
        _set(ENABLED)


def _set(wanted: int) -> None:
    if _prctl(SET, wanted) or _prctl(GET) != BY_PRCTL | wanted:
        raise BypassError(
            "this system does not let a thread switch speculative store bypass: see "
            "Speculation_Store_Bypass in /proc/self/status; leave out --experiment serialise"
        )


def _prctl(operation: int, value: int = 0) -> int:
    """Call ``prctl``; -1 where it fails."""
    words = (ctypes.c_ulong(word) for word in (STORE_BYPASS, value, 0, 0))
    return int(ctypes.CDLL(None).prctl(operation, *words))
