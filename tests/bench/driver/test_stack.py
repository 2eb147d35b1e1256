"""The stack is lowered by the requested size, and the driver gets its arguments."""

import ctypes
import platform
from collections.abc import Iterator

import numpy as np
import pytest

from bench.driver.stack import stack
from bench.worker.memory import Executable, function
from strategies.compile.codegen import machine_code

RETURN_STACK = bytes.fromhex({"aarch64": "e0030091c0035fd6"}.get(platform.machine(), "4889e0c3"))
WORD = ctypes.c_uint64


@pytest.fixture(scope="module")
def placed() -> Iterator[tuple[int, int]]:
    """Give the addresses of the stack code, and of a driver that returns its stack pointer."""
    code, executable = machine_code(stack), Executable(pages=2)
    texts, places = [code.text, RETURN_STACK], np.zeros(2, np.int64)
    start, driver = executable.place(texts, places, np.random.default_rng(0))
    yield start + code.entry, driver
    assert executable.pages  # alive until here


def test_the_stack_is_lower_by_what_was_asked(placed: tuple[int, int]) -> None:
    """To the byte, and aligned as calling conventions require."""
    entry, driver = placed
    call = function(entry, 7)
    at = [call(size, driver, 0, 0, 0, 0, 0) for size in (0, 16, 48, 4080)]
    assert [at[0] - one for one in at] == [0, 16, 48, 4080]


def test_the_driver_is_given_its_words(placed: tuple[int, int]) -> None:
    """In order, and its result is returned."""
    given: list[tuple[int, ...]] = []

    def driver(*words: int) -> int:
        given.append(words)
        return 7

    called = ctypes.CFUNCTYPE(ctypes.c_int64, *[WORD] * 5)(driver)
    at = ctypes.cast(called, ctypes.c_void_p).value or 0
    assert function(placed[0], 7)(32, at, 1, 2, 3, 4, 5) == 7
    assert given == [(1, 2, 3, 4, 5)]
