"""Child processes started with ``python -m``: their environment, and their end with ours."""

import ctypes
import os
import signal

PARENT = "SG_RING_BENCH_PARENT"  # pid of the parent
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def environment() -> dict[str, str]:
    """The environment of a child, which runs in the checkout and imports its packages from there.

    PYTHONSAFEPATH would keep the current folder off its path.
    """
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return ours | {PARENT: str(os.getpid())}


def end_with_parent(parent: int | None = None) -> None:
    """Have this process killed when its parent dies; at once if that has died already.

    A run that is killed with -9 cannot end its workers, which would disturb the next run.
    ``parent``: its pid, if the environment names another one.
    """
    parent = parent or int(os.environ.get(PARENT, "0"))
    if not parent:  # started by hand
        return
    ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
