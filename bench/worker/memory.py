"""Memory that is drawn in every round: pages for data, addresses for code.

The relative addresses of queue, descriptors and list change the times of a process, and so does a
kernel's position in its cache lines; ``docs/method.md`` says by how much. An A/A comparison that
shares them shows neither. So both are drawn again in every round.
"""

import ctypes
import mmap
import platform
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import BenchError

PAGE = mmap.PAGESIZE
LINE = 64
HUGE_PAGE = 2 << 20
POSITIONS = (0, 16, 32, 48)  # where in a cache line a kernel may begin
TRAP = 0xCC  # int3 on x86
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
CODE_PAGES = 1024  # one for each piece of code, and room to draw from: all experiments have 500


class ExecutableMemoryError(BenchError):
    """The system does not let this process execute memory that it wrote."""


class Arena:
    """Private pages of 4 KiB, touched once each, in random order to scatter them physically."""

    def __init__(self, pages: int, draw: np.random.Generator, *, touch: bool = True) -> None:
        self._memory = mmap.mmap(-1, pages * PAGE, flags=PRIVATE)
        with suppress(OSError):  # a kernel without huge pages
            self._memory.madvise(mmap.MADV_NOHUGEPAGE)
        self.bytes = np.frombuffer(self._memory, np.uint8)
        self.base = int(self.bytes.ctypes.data)
        self.pages = pages
        for page in draw.permutation(pages if touch else 0):
            self.bytes[int(page) * PAGE] = 0

    def regions(self, sizes: list[int], aligned: int, draw: np.random.Generator) -> list[int]:
        """Addresses on drawn pages, one for each size in bytes, without overlap.

        The first ``aligned`` are aligned to a page, as rings and queues are; the others to a drawn
        line, so that none of their fields is always a multiple of a page from a field of a queue.

        Raises:
            ValueError: if the arena is too small.
        """
        lines = draw.integers(0, PAGE // LINE, len(sizes))
        lines[:aligned] = 0
        counts = [
            -(-(size + LINE * int(line)) // PAGE) if size else 0
            for size, line in zip(sizes, lines, strict=True)
        ]
        spare = self.pages - sum(counts)
        if spare < 0:
            raise ValueError(f"the arena has {self.pages} pages, the cell needs {sum(counts)}")
        gaps = np.sort(draw.integers(0, spare + 1, len(sizes)))
        page, addresses = 0, [0] * len(sizes)
        for gap, which in zip(gaps, draw.permutation(len(sizes)), strict=True):
            addresses[which] = self.base + (int(gap) + page) * PAGE + LINE * int(lines[which])
            page += counts[which]
        return addresses

    def view(self, address: int, dtype: np.dtype[Any], count: int = 1) -> NDArray[Any]:
        """``count`` records at ``address``, as writable memory."""
        offset = address - self.base
        return self.bytes[offset : offset + count * dtype.itemsize].view(dtype)

    def read(self, address: int, size: int) -> bytes:
        """``size`` bytes at ``address``."""
        return ctypes.string_at(address, size)


class Heap:
    """Private memory for more lists than fit into a cache, in huge or small pages.

    It is private because shared mappings never get huge pages; it is not touched yet.
    """

    def __init__(self, size: int, *, huge: bool) -> None:
        self.size = -(-size // HUGE_PAGE) * HUGE_PAGE
        self._memory = mmap.mmap(-1, self.size + HUGE_PAGE, flags=PRIVATE)
        with suppress(OSError):  # as above; huge_share reports the result
            self._memory.madvise(mmap.MADV_HUGEPAGE if huge else mmap.MADV_NOHUGEPAGE)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self.base = -(-start // HUGE_PAGE) * HUGE_PAGE

    def huge_share(self) -> float:
        """The share of touched memory in huge pages, according to ``/proc/self/smaps``."""
        return huge_share(Path("/proc/self/smaps").read_text("utf-8", "replace"), self.base)


def huge_share(smaps: str, address: int) -> float:
    """The share of huge pages in the mapping that contains an address; 0 if none does."""
    here, sizes_kib = False, {"Rss": 0, "AnonHugePages": 0}
    for line in smaps.splitlines():
        if span := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            here = int(span[1], 16) <= address < int(span[2], 16)
            continue
        key, _, rest = line.partition(":")
        if here and key in sizes_kib:
            sizes_kib[key] = int(rest.split()[0])
    return sizes_kib["AnonHugePages"] / sizes_kib["Rss"] if sizes_kib["Rss"] else 0.0


def records_at(address: int, dtype: np.dtype[Any], count: int = 1) -> NDArray[Any]:
    """``count`` records at an address of this process, as writable memory."""
    room = (ctypes.c_uint8 * (count * dtype.itemsize)).from_address(address)
    return np.ctypeslib.as_array(room).view(dtype)


class Executable:
    """Pages from which copied code is executed."""

    def __init__(self, pages: int = CODE_PAGES) -> None:
        try:
            self._memory = mmap.mmap(
                -1,
                pages * PAGE,
                flags=PRIVATE,
                prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC,
            )
        except PermissionError:
            raise ExecutableMemoryError(
                "this system forbids a process to execute memory that it wrote (SELinux "
                "execmem, PR_SET_MDWE or a container profile); allow it for this run"
            ) from None
        self._room = np.frombuffer(self._memory, np.uint8)
        self._room[:] = TRAP
        self.base = int(self._room.ctypes.data)
        self.pages = pages

    def place(
        self, texts: list[bytes], positions: NDArray[np.int64], draw: np.random.Generator
    ) -> list[int]:
        """Copy each text to a drawn page and line, ``positions`` bytes into the line."""
        if len(texts) > self.pages or max(map(len, texts)) > PAGE - max(POSITIONS):
            raise ExecutableMemoryError(
                f"{len(texts)} pieces of code, the longest of {max(map(len, texts))} bytes, do not "
                f"fit into {self.pages} pages with up to {PAGE - max(POSITIONS)} bytes each"
            )
        pages = draw.permutation(self.pages)[: len(texts)]
        addresses = []
        for text, page, position in zip(texts, pages, positions, strict=True):
            lines = (PAGE - len(text) - int(position)) // LINE
            start = int(page) * PAGE + int(draw.integers(0, lines + 1)) * LINE + int(position)
            self.write(self.base + start, text)
            addresses.append(self.base + start)
        return addresses

    def write(self, address: int, text: bytes) -> None:
        """Copy code to an address."""
        start = address - self.base
        self._memory[start : start + len(text)] = text
        _clear_instruction_cache(address, len(text))


def _instruction_cache_clearer() -> Any:
    """``__clear_cache``, if the architecture needs it; x86 keeps its caches coherent."""
    if platform.machine() == "aarch64":
        clear = getattr(ctypes.CDLL("libgcc_s.so.1"), "__clear_cache")
        clear.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        return lambda start, size: clear(start, start + size)
    return lambda _start, _size: None


_clear_instruction_cache = _instruction_cache_clearer()
CLOCK = ctypes.cast(ctypes.CDLL(None).clock_gettime, ctypes.c_void_p).value or 0


def function(address: int, words: int) -> Any:
    """The C function at an address, with ``words`` 64-bit arguments, callable from Python."""
    return _prototype(words)(address)


@cache
def _prototype(words: int) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_uint64] * words)
