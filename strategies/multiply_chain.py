"""multiply_chain, the sentinel: a fixed chain of dependent multiplications, no list, no ring.

Its time depends on the processor's clock alone: 512 steps of a multiplication and an addition, each
of which waits for the previous one, across requests. Where it differs between processes of a run,
the clock changed or the core was shared, and the cell in which it differs is flagged.

What you should observe: the same nanoseconds in every process, and in every cell, give or take a
few for the loop around it.
"""

from typing import Any

from strategies import Role, Strategy
from strategies.compile.codegen import inline
from strategies.linux.nothing import create, get_nothing, kick_nothing
from strategies.linux.views import U32, u64_at, virtqueue
from strategies.linux.virtqueue import ONE

STEPS = 512


@inline
def chain(x: Any) -> Any:
    """A number that no compiler can compute without taking every step."""
    for _ in range(STEPS):
        x = x * x + ONE
    return x


def map_chain(list_memory: Any, request: Any, words: Any) -> Any:
    """Take the steps and count the call in the first word; all requests share list memory."""
    u64_at(list_memory).value = chain(u64_at(list_memory).value)
    u64_at(words).value += ONE
    return 0


def add_chain(vq_address: Any, first: Any, second: Any, third: Any, token: Any) -> Any:
    """Take the steps and count the call in ``num_added``."""
    vq = virtqueue(vq_address)
    vq.priv = chain(vq.priv)
    vq.num_added += U32(1)
    return 0


STRATEGIES = (
    Strategy(
        "multiply_chain",
        create,
        map_chain,
        add_chain,
        role=Role.SENTINEL,
        phases=("map", "add"),
        kick=kick_nothing,
        get_buf=get_nothing,
    ),
)
