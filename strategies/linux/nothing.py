"""Kernels that leave the ring alone: they count calls and return a dummy token."""

from typing import Any

from strategies.linux.views import U32, u64_at, virtqueue
from strategies.linux.virtqueue import ONE


def create(list_memory: Any, request: Any) -> Any:
    """Ask for one cache line."""
    return 64


def map_nothing(list_memory: Any, request: Any, words: Any) -> Any:
    """Count the call in the first word."""
    u64_at(words).value += ONE
    return 0


def add_nothing(vq_address: Any, first: Any, second: Any, third: Any, token: Any) -> Any:
    """Count the call in ``num_added``."""
    virtqueue(vq_address).num_added += U32(1)
    return 0


def kick_nothing(vq_address: Any) -> Any:
    """Notify nobody."""
    return 0


def get_nothing(vq_address: Any, length_address: Any) -> Any:
    """A dummy token."""
    return 1
