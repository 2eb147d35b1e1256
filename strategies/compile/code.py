"""Machine code as a value: the same bytes are checked, counted and timed."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """Machine code that runs at any address."""

    text: bytes
    entry: int = 0  # bytes from the start of ``text`` to the function


def code_hash(*codes: Code) -> str:
    """The first 16 hex digits of the SHA-256 of all bytes."""
    return hashlib.sha256(b"".join(code.text for code in codes)).hexdigest()[:16]
