"""Who else is on the machine: load, stolen time, siblings on the same core, memory running short.

Shares are those of the second a look lasts, held to the bounds that ``changes`` holds a run to.
"""

from bench.machine.changes import (
    OTHERS_MAX,
    SIBLING_MAX,
    STEAL_MAX,
    SWAPPED_MAX,
    busy_share,
    grown,
    others_share,
    percent,
    steal_share,
)
from bench.machine.condition import Condition, doubtful, fine, unknown
from bench.machine.look import Look
from bench.machine.room import available_bytes
from bench.machine.sample import siblings
from bench.machine.system import is_virtual

MEMORY_MIN = 1 << 30  # the most a run takes without ``working-set``


def other_load(look: Look) -> Condition:
    """Say what others took of the CPUs that workers will use."""
    name = "other_load"
    shares = {cpu: others_share(look.first, look.last, cpu) for cpu in look.cpus}
    known = {cpu: share for cpu, share in shares.items() if share is not None}
    if not known or len(known) < len(shares):
        return unknown(name, "/proc/stat does not say", "see with top what else runs")
    found = ", ".join(f"{percent(share)} of CPU {cpu}" for cpu, share in known.items())
    if max(known.values()) <= OTHERS_MAX:
        return fine(name, f"others took {found}")
    who = look.busiest
    culprit = f"the busiest is {who.name} (pid {who.pid})" if who else "see with top which"
    return doubtful(name, f"others took {found}", f"end or pause other programs; {culprit}")


def load_average(look: Look) -> Condition:
    """Say what ran in the last minute, which may be what installed us; now is other load's."""
    name = "load_average"
    words = (look.machine.read("proc/loadavg") or "").split()
    try:
        average, runnable = float(words[0]), int(words[3].split("/")[0])
    except (IndexError, ValueError):
        return unknown(name, "/proc/loadavg does not say", "see with top what else runs")
    return fine(
        name, f"{average:.2f} over the last minute, {runnable} runnable now (this look is one)"
    )


def steal(look: Look) -> Condition:
    """Say what the hypervisor gave to others of our time."""
    name = "steal"
    ask = "compare runs at other hours, or use a dedicated host"
    shares = [
        share
        for cpu in look.last.cpus
        if (first := look.first.cpu(cpu.number)) is not None
        and (share := steal_share(first, cpu)) is not None
    ]
    if not shares or len(shares) < len(look.cpus):
        return unknown(name, "/proc/stat does not say", ask)
    found = f"{percent(max(shares))} of the worst CPU"
    if max(shares) > STEAL_MAX:
        return doubtful(name, found, f"other guests take this host's time; {ask}")
    if any(cpu.steal for cpu in look.last.cpus) or is_virtual(look.machine) is False:
        return fine(name, found)
    return unknown(name, f"{found}, and none ever: this hypervisor may hide it", ask)


def smt_sibling(look: Look) -> Condition:
    """Say whether another hardware thread works on a core that workers will use."""
    name = "smt_sibling"
    beside = siblings(look.machine, look.cpus)
    if beside is None:
        return unknown(name, "the topology is not described", "see lscpu -e")
    if doubled := _doubled(look):
        told = f"CPUs {doubled} that workers use share a core"
        return doubtful(name, told, "allow one CPU a core only (taskset)")
    if not beside:
        if is_virtual(look.machine) is False:
            return fine(name, "no other thread on these cores")
        told = "none is shown, but a hypervisor may hide them"
        return unknown(name, told, "if A/A moves, measure on one CPU only (taskset -c 0)")
    busy = {
        cpu.number: busy_share(first, cpu)
        for cpu in look.last.siblings
        if (first := look.first.cpu(cpu.number)) is not None
    }
    return _judged_siblings(name, busy, beside)


def memory(look: Look) -> Condition:
    """Say whether memory is short: reclaim and swapping work in others' name on our CPUs."""
    name = "memory"
    available = available_bytes(look.machine)
    if available is None or look.first.swapped is None or look.last.swapped is None:
        told = "/proc/meminfo or /proc/vmstat does not say"
        return unknown(name, told, "see with free and vmstat whether memory is short")
    swapped = grown(look.first.swapped, look.last.swapped)
    found = f"{available / (1 << 30):.1f} GiB available, {swapped} pages swapped in a second"
    if available >= MEMORY_MIN and swapped <= SWAPPED_MAX:
        return fine(name, found)
    advice = "end programs that hold memory, or allow a container more: a run needs up to 1 GiB"
    return doubtful(name, found, advice)


def _doubled(look: Look) -> str:
    """Return the workers' CPUs that share a core with another of them."""
    alone = (siblings(look.machine, (cpu,)) or frozenset() for cpu in look.cpus)
    found = sorted(set().union(*alone) & set(look.cpus))
    return ", ".join(map(str, found))


def _judged_siblings(name: str, busy: dict[int, float | None], beside: frozenset[int]) -> Condition:
    """Hold the siblings that are there to the bound; idle ones are fine, but said."""
    known = {cpu: share for cpu, share in busy.items() if share is not None}
    remedy = "echo off | sudo tee /sys/devices/system/cpu/smt/control"
    if set(known) != beside:
        listed = ", ".join(map(str, sorted(beside)))
        return unknown(name, f"CPUs {listed} share our cores, at what load is not said", remedy)
    found = ", ".join(f"CPU {cpu} {percent(share)}" for cpu, share in sorted(known.items()))
    if max(known.values()) > SIBLING_MAX:
        return doubtful(name, f"busy on our cores: {found}", f"end what runs there, or {remedy}")
    return fine(name, f"idle on our cores: {found}", f"it is watched; to be sure, {remedy}")
