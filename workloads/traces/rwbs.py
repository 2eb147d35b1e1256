"""The kernel's RWBS letters, as ``blk_fill_rwbs`` writes them and blktrace has them too.

An ``F`` in front is a flush before the request, behind it FUA; ``D`` discards, ``DE`` erases,
``Z.`` is an operation on a zone, ``N`` none of these. ``A``, ``S``, ``M`` say why, not what.
"""

from functools import cache

from workloads import Direction


@cache
def direction_of(letters: bytes) -> Direction | None:
    """Which way data go, None where there are none (or none that a driver maps)."""
    operation = letters[1:2] if letters[:1] == b"F" else letters[:1]
    return {b"R": Direction.IN, b"W": Direction.OUT}.get(operation)
