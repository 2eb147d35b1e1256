"""Kernels of aarch64 called from here and run by qemu, on memory that both see at one address.

A runner in C (``emulator.c``) is started under qemu's user-mode emulation. It and this process map
one file: a part that holds code, which the runner may run and not write, and a part that is a
rig's arena. So rigs, checks, model and oracle hold these kernels as they hold this machine's own,
call by call, and nothing of Python runs on the emulated side.
"""

import ctypes
import itertools
import os
import shutil
import signal
import struct
import subprocess
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.worker.memory import PAGE, TRAP, Arena
from strategies.backends.c_compilers import Compiler
from strategies.compile.code import Code
from tests.kernels.rig import ARENA_PAGES, Kernels

SOURCE = Path(__file__).with_name("emulator.c")
EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")  # Debian: qemu-user, qemu-user-static
MISSING = f"no {' and no '.join(EMULATORS)} on PATH (Debian, Ubuntu: apt install qemu-user)"
PROCESSOR = "cortex-a53"  # ARMv8.0-A, the oldest there is: what it lacks ends the runner
FLAGS = ("-O2", "-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-no-pie")
BASE = 1 << 44  # no process has anything there: programs lie below it or far above
CODE_PAGES = 64
STEP = 1 << 28  # from one memory to the next
MAP_FIXED_NOREPLACE = 0x100000
CALL = struct.Struct("<9Q")  # a function's address and its words
ANSWER = struct.Struct("<q")
WORD_MAX = 2**64 - 1
WORDS_MAX = 8

_bases = itertools.count(BASE, STEP)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long),
)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


class StoppedError(Exception):
    """A kernel did not come back; ``signal`` says how its process ended."""

    def __init__(self, label: str, number: int) -> None:
        super().__init__(f"{label} ended by {signal.Signals(number).name if number else 'itself'}")
        self.signal = number


def emulator() -> str | None:
    """The path of qemu's user-mode emulation of aarch64, if there is one."""
    return next(filter(None, map(shutil.which, EMULATORS)), None)


def build_runner(compiler: Compiler, folder: Path) -> Path:
    """The runner, compiled and linked for the machine that ``compiler`` is for."""
    made = folder / "runner"
    command = [*compiler.command, *FLAGS, "-o", str(made), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True)
    return made


class Memory:
    """A file mapped at an address that is free in any process, as an array of bytes."""

    def __init__(self, size: int) -> None:
        self.file = os.memfd_create("kernels")
        os.ftruncate(self.file, size)
        self.base, self.size = next(_bases), size
        flags = MAP_FIXED_NOREPLACE | 1  # MAP_SHARED
        at = _libc.mmap(self.base, size, 3, flags, self.file, 0)  # to be read and written
        if at != self.base:
            raise OSError(ctypes.get_errno(), f"mmap at {self.base:#x}")
        weakref.finalize(self, _libc.munmap, self.base, size)
        weakref.finalize(self, os.close, self.file)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Describe the bytes to numpy, whose arrays then keep this object."""
        return {"shape": (self.size,), "typestr": "|u1", "data": (self.base, False), "version": 3}


class SharedArena(Arena):
    """A rig's arena in shared memory, zeroed: what was there before is gone."""

    def __init__(self, room: NDArray[np.uint8]) -> None:
        self.bytes = room
        self.bytes[:] = 0
        self.base, self.pages = int(room.ctypes.data), room.size // PAGE


class Runner:
    """A process of the emulated machine, and memory shared with it: pages of code, then of data."""

    def __init__(
        self, runner: Path, code_pages: int = CODE_PAGES, pages: int = ARENA_PAGES
    ) -> None:
        program = emulator()
        if program is None:
            raise FileNotFoundError(MISSING)
        code, data = code_pages * PAGE, pages * PAGE
        self.memory = Memory(code + data)
        self.code, self.data = np.split(np.asarray(self.memory), [code])
        self.code[:] = TRAP
        self._taken = 0
        self._child = subprocess.Popen(
            [program, "-cpu", PROCESSOR, str(runner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(self.memory.file,),
        )
        place = struct.pack("<4Q", self.memory.file, self.memory.base, code, data)
        self.clock = self._ask("runner", place)  # the address of its clock_gettime

    def arena(self) -> SharedArena:
        """The shared pages as an arena; one that was returned before is no more."""
        return SharedArena(self.data)

    def put(self, code: Code) -> int:
        """Copy code to a page of its own, never to be used again, and return its entry."""
        start, size = self._taken * PAGE, len(code.text)
        self.code[start : start + size] = np.frombuffer(code.text, np.uint8)
        self._taken += -(-size // PAGE)
        self.renew()
        return self.memory.base + start + code.entry

    def renew(self) -> None:
        """Let the process see code that was changed, as clearing its instruction cache would."""
        self._ask("runner", CALL.pack(*[0] * (1 + WORDS_MAX)))

    def call(self, label: str, address: int, *words: int) -> int:
        """What the function at an address returns for up to eight words.

        Raises:
            StoppedError: if it does not come back.
        """
        given = [int(word) & WORD_MAX for word in words]
        return self._ask(label, CALL.pack(address, *given, *[0] * (WORDS_MAX - len(given))))

    def _ask(self, label: str, question: bytes) -> int:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with suppress(BrokenPipeError):  # it ended before; what it answers says so
            self._child.stdin.write(question)
        said = self._child.stdout.read(ANSWER.size) or b""
        if len(said) != ANSWER.size:
            raise StoppedError(label, max(0, -self._child.wait()))
        return int(ANSWER.unpack(said)[0])

    def close(self) -> None:
        """End the process."""
        self._child.communicate()


@contextmanager
def emulated(label: str, codes: Mapping[str, Code], runner: Path) -> Iterator[Kernels]:
    """Give kernels that run in a process of the emulated machine, which ends afterwards."""
    process = Runner(runner)
    try:
        addresses = {kernel: process.put(code) for kernel, code in codes.items()}
        functions = {
            kernel: partial(process.call, f"{label}: {kernel}", address)
            for kernel, address in addresses.items()
        }
        yield Kernels(label, codes, addresses, functions, process, process.arena)
    finally:
        process.close()
