"""What the watch times at both ends of every round: one loop bound by throughput, one by latency.

``sums`` starts as many additions as a core can; whoever shares the core's execution units slows it
down. ``chain`` starts a multiplication only when the one before has ended, and leaves so many units
idle that a neighbour does not show: it takes the same cycles alone and shared, so it is the
processor's clock. A step of ``sums`` divided by a step of ``chain`` thus knows no clock speed.

Neither touches a list or a ring. Kernels with ``map``'s signature: the driver repeats them as it
repeats any ``map``, so the watch needs no turn of its own.
"""

from typing import Any

from strategies.compile.codegen import inline
from strategies.linux.views import U64, u64_at

SUMS_STEPS, CHAIN_STEPS = 128, 256  # of one call
ONE = U64(1)
OPERATIONS = 24  # in a step of ``sums``, none of which waits for more than one of the others
LATENCY = 4  # cycles in a step of ``chain``: a multiplication and an addition


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
    """Take steps of a multiplication and an addition, each waiting for the one before."""
    for _ in range(CHAIN_STEPS):
        x = x * x + ONE
    return x


def sums(memory: Any, request: Any, words: Any) -> Any:
    """Add from where the last call ended."""
    u64_at(memory).value = _sums(u64_at(memory).value)
    return 0


def chain(memory: Any, request: Any, words: Any) -> Any:
    """Multiply from where the last call ended."""
    u64_at(memory).value = _chain(u64_at(memory).value)
    return 0
