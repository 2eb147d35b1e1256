"""All checks of a machine, in the order in which they are printed."""

from bench.machine.clocks import clock
from bench.machine.condition import Condition
from bench.machine.files import MachineFiles
from bench.machine.load import memory, other_load, smt_sibling, steal
from bench.machine.speculation import store_bypass
from bench.machine.survey import Survey
from bench.machine.system import address_space, cpu_count, cpu_quota, virtual

CHECKS = {
    "other_load": other_load,
    "steal": steal,
    "smt_sibling": smt_sibling,
    "memory": memory,
    "clock": clock,
    "virtual_machine": virtual,
    "cpus": cpu_count,
    "cpu_quota": cpu_quota,
    "aslr": address_space,
    "store_bypass": store_bypass,
}


def before(machine: MachineFiles, cpus: tuple[int, ...]) -> tuple[Condition, ...]:
    """The conditions of a machine whose ``cpus`` workers are about to use; takes a second."""
    survey = Survey.of(machine, cpus)
    return tuple(Condition(name, *check(survey)) for name, check in CHECKS.items())
