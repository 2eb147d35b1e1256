"""Checks in a forked child: kernels with a mistake may crash, or never end.

A fork takes milliseconds, a process that imports everything again two seconds.
"""

import faulthandler
import os
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable

from bench.ring.oracle import RingError

PASSED, FAILED, BROKEN = 0, 1, 2
CPU_SECONDS_MAX = 10  # a walk that never ends is stopped, however busy the machine is


def status_of(check: Callable[[], object]) -> int:
    """Run a check in a child: ``PASSED``, ``FAILED`` by an assertion, or minus a signal's number.

    A failed check says why on standard error. One that raises anything else is ``BROKEN``.
    """
    child = fork()
    if child == 0:
        os._exit(_checked(check))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fork() -> int:
    """A child that runs kernels and ends.

    Python 3.12 warns of threads, and pytest-xdist has one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _checked(check: Callable[[], object]) -> int:
    faulthandler.disable()  # a crash is an answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS_MAX)
    try:
        check()
    except (AssertionError, RingError) as error:
        return _told(f"{type(error).__name__}: {error}\n", FAILED)
    except BaseException:  # noqa: BLE001  whatever it is, the child must not go on as its parent
        return _told(traceback.format_exc(), BROKEN)
    return PASSED


def _told(text: str, status: int) -> int:
    sys.stderr.write(text)
    sys.stderr.flush()
    return status
