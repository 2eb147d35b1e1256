"""The loops that the watch times before and after every round: one throughput, one latency bound.

``sums`` starts as many additions as a core can, so anything that shares the core's execution units
slows it down. ``chain`` starts each multiplication when the previous one has ended, and leaves so
many units idle that a neighbour does not slow it: it takes the same cycles on a shared core, so it
measures the clock. The ratio of a step of ``sums`` to a step of ``chain`` is independent of it.

Neither touches a list or a ring. They have ``map``'s signature, so the driver repeats them like any
``map``.
"""

from typing import Any

from strategies.compile.codegen import inline
from strategies.linux.views import U64, u64_at

SUMS_STEPS, CHAIN_STEPS = 128, 256  # per call
ONE = U64(1)
OPERATIONS = 24  # per step of ``sums``; each depends on at most one other
LATENCY = 4  # cycles per step of ``chain``: a multiplication and an addition


@inline
def _sums(x: Any) -> Any:
    """Take steps of twelve sums; an xor between additions keeps a compiler from folding them."""
    a, b, c = x, x + ONE, x + U64(3)
    d, e, f = x + U64(7), x + U64(15), x + U64(31)
    g, h, i = x ^ U64(5), x ^ U64(9), x ^ U64(17)
    j, k, m = x ^ U64(33), x ^ U64(65), x ^ U64(6)
    for _ in range(SUMS_STEPS):
        a, b, c, d = a + U64(3), b + U64(5), c + U64(7), d + U64(9)
        e, f, g, h = e + U64(11), f + U64(13), g + U64(15), h + U64(17)
        i, j, k, m = i + U64(19), j + U64(21), k + U64(23), m + U64(25)
        a, b, c, d = a ^ U64(0x55), b ^ U64(0x33), c ^ U64(0x0F), d ^ U64(0x5A)
        e, f, g, h = e ^ U64(0x3C), f ^ U64(0x69), g ^ U64(0x55), h ^ U64(0x33)
        i, j, k, m = i ^ U64(0x0F), j ^ U64(0x5A), k ^ U64(0x3C), m ^ U64(0x69)
    return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ m


@inline
def _chain(x: Any) -> Any:
    """Take steps of a multiplication and an addition, each dependent on the previous one."""
    for _ in range(CHAIN_STEPS):
        x = x * x + ONE
    return x


def sums(memory: Any, request: Any, words: Any) -> Any:
    """Continue the sums of the last call."""
    u64_at(memory).value = _sums(u64_at(memory).value)
    return 0


def chain(memory: Any, request: Any, words: Any) -> Any:
    """Continue the chain of the last call."""
    u64_at(memory).value = _chain(u64_at(memory).value)
    return 0
