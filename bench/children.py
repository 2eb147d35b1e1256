"""Child processes, which run in the checkout and end with ours."""

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from bench.paths import ROOT

if TYPE_CHECKING:
    from subprocess import CompletedProcess, Popen

PARENT = "SG_RING_BENCH_PARENT"  # pid of the parent
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def environment() -> dict[str, str]:
    """The environment of a child, which runs in the checkout and imports its packages from there.

    PYTHONSAFEPATH would keep the current folder off its path.
    """
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    return ours | {PARENT: str(os.getpid())}


def command_of(module: str, *words: object) -> list[str]:
    """The command that runs a module of the checkout."""
    return [sys.executable, "-m", module, *map(str, words)]


def started(command: list[str], **how: Any) -> "Popen[bytes]":
    """A child that runs."""
    import subprocess  # not earlier: a worker needs none of it

    return subprocess.Popen(command, cwd=ROOT, env=environment(), **how)


def finished(
    command: list[str], timeout_s: float | None = None, **variables: str
) -> "CompletedProcess[str]":
    """A child that has ended, and its messages; ``variables`` are added to its environment.

    Raises:
        TimeoutExpired: if it takes longer; it is killed.
    """
    import subprocess

    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment() | variables,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=timeout_s,
    )


def last_line(messages: str) -> str:
    """The last line of a child's messages, which says most about its end."""
    return (messages.strip().splitlines() or ["no message"])[-1]


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
