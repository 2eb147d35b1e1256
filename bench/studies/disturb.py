"""Artificial load, to measure under it.

``python -m bench.studies.disturb busy CPU`` computes on one CPU without end; ``bandwidth CPU``
copies more memory than fits into a cache. Both end when their standard input is closed, so neither
outlives its run.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

import numpy as np

from bench.children import command_of, started
from bench.errors import BenchError

COPIED_BYTES = 256 << 20
Load: TypeAlias = tuple[tuple[str, int], ...]  # kind, and index of a worker's CPU


@contextmanager
def under(load: Load, cpus: Sequence[int]) -> Iterator[None]:
    """Disturb CPUs within the context."""
    with ExitStack() as stack:
        for kind, which in load:
            stack.enter_context(disturbance(kind, cpus[which % len(cpus)]))
        yield


@contextmanager
def disturbance(kind: str, cpu: int) -> Iterator[None]:
    """Disturb one CPU within the context.

    Raises:
        BenchError: on exit, if the load has ended before.
    """
    words = command_of("bench.studies.disturb", kind, cpu)
    with started(words, stdin=subprocess.PIPE) as child:
        try:
            yield
        finally:
            assert child.stdin is not None
            child.stdin.close()
    if child.returncode:
        raise BenchError(f"{kind} on CPU {cpu} ended early: the run was not disturbed")


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
