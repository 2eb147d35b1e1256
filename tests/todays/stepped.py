"""A kernel taken one instruction at a time, as a device on another CPU may see its stores.

x86 makes stores visible in the order of the program, so what memory holds between two instructions
is what such a device may find. The kernel runs in a child process that is traced.
"""

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

from bench.worker.memory import Executable, function
from tests.fake.forked import fork

TRACEME, PEEKUSER, SINGLESTEP = 0, 3, 9
RIP = 16 * 8  # of struct user_regs_struct
STEPS_MAX = 100_000
IMPOSSIBLE = "this system lets no process trace its child, or is no x86-64"
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
Memory = Callable[[int, int], bytes]


@cache
def possible() -> bool:
    """Return whether a kernel can be taken by the instruction here."""
    if platform.machine() != "x86_64":
        return False
    nothing = Executable(pages=1)
    nothing.write(nothing.base, b"\x90\x90\xc3")
    try:
        return sum(1 for _ in steps(nothing.base, 3, 0, ())) > 0
    except (AssertionError, OSError):
        return False


def stops_then_jumps(address: int) -> Executable:
    """Return code that stops for its tracer and then goes on at an address."""
    code = Executable(pages=1)
    code.write(code.base, b"\xcc\x48\xb8" + struct.pack("<Q", address) + b"\xff\xe0")
    return code


@contextmanager
def traced(address: int, words: tuple[int, ...]) -> Iterator[int]:
    """Give the number of a process that stands before the first instruction of a kernel."""
    code = stops_then_jumps(address)
    kernel = function(code.base, len(words))
    child = fork()
    if child == 0:
        LIBC.ptrace(TRACEME, 0, None, None)
        kernel(*words)
        os._exit(0)
    try:
        stopped(child)
        yield child
    finally:
        with suppress(ProcessLookupError, ChildProcessError):  # it has ended, and been waited for
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def stopped(child: int) -> None:
    """Wait until a traced process stops for its tracer; one that ends fails its check."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSTOPPED(status), status
    assert os.WSTOPSIG(status) == signal.SIGTRAP, os.WSTOPSIG(status)


def read(place: int, address: int, length: int) -> bytes:
    """Memory of a traced process; an address that a ring made up fails its check."""
    try:
        return os.pread(place, length, address)
    except (OSError, OverflowError):
        raise AssertionError(f"there is no memory at {address:#x}") from None


def steps(
    start: int, size: int, entry: int, words: tuple[int, ...]
) -> Iterator[tuple[int, Memory]]:
    """Yield the place of each instruction of a kernel, and memory before it is executed.

    The text begins at ``start`` and has so many bytes; the function begins at ``entry`` in it.
    """
    with traced(start + entry, words) as child:
        inside = False
        with Path(f"/proc/{child}/mem").open("rb", 0) as memory:
            for _ in range(STEPS_MAX):
                LIBC.ptrace(SINGLESTEP, child, None, None)
                stopped(child)
                at = LIBC.ptrace(PEEKUSER, child, RIP, None) % 2**64 - start
                if 0 <= at < size:
                    inside = True
                    yield at, partial(read, memory.fileno())
                elif inside:
                    break
