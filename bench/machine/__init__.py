"""What a machine is like to measure on: looked at before a run, and around every process of it.

Doubt is output: each check gives a value that says what was found and what to do about it, and
what cannot be read is unknown, never fine. Everything is read below ``Machine.root``.

``before`` looks once, for about a second. ``sample`` reads counters; ``changed`` says what two
samples around some work give reason to doubt.
"""

from bench.machine.changes import changed
from bench.machine.clocks import clock, clock_source, governor, heat, power, timer_step, turbo
from bench.machine.condition import Condition, State, as_metadata, lines, said_before
from bench.machine.files import Machine
from bench.machine.load import load_average, memory, other_load, smt_sibling, steal
from bench.machine.look import Look
from bench.machine.room import available_bytes
from bench.machine.sample import Cpu, Sample, sample
from bench.machine.speculation import store_bypass
from bench.machine.system import address_space, cpu_count, cpu_quota, huge_pages, virtual

__all__ = [
    "CHECKS",
    "Condition",
    "Cpu",
    "Machine",
    "Sample",
    "State",
    "as_metadata",
    "available_bytes",
    "before",
    "changed",
    "lines",
    "said_before",
    "sample",
]

CHECKS = (
    other_load,
    load_average,
    steal,
    smt_sibling,
    memory,
    governor,
    turbo,
    clock,
    heat,
    power,
    clock_source,
    timer_step,
    virtual,
    cpu_count,
    cpu_quota,
    address_space,
    huge_pages,
    store_bypass,
)


def before(machine: Machine, cpus: tuple[int, ...]) -> tuple[Condition, ...]:
    """Return what is found on a machine whose ``cpus`` workers are about to use."""
    look = Look.at(machine, cpus)
    return tuple(check(look) for check in CHECKS)
