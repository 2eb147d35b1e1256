"""Other processes: started, awaited and ended, however slow or busy the machine is.

No clock is involved in waiting for what a process does: the wait goes on while it lives, and fails
once it has ended. One that was killed is gone when the system says so, within minutes.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from bench.paths import ROOT

LOOK_S = 0.02
END_S = 120  # for a loaded machine


@contextmanager
def started(
    command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process in a session of its own, which ends here at the latest, also if a test fails."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def until(condition: Callable[[], object], child: "subprocess.Popen[str]") -> None:
    """Wait until a call returns something true; fail if the process ends before."""
    while not condition():
        if child.poll() is not None and not condition():
            _, errors = child.communicate()
            raise AssertionError(f"it ended with {child.returncode} before that: {errors}")
        time.sleep(LOOK_S)


def until_none(left: Callable[[], object]) -> None:
    """Wait until nothing is left of processes that were killed."""
    end_s = time.monotonic() + END_S
    while found := left():
        assert time.monotonic() < end_s, found
        time.sleep(LOOK_S)


def alive(process: int) -> bool:
    """Whether a process runs: one that only waits to be asked for its status does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
