"""Processes and the CPU time they took: this one's, to set it apart, and others', to name them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bench.machine.files import Machine

USER, SYSTEM, CPU = 11, 12, 36  # fields of /proc/PID/stat, counted from the one behind the name


@dataclass(frozen=True)
class Task:
    """A process."""

    pid: int
    name: str
    cpu: int  # where it was last
    ticks: int  # of CPU time taken, by all its threads


def own_task(machine: Machine) -> Task | None:
    """Return this process, or None if it cannot be read."""
    return _task(machine, "proc/self/stat")


def other_tasks(machine: Machine) -> Iterator[Task]:
    """Yield all processes but this one."""
    own = own_task(machine)
    for path in machine.entries("proc"):
        task = _task(machine, f"{path}/stat") if path.removeprefix("proc/").isdecimal() else None
        if task is not None and (own is None or task.pid != own.pid):
            yield task


def busiest(before: tuple[Task, ...], after: tuple[Task, ...]) -> Task | None:
    """Return the task that took most time in between, and what it took; None if none took any."""
    had = {task.pid: task.ticks for task in before}
    took = [replace(task, ticks=task.ticks - had.get(task.pid, 0)) for task in after]
    most = max(took, key=lambda task: task.ticks, default=None)
    return most if most is not None and most.ticks > 0 else None


def _task(machine: Machine, path: str) -> Task | None:
    head, _, tail = (machine.read(path) or "").rpartition(")")  # a name may hold brackets
    pid, _, name = head.partition(" (")
    fields = tail.split()
    if len(fields) <= CPU:
        return None
    return Task(int(pid), name, int(fields[CPU]), int(fields[USER]) + int(fields[SYSTEM]))
