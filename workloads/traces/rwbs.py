"""The kernel's RWBS letters, as written by ``blk_fill_rwbs`` and blktrace.

A leading ``F`` is a flush before the request, a later one FUA; ``D`` discards, ``DE`` erases,
``Z.`` is an operation on a zone, ``N`` none of these. ``A``, ``S`` and ``M`` are only hints.
"""

from functools import cache

from workloads import Direction


@cache
def direction_of(letters: bytes) -> Direction | None:
    """The direction of the data; None if there are none, or none that a driver maps."""
    operation = letters[1:2] if letters[:1] == b"F" else letters[:1]
    return {b"R": Direction.IN, b"W": Direction.OUT}.get(operation)
