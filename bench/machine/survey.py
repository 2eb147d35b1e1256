"""A machine watched for a second: the input of every check."""

import os
from contextlib import suppress
from dataclasses import dataclass

import psutil

from bench.machine.changes import Use, uses
from bench.machine.files import MachineFiles
from bench.machine.sample import Sample, sample

SURVEY_S = 1.0  # a hundred ticks of 10 ms: shares to 1 %


@dataclass(frozen=True)
class Survey:
    """A machine, and its counters before and after a second in which this process slept."""

    machine: MachineFiles
    cpus: tuple[int, ...]  # that workers will use
    first: Sample
    last: Sample
    busiest: str  # the process that took most CPU time, on any CPU; empty if none took any

    @property
    def uses(self) -> dict[int, Use]:
        """Where the time of each CPU went in that second."""
        return uses(self.first, self.last)

    @classmethod
    def of(cls, machine: MachineFiles, cpus: tuple[int, ...]) -> "Survey":
        """Watch a machine for SURVEY_S."""
        at_first = _cpu_times(machine)
        first = sample(machine, cpus)
        machine.wait(SURVEY_S)
        last = sample(machine, cpus)
        took = {who: s - at_first.get(who, 0.0) for who, s in _cpu_times(machine).items()}
        busiest = max(took, key=lambda who: took[who], default="")
        return cls(machine, cpus, first, last, busiest if took.get(busiest) else "")


def _cpu_times(machine: MachineFiles) -> dict[str, float]:
    """CPU time of every other process, in seconds, by name and pid."""
    psutil.PROCFS_PATH = str(machine.root / "proc")
    psutil.process_iter.cache_clear()  # it holds on to the path
    times = {}
    with suppress(OSError):  # no /proc
        for process in psutil.process_iter(["name", "cpu_times"]):
            if process.pid != os.getpid() and (spent := process.info["cpu_times"]):
                times[f"{process.info['name']} (pid {process.pid})"] = spent.user + spent.system
    return times
