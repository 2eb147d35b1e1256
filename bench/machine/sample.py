"""Counters of a machine at one moment.

Samples around a measurement must be taken **in the worker**, pinned, after its imports and after
its last turn. Then its own CPU time can be told from that of others, and its CPU is busy, not
clocked down, when the clock is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.machine import cgroup
from bench.machine.files import MachineFiles, Usage, as_cpus, as_number

CPU = "sys/devices/system/cpu"
KINDS = 8  # user nice system idle iowait irq softirq steal; guest time is in user already
BUSY = (0, 1, 2, 5, 6)  # those in which this CPU worked; in stolen time others did
STEAL = 7


@dataclass(frozen=True)
class Cpu:
    """Counters of one CPU, since the machine started."""

    number: int
    ticks: int  # of all kinds, idle included
    busy: int  # ticks at work
    steal: int  # ticks that the hypervisor gave to others
    clock_khz: int | None  # at this moment
    throttled: int | None  # how often it was slowed for heat


@dataclass(frozen=True)
class Sample:
    """Counters at one moment."""

    cpus: tuple[Cpu, ...]  # those asked for that are online
    siblings: tuple[Cpu, ...]  # others on the same cores
    own: Usage  # this process
    quota_stops: int | None  # periods in which a CPU quota stopped us
    swapped: int | None  # pages in and out, of all processes

    def cpu(self, number: int) -> Cpu | None:
        """One CPU's counters; None if it is not in the sample."""
        return next((cpu for cpu in (*self.cpus, *self.siblings) if cpu.number == number), None)


def sample(machine: MachineFiles, cpus: tuple[int, ...]) -> Sample:
    """Read the counters of ``cpus``, of their siblings and of this process."""
    return Sample(
        cpus=tuple(_counters(machine, cpus)),
        siblings=tuple(_counters(machine, tuple(sorted(siblings(machine, cpus) or ())))),
        own=machine.usage(),
        quota_stops=cgroup.stops(machine),
        swapped=_swapped(machine),
    )


def siblings(machine: MachineFiles, cpus: tuple[int, ...]) -> frozenset[int] | None:
    """The other CPUs on the cores of ``cpus``; None if the topology of one is not described."""
    shared: set[int] = set()
    for cpu in cpus:
        core = as_cpus(machine.read(f"{CPU}/cpu{cpu}/topology/thread_siblings_list"))
        if core is None:
            return None
        shared.update(core)
    return frozenset(shared.difference(cpus))


def _counters(machine: MachineFiles, cpus: tuple[int, ...]) -> Iterator[Cpu]:
    """Counters of those CPUs that are online (psutil's have no numbers, so they would shift)."""
    for cpu in cpus:
        words = (machine.field("proc/stat", f"cpu{cpu}") or "").split()
        times = [int(word) for word in words if word.isdecimal()][:KINDS]
        if len(times) == KINDS:
            yield Cpu(
                number=cpu,
                ticks=sum(times),
                busy=sum(times[kind] for kind in BUSY),
                steal=times[STEAL],
                clock_khz=machine.number(f"{CPU}/cpu{cpu}/cpufreq/scaling_cur_freq"),
                throttled=machine.number(f"{CPU}/cpu{cpu}/thermal_throttle/core_throttle_count"),
            )


def _swapped(machine: MachineFiles) -> int | None:
    """Pages swapped so far; 0 with a kernel without swap, which has no such counter."""
    if machine.read("proc/vmstat") is None:
        return None
    counts = (as_number(machine.field("proc/vmstat", key)) for key in ("pswpin", "pswpout"))
    return sum(count or 0 for count in counts)
