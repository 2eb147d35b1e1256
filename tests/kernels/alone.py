"""Checks in a process of their own, ``python -m tests.kernels.alone NAME...``: a mutant may crash.

Machine code comes on standard input, as JSON, so that no process waits for a compiler.
"""

import json
import resource
import signal
import sys
from collections.abc import Sequence

from bench.ring.oracle import RingError
from strategies.compile.code import Code
from tests.kernels.checks import CHECKS
from tests.kernels.rig import Kernels, place

FAILED = 1  # exit status: the check's own words are on standard error
CPU_SECONDS_MAX = 10  # a walk that never ends is stopped, however busy the machine is


def limited() -> None:
    """Leave no core behind, and take no longer than a check may."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS_MAX)


def given() -> Kernels:
    """Return the machine code that standard input brings, where it can run."""
    codes = {
        kernel: Code(bytes.fromhex(text), entry)
        for kernel, (text, entry) in json.load(sys.stdin).items()
    }
    return place("given", codes)


def main(names: Sequence[str]) -> int:
    """Run checks on the machine code that standard input brings."""
    limited()
    kernels = given()
    try:
        for check in CHECKS:
            if check.__name__ in names:
                check(kernels)
    except (AssertionError, RingError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
