"""Who else uses the machine: other processes, other guests, SMT siblings, and memory pressure.

Shares are those of the second that a survey takes. Their bounds are those of a run (``changes``).
"""

from bench.machine.cgroup import available_bytes
from bench.machine.changes import OTHERS_MAX, SIBLING_MAX, STEAL_MAX, SWAPPED_MAX, grown, percent
from bench.machine.condition import Finding, doubtful, fine, unknown
from bench.machine.sample import siblings
from bench.machine.survey import Survey
from bench.machine.system import is_virtual

MEMORY_MIN = 1 << 30  # the most a run takes without ``working-set``
SILENT = "nothing in /proc/stat"


def other_load(survey: Survey) -> Finding:
    """What others took of the CPUs that workers will use."""
    others = {cpu: use.others for cpu, use in survey.uses.items() if cpu in survey.cpus}
    if len(others) < len(survey.cpus):
        return unknown(SILENT, "see in top what else runs")
    took = f"others took {_listed(others)}"
    if max(others.values()) <= OTHERS_MAX:
        return fine(took)
    culprit = f"the busiest is {survey.busiest}" if survey.busiest else "see in top which"
    return doubtful(took, f"end or pause other programs; {culprit}")


def steal(survey: Survey) -> Finding:
    """The share of our time that the hypervisor gave to others."""
    remedy = "compare runs at other hours, or use a dedicated host"
    shares = [use.steal for cpu, use in survey.uses.items() if cpu in survey.cpus]
    if len(shares) < len(survey.cpus):
        return unknown(SILENT, remedy)
    worst = f"{percent(max(shares))} of the worst CPU"
    if max(shares) > STEAL_MAX:
        return doubtful(worst, f"other guests take this host's time; {remedy}")
    if any(cpu.steal for cpu in survey.last.cpus) or is_virtual(survey.machine) is False:
        return fine(worst)
    return unknown(f"{worst}, and none since boot: this hypervisor may hide it", remedy)


def smt_sibling(survey: Survey) -> Finding:
    """Whether another hardware thread is busy on a core that workers will use."""
    shared = siblings(survey.machine, survey.cpus)
    if shared is None:
        return unknown("the topology is not described", "see lscpu -e")
    of_each = (siblings(survey.machine, (cpu,)) or frozenset() for cpu in survey.cpus)
    if doubled := set().union(*of_each) & set(survey.cpus):
        cpus = ", ".join(map(str, sorted(doubled)))
        return doubtful(f"workers' CPUs {cpus} share a core", "allow one per core (taskset)")
    if not shared:
        none = fine("no other thread on these cores")
        hint = "if A/A moves, measure on one CPU only (taskset -c 0)"
        hidden = unknown("none visible, but a hypervisor may hide them", hint)
        return none if is_virtual(survey.machine) is False else hidden
    busy = {cpu: use.busy for cpu, use in survey.uses.items() if cpu in shared}
    remedy = "echo off | sudo tee /sys/devices/system/cpu/smt/control"
    if set(busy) != shared:
        cpus = ", ".join(map(str, sorted(shared)))
        return unknown(f"CPUs {cpus} share our cores; their load is not known", remedy)
    if max(busy.values()) > SIBLING_MAX:
        return doubtful(f"busy: {_listed(busy)}, on our cores", f"end what runs there, or {remedy}")
    return fine(f"idle: {_listed(busy)}, on our cores", f"watched during a run; or {remedy}")


def memory(survey: Survey) -> Finding:
    """Whether memory is short: reclaim and swapping then run on our CPUs."""
    available = available_bytes(survey.machine)
    if available is None or survey.first.swapped is None or survey.last.swapped is None:
        return unknown("nothing in /proc/meminfo or /proc/vmstat", "see free and vmstat")
    swapped = grown(survey.first.swapped, survey.last.swapped)
    state = f"{available / (1 << 30):.1f} GiB available, {swapped} pages swapped in a second"
    if available >= MEMORY_MIN and swapped <= SWAPPED_MAX:
        return fine(state)
    return doubtful(state, "free memory, or grant the container more: a run needs 1 GiB")


def _listed(shares: dict[int, float]) -> str:
    return ", ".join(f"{percent(share)} of CPU {cpu}" for cpu, share in sorted(shares.items()))
