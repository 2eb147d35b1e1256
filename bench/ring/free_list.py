"""The order of the free list of a used ring, as completion out of order leaves it.

The free list is a stack of chains: the chain freed last is allocated first, with its links intact.
A generation fills the ring with requests of several sizes until one does not fit, completes all of
them and takes them back. With requests of one size, every chain would stay whole.
"""

import random
from collections.abc import Callable
from functools import cache
from itertools import count, cycle

import numpy as np
from numpy.typing import NDArray

from bench.ring.oracle import asked
from workloads import STREAM_SEED, blk

SIZES = tuple(len(asked(request)) for request in blk.mix(STREAM_SEED))  # descriptors
Chains = list[NDArray[np.int64]]


def shuffled(chains: Chains, generation: int) -> Chains:
    """The chains in a drawn order."""
    return random.Random(STREAM_SEED + generation).sample(chains, len(chains))


ORDERS: dict[str, Callable[[Chains, int], Chains]] = {
    "in-order": lambda chains, _generation: chains,
    "reversed": lambda chains, _generation: chains[::-1],
    "random": shuffled,
}


@cache
def free_list(
    slots: int, completion: str = "", generations: int = 0, sizes: tuple[int, ...] = SIZES
) -> NDArray[np.int64]:
    """The descriptors of an empty ring, in the order of their allocation."""
    free, waiting = np.arange(slots), cycle(sizes)
    size = next(waiting)
    for generation in range(generations):
        ends: list[int] = []
        for _ in count():
            end = size + (ends[-1] if ends else 0)
            if end > slots:
                break
            ends.append(end)
            size = next(waiting)
        *chains, rest = np.split(free, ends)
        completed = ORDERS[completion](chains, generation)
        free = np.concatenate([*completed[::-1], rest])
    free.flags.writeable = False  # shared by all callers
    return free


def stride(free: NDArray[np.int64]) -> float:
    """The mean distance between neighbours in the free list, in descriptors."""
    return float(np.abs(np.diff(free)).mean())
