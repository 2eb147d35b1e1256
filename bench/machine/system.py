"""How the system is set up: a virtual machine, CPUs, a quota on them, addresses, huge pages."""

import math

from bench.machine import quota
from bench.machine.condition import Condition, doubtful, fine, unknown
from bench.machine.cpus import WORKERS_MAX
from bench.machine.files import Machine, as_cpus, as_number
from bench.machine.look import Look

ADDR_NO_RANDOMIZE = 0x0040000  # of personality(2): setarch -R
RANDOM = {1: "partly on (1)", 2: "on (2)"}
HYPERVISORS = ("sys/hypervisor/type", "proc/device-tree/hypervisor/compatible")  # not on x86


def is_virtual(machine: Machine) -> bool | None:
    """Return whether this is a virtual machine, None if nothing says so or not."""
    flags = machine.field("proc/cpuinfo", "flags")  # x86 only
    if flags is not None and "hypervisor" in flags.split():
        return True
    if any(machine.read(path) for path in HYPERVISORS):
        return True
    return None if flags is None else False


def virtual(look: Look) -> Condition:
    """Say whether this is a virtual machine: a fact to know, not a fault."""
    name = "virtual_machine"
    found = is_virtual(look.machine)
    if found is None:
        return unknown(name, "nothing says so or not", "see systemd-detect-virt")
    if not found:
        return fine(name, "no")
    told = "what other guests do to caches, memory and clock shows in A/A and sentinel only"
    return fine(name, "yes", told)


def cpu_count(look: Look) -> Condition:
    """Say whether there are CPUs for all workers, and one for everything else."""
    name = "cpus"
    allowed = as_cpus(look.machine.field("proc/self/status", "Cpus_allowed_list"))
    if allowed is None:
        return unknown(name, "/proc/self/status does not say", "see nproc")
    found = f"workers use {len(look.cpus)} of {len(allowed)}"
    if len(look.cpus) < WORKERS_MAX:
        advice = "allow two CPUs on two cores: with one, a run of the same length is less precise"
        return doubtful(name, found, advice)
    if len(allowed) > len(look.cpus):
        return fine(name, found)
    return fine(name, found, "none is spare: whatever else runs shares one with a worker")


def cpu_quota(look: Look) -> Condition:
    """Say whether a container may stop workers in the middle of a turn."""
    name = "cpu_quota"
    granted = quota.cpus_granted(look.machine)
    if granted is None:
        told = "no cgroup that shares out CPU time is in sight"
        return unknown(name, told, "a container's --cpus would stop workers; pin it instead")
    if math.isinf(granted):
        return fine(name, "none")
    found = f"{granted:.2f} CPUs for {len(look.cpus)} workers"
    if granted > len(look.cpus):
        return fine(name, found)
    advice = "a quota stops workers in mid-turn: start the container with --cpuset-cpus, not --cpus"
    return doubtful(name, found, advice)


def address_space(look: Look) -> Condition:
    """Say whether addresses differ from process to process, which is what we want.

    Placement of lists, rings and kernels is drawn. The stack, libraries and the interpreter's heap
    are not; the system's own draw makes processes differ in them, as intervals over processes take
    for granted.
    """
    name = "aslr"
    level = look.machine.number("proc/sys/kernel/randomize_va_space")
    own = as_number(look.machine.read("proc/self/personality"), 16)
    if level not in {0, *RANDOM} or own is None:
        told = "randomize_va_space or /proc/self/personality does not say"
        return unknown(name, told, "see that sysctl kernel.randomize_va_space is 2")
    if level == 0:
        told, remedy = "off (0)", "sudo sysctl kernel.randomize_va_space=2"
    elif own & ADDR_NO_RANDOMIZE:
        told, remedy = "off for this process", "start without setarch -R"
    else:
        return fine(name, RANDOM[level], "as it should be: placement is drawn in any case")
    why = "processes are then alike in what we do not draw, and intervals too narrow"
    return doubtful(name, told, f"{why}: {remedy}")


def huge_pages(look: Look) -> Condition:
    """Say how transparent huge pages are set; measured pages are exempt by MADV_NOHUGEPAGE."""
    name = "huge_pages"
    path = "sys/kernel/mm/transparent_hugepage/enabled"
    words = (look.machine.read(path) or "").split()
    chosen = next((word.strip("[]") for word in words if word.startswith("[")), None)
    if chosen is None:
        return unknown(name, f"/{path} does not say", "measured pages ask for small ones anyway")
    told = "measured pages are exempt (MADV_NOHUGEPAGE), the rest of a worker is not"
    return fine(name, chosen, told if chosen == "always" else "")
