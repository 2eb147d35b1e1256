"""Waiting for another process, however slow or busy the machine is.

No clock is involved: the wait goes on while the process lives, and fails once it has ended.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

LOOK_S = 0.02


def until(condition: Callable[[], object], child: "subprocess.Popen[str]") -> None:
    """Wait until a call returns something true; fail if the process ends before."""
    while not condition():
        if child.poll() is not None and not condition():
            _, errors = child.communicate()
            raise AssertionError(f"it ended with {child.returncode} before that: {errors}")
        time.sleep(LOOK_S)
