"""Speculative store bypass: whether a thread's loads may pass stores whose addresses are not known.

A core that runs a load before the address of an older store is known bets that they do not overlap.
Linux can forbid that to a thread, if the processor can: ``prctl(2)``, PR_SET_SPECULATION_CTRL, see
Documentation/userspace-api/spec_ctrl.rst. So the effect of such loads can be measured without
performance counters, by forbidding them.
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
    """Whether this thread has store bypass and may switch it off and on again.

    ``state`` is the kernel's answer about the thread, less than 0 if kernel or processor does not
    support it; None: ask now.
    """
    known = _prctl(GET) if state is None else state
    return known == BY_PRCTL | ENABLED


@contextmanager
def withheld() -> Iterator[None]:
    """Switch off store bypass in this thread within the context.

    Raises:
        BypassError: if the system refuses, on entry or on exit.
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
    """Call ``prctl``; -1 if it fails."""
    words = (ctypes.c_ulong(word) for word in (STORE_BYPASS, value, 0, 0))
    return int(ctypes.CDLL(None).prctl(operation, *words))
