"""Counters of a machine at one moment, for two of them to be compared.

Around a measurement they are to be read **in the worker**, pinned, after its imports and after its
last turn: so its own CPU time can be told from others', and its CPU is at work, not idle and
clocked down, when its clock is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.machine import quota
from bench.machine.files import Machine, as_cpus, as_number
from bench.machine.tasks import Task, own_task

KINDS = 8  # user nice system idle iowait irq softirq steal; guest time is in user already
BUSY = (0, 1, 2, 5, 6)  # which of them are work done on this CPU; stolen time is done elsewhere
STEAL = 7


@dataclass(frozen=True)
class Cpu:
    """Counters of one CPU, since the machine started."""

    number: int
    ticks: int  # of any kind, idle ones among them
    busy: int  # ticks at work
    steal: int  # ticks the hypervisor gave to others
    clock_khz: int | None  # at this moment
    throttled: int | None  # how often it was slowed for heat


@dataclass(frozen=True)
class Sample:
    """Counters at one moment."""

    cpus: tuple[Cpu, ...]  # those asked for, of which the system knows
    siblings: tuple[Cpu, ...]  # others on the same cores
    own: Task | None  # this process
    preempted: int | None  # how often this process had to give way
    quota_stops: int | None  # periods in which a CPU quota stopped us
    swapped: int | None  # pages in and out, of all processes

    def cpu(self, number: int) -> Cpu | None:
        """Return one CPU's counters."""
        return next((cpu for cpu in (*self.cpus, *self.siblings) if cpu.number == number), None)


def sample(machine: Machine, cpus: tuple[int, ...]) -> Sample:
    """Read the counters of ``cpus``, of those on the same cores, and of this process."""
    beside = tuple(sorted(siblings(machine, cpus) or ()))
    return Sample(
        cpus=tuple(_counters(machine, cpus)),
        siblings=tuple(_counters(machine, beside)),
        own=own_task(machine),
        preempted=as_number(machine.field("proc/self/status", "nonvoluntary_ctxt_switches")),
        quota_stops=quota.stops(machine),
        swapped=_swapped(machine),
    )


def siblings(machine: Machine, cpus: tuple[int, ...]) -> frozenset[int] | None:
    """Return the other CPUs on the cores of ``cpus``, or None where some core is not described."""
    found: set[int] = set()
    for cpu in cpus:
        here = f"sys/devices/system/cpu/cpu{cpu}"
        core = as_cpus(machine.read(f"{here}/topology/thread_siblings_list"))
        if core is None:
            return None
        found.update(core)
    return frozenset(found.difference(cpus))


def _counters(machine: Machine, cpus: tuple[int, ...]) -> Iterator[Cpu]:
    """Yield the counters of each of ``cpus`` that the system counts for."""
    for cpu in cpus:
        times = _numbers(machine.field("proc/stat", f"cpu{cpu}"))[:KINDS]
        if len(times) < KINDS:
            continue
        here = f"sys/devices/system/cpu/cpu{cpu}"
        yield Cpu(
            number=cpu,
            ticks=sum(times),
            busy=sum(times[kind] for kind in BUSY),
            steal=times[STEAL],
            clock_khz=machine.number(f"{here}/cpufreq/scaling_cur_freq"),
            throttled=machine.number(f"{here}/thermal_throttle/core_throttle_count"),
        )


def _numbers(text: str | None) -> list[int]:
    return [int(word) for word in (text or "").split() if word.isdecimal()]


def _swapped(machine: Machine) -> int | None:
    """Return the pages swapped so far; a kernel without swap counts none, and that is 0."""
    if machine.read("proc/vmstat") is None:
        return None
    counts = (as_number(machine.field("proc/vmstat", key)) for key in ("pswpin", "pswpout"))
    return sum(count or 0 for count in counts)
