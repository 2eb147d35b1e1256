"""Checks of rings of today in a process of their own.

``python -m tests.todays.alone RING FORM CHECK...``: machine code comes on standard input.
"""

import sys
from collections.abc import Sequence

from bench.ring.oracle import RingError
from tests.kernels.alone import FAILED, given, limited
from tests.todays.every import CHECKS
from tests.todays.rig import Subject


def main(ring: str, form: str, names: Sequence[str]) -> int:
    """Run checks on the machine code that standard input brings."""
    limited()
    subject = Subject(given(), ring, form)
    try:
        for check in CHECKS:
            if check.__name__ in names:
                check(subject)
    except (AssertionError, RingError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
