"""One look at a machine, about a second long: what all checks are made of."""

from dataclasses import dataclass

from bench.machine.files import Machine
from bench.machine.sample import Sample, sample
from bench.machine.tasks import Task, busiest, other_tasks

LOOK_S = 1.0  # a hundred ticks of 10 ms: shares to 1 %


@dataclass(frozen=True)
class Look:
    """A machine, and its counters on both sides of a second in which this process slept."""

    machine: Machine
    cpus: tuple[int, ...]  # that workers will use
    first: Sample
    last: Sample
    busiest: Task | None  # who took most CPU time in between, on any CPU

    @classmethod
    def at(cls, machine: Machine, cpus: tuple[int, ...]) -> "Look":
        """Look at a machine."""
        tasks = tuple(other_tasks(machine))
        first = sample(machine, cpus)
        machine.wait(LOOK_S)
        last = sample(machine, cpus)
        return cls(machine, cpus, first, last, busiest(tasks, tuple(other_tasks(machine))))
