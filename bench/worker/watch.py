"""The watch: the speed of the core before and after every round, by the driver's sentinel loops.

Its memory and code are placed once per process: readings must not depend on a draw.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.driver.records import JOB, ROW, Phase
from bench.kit import SENTINELS, Kit
from bench.worker.memory import CLOCK, LINE, Executable, function

CALLS = np.array([16, 8])  # of each per turn: 2 to 5 us
STEPS = np.array([128, 256])  # per call, as in sentinels.py; a test compares them
READINGS = 2  # turns of each; the faster counts, as the first may run cold code


@dataclass
class Watch:
    """The driver's rows of the two sentinels, apart from those of any cell."""

    kit: Kit
    code: Executable = field(default_factory=lambda: Executable(pages=3))
    _rows: NDArray[np.void] = field(default_factory=lambda: np.zeros(len(SENTINELS), ROW))
    _jobs: NDArray[np.void] = field(default_factory=lambda: np.zeros(len(SENTINELS), JOB))
    _memory: NDArray[np.uint64] = field(default_factory=lambda: np.ones((2, LINE), np.uint64))
    _order: NDArray[np.uint16] = field(init=False)
    _out: NDArray[np.uint64] = field(init=False)
    _driver: int = field(init=False)

    def __post_init__(self) -> None:
        self._order = np.tile(np.arange(len(SENTINELS), dtype=np.uint16), READINGS)
        self._out = np.zeros(len(self._order) + 2, np.uint64)
        codes = [self.kit.codes[name] for name in ("driver", *SENTINELS)]
        start = np.zeros(len(codes), np.int64)
        places = self.code.place([code.text for code in codes], start, np.random.default_rng(0))
        entries = [at + code.entry for at, code in zip(places, codes, strict=True)]
        self._driver = entries[0]
        at, jobs = self._memory.ctypes.data, self._jobs.ctypes.data
        for number, entry in enumerate(entries[1:]):
            here = jobs + number * JOB.itemsize
            self._jobs[number]["list_memory"] = at + number * self._memory.strides[0]
            row = self._rows[number]
            row["phase"], row["map"], row["requests"] = Phase.MAP, entry, CALLS[number]
            row["jobs"], row["jobs_end"] = here, here + JOB.itemsize

    def read(self) -> NDArray[np.float64]:
        """The current ns per step of each sentinel."""
        self._out[:2] = 0  # the clock writes here
        order, table, out = (part.ctypes.data for part in (self._order, self._rows, self._out))
        function(self._driver, 5)(order, len(self._order), table, out, CLOCK)
        turns = self._out[2:].reshape(READINGS, len(SENTINELS))
        step_ns: NDArray[np.float64] = turns.min(axis=0) / (CALLS * STEPS)
        return step_ns
