"""Processes that we start with ``python -m``: what they find, and that none outlives us."""

import ctypes
import os
import signal

PARENT = "SG_RING_BENCH_PARENT"  # the pid of who started a process
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def environment() -> dict[str, str]:
    """Return the environment of a child, which runs in the checkout and finds its packages there.

    PYTHONSAFEPATH would keep the current folder off its path.
    """
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return ours | {PARENT: str(os.getpid())}


def end_with_parent(parent: int | None = None) -> None:
    """Have this process killed when the one that started it dies; now, if that is dead already.

    A run that is killed with -9 cannot end its workers, which would measure beside the next run.
    ``parent``: its pid, where the environment names another.
    """
    parent = parent or int(os.environ.get(PARENT, "0"))
    if not parent:  # somebody started it by hand
        return
    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
