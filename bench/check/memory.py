"""Memory in which a store outside of what a kernel was given is noticed.

A region ends where a page without access begins, but for the bytes that its alignment takes. These,
and what lies before it, hold a pattern that is looked at after every call.
"""

import ctypes
import mmap
import os

from bench.check.messages import Wrong
from bench.worker.memory import LINE, PAGE, PRIVATE

PATTERN = 0xA4  # as an entry of a list: no link, no end mark, no page
NO_ACCESS, READ_ONLY, READ_WRITE = 0, mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE
LIBC = ctypes.CDLL(None, use_errno=True)


class Region:
    """Zeroed memory of ``size`` bytes, called ``name`` in messages, guarded on both sides."""

    def __init__(self, name: str, size: int, align: int = LINE) -> None:
        self.name, self.size = name, size
        aligned = -(-size // align) * align
        self._room = max(1, -(-aligned // PAGE)) * PAGE
        self._memory = mmap.mmap(-1, self._room + 2 * PAGE, flags=PRIVATE)
        self._first = PAGE + ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._end = self._first + self._room
        self.base = self._end - aligned
        ctypes.memset(self._first, PATTERN, self._room)
        ctypes.memset(self.base, 0, size)
        _protect(self._first - PAGE, PAGE, NO_ACCESS)
        _protect(self._end, PAGE, NO_ACCESS)

    def read(self) -> bytes:
        """All of it."""
        return ctypes.string_at(self.base, self.size)

    def write(self, content: bytes, at: int = 0) -> None:
        """Write into it, also where kernels may only read."""
        assert at + len(content) <= self.size
        _protect(self._first, self._room, READ_WRITE)
        ctypes.memmove(self.base + at, content, len(content))

    def read_only(self) -> None:
        """Let kernels only read it, until it is written again."""
        _protect(self._first, self._room, READ_ONLY)

    def check(self) -> None:
        """Raise ``Wrong`` if a byte outside of it was written."""
        behind = self.base + self.size
        for start, end in ((self._first, self.base), (behind, self._end)):
            found = ctypes.string_at(start, end - start)
            if found.count(PATTERN) != len(found):
                at = next(at for at, byte in enumerate(found) if byte != PATTERN)
                raise Wrong(f"it wrote to {self.place(start + at)}")

    def place(self, address: int) -> str:
        """An address as messages give it: an offset, or how far outside."""
        offset = address - self.base
        if offset < 0:
            return f"{self.name}, {-offset} bytes before its start"
        if offset >= self.size:
            return f"{self.name}, {offset - self.size} bytes past its {self.size} bytes"
        return f"{self.name} + {offset:#x}"

    def near(self, address: int) -> bool:
        """Whether an address is in it or in one of its guards."""
        return self._first - PAGE <= address < self._end + PAGE


def _protect(start: int, size: int, access: int) -> None:
    if LIBC.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), access):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
