"""The driver with a clock and kernels in Python: its calls, and when it reads the time."""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from bench.driver.driver import driver
from bench.driver.records import JOB, ROW, Phase
from bench.worker.memory import Executable, function, records_at
from strategies.compile.codegen import machine_code
from strategies.linux.structs import VIRTQUEUE

FAILED = 2**64 - 1
WORD = ctypes.c_uint64
STEP_NS = 7  # between two readings of the clock
CLOCK = "clock"


@cache
def compiled() -> tuple[Executable, int]:
    """Compile the driver, once."""
    code, executable = machine_code(driver), Executable(pages=1)
    (start,) = executable.place([code.text], np.zeros(1, np.int64), np.random.default_rng(0))
    return executable, start + code.entry


def callback(words: int, called: Callable[..., int]) -> tuple[Any, int]:
    """A C function that calls Python, and its address."""
    made = ctypes.CFUNCTYPE(ctypes.c_int64, *[WORD] * words)(called)
    return made, ctypes.cast(made, ctypes.c_void_p).value or 0


class Desk:
    """Two rows, of phases map and add, with two jobs of one descriptor each and a clock."""

    def __init__(self, status: int = 0, *, adds: bool = True) -> None:
        self.events: list[str] = []
        self.status, self.adds = status, adds
        self.rows, self.jobs = np.zeros(2, ROW), np.zeros(2, JOB)
        self.queue = np.zeros(1, VIRTQUEUE)
        self.queue["num"] = 16
        self.jobs["list_memory"], self.jobs["descriptors"] = (0, 1), 1
        self.jobs["first"] = (0, 1)
        self.clocks = 0
        self._clock, self.clock = callback(2, self._read)
        self._map, map_at = callback(3, lambda memory, *_words: self._called(f"map {memory}"))
        self._add, add_at = callback(5, lambda _vq, first, *_words: self._add_buf(first))
        start = self.jobs.ctypes.data
        self.rows["vq"], self.rows["map"], self.rows["add_buf"] = (
            self.queue.ctypes.data,
            map_at,
            add_at,
        )
        self.rows["jobs"], self.rows["jobs_end"] = start, start + 2 * JOB.itemsize
        self.rows["phase"], self.rows["requests"] = (Phase.MAP, Phase.ADD), (3, 5)

    def _read(self, _kind: int, timespec: int) -> int:
        self.clocks += STEP_NS
        records_at(timespec, np.dtype("u8"), 2)[:] = (1, self.clocks)
        return self._called(CLOCK)

    def _add_buf(self, first: int) -> int:
        self.queue["num_added"] += self.adds
        return self._called(f"add {first}")

    def _called(self, event: str) -> int:
        self.events.append(event)
        return 0 if event == CLOCK else self.status

    def take(self, *order: int) -> list[int]:
        """Take turns of these rows; return what was written for each."""
        rows, out = np.array(order, np.uint16), np.zeros(len(order) + 2, np.uint64)
        here, table = rows.ctypes.data, self.rows.ctypes.data
        function(compiled()[1], 5)(here, len(order), table, out.ctypes.data, self.clock)
        written: list[int] = out[2:].tolist()
        return written


def test_the_clock_is_read_just_before_and_just_after_all_requests_of_a_turn() -> None:
    """Exactly the requests of the row are between two readings."""
    desk = Desk()
    assert desk.take(0, 1) == [STEP_NS, STEP_NS]
    mapped, added = ["map 0", "map 1", "map 0"], ["add 0", "add 1", "add 0", "add 1", "add 0"]
    assert desk.events == [CLOCK, *mapped, CLOCK, CLOCK, *added, CLOCK]


def test_turns_are_taken_in_the_order_that_was_asked_for() -> None:
    """Whatever these rows are, and however often they come."""
    desk = Desk()
    desk.take(1, 0, 1)
    kinds = [event.split()[0] for event in desk.events if event != CLOCK]
    assert kinds == ["add"] * 5 + ["map"] * 3 + ["add"] * 5


def test_a_turn_in_which_a_kernel_failed_has_no_time() -> None:
    """Its time would be that of a refusal."""
    assert Desk(status=-28).take(0, 1) == [FAILED, FAILED]


def test_a_turn_whose_requests_are_not_in_the_ring_has_no_time() -> None:
    """An ``add_buf`` that returns at once would be the fastest of all."""
    assert Desk(adds=False).take(0, 1) == [STEP_NS, FAILED]
