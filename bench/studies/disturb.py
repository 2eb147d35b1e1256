"""Artificial load, to measure under disturbance.

``python -m bench.studies.disturb busy CPU`` computes on one CPU without end; ``bandwidth CPU``
copies more memory than fits into a cache. Both end when their standard input is closed, so neither
outlives its run.
"""

import os
import sys
import threading

import numpy as np

COPIED_BYTES = 256 << 20


def busy() -> None:
    """Compute without touching memory."""
    x = 1
    for _ in range(1_000_000):
        x = x * 3 & 0xFFFF


def bandwidth(block: np.ndarray, other: np.ndarray) -> None:
    """Move memory through every cache."""
    np.copyto(other, block)


def wait_for_end(ended: threading.Event) -> None:
    """When standard input is closed."""
    sys.stdin.read()
    ended.set()


def main(arguments: list[str]) -> int:
    """Disturb until standard input is closed."""
    kind, cpu = arguments
    os.sched_setaffinity(0, {int(cpu)})
    ended = threading.Event()
    threading.Thread(target=wait_for_end, args=(ended,), daemon=True).start()
    block = np.ones(COPIED_BYTES // 8 if kind == "bandwidth" else 1)
    other = np.empty_like(block)
    while not ended.is_set():
        if kind == "busy":
            busy()
        else:
            bandwidth(block, other)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
