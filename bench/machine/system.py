"""How the system is set up: virtual or not, CPUs, a quota on them, address randomisation."""

import math

from bench.machine.cgroup import cpus_granted
from bench.machine.condition import Finding, doubtful, fine, unknown
from bench.machine.cpus import WORKERS_MAX
from bench.machine.files import MachineFiles, as_cpus, as_number
from bench.machine.survey import Survey

ADDR_NO_RANDOMIZE = 0x0040000  # of personality(2): setarch -R
RANDOM = {1: "partly on (1)", 2: "on (2)"}
HYPERVISORS = ("sys/hypervisor/type", "proc/device-tree/hypervisor/compatible")  # not on x86


def is_virtual(machine: MachineFiles) -> bool | None:
    """Whether this is a virtual machine; None if it cannot be known."""
    flags = machine.field("proc/cpuinfo", "flags")  # x86 only
    if "hypervisor" in (flags or "").split() or any(map(machine.read, HYPERVISORS)):
        return True
    return None if flags is None else False


def virtual(survey: Survey) -> Finding:
    """Whether this is a virtual machine: a fact to know, not a fault."""
    guest = is_virtual(survey.machine)
    if guest is None:
        return unknown("nothing tells", "see systemd-detect-virt")
    effect = "the effect of other guests on caches, memory and clock shows only in A/A and sentinel"
    return fine("yes", effect) if guest else fine("no")


def cpu_count(survey: Survey) -> Finding:
    """Whether there are CPUs for all workers, and one for everything else."""
    allowed = as_cpus(survey.machine.field("proc/self/status", "Cpus_allowed_list"))
    if allowed is None:
        return unknown("nothing in /proc/self/status", "see nproc")
    counts = f"workers use {len(survey.cpus)} of {len(allowed)}"
    if len(survey.cpus) < WORKERS_MAX:
        advice = "allow two CPUs on two cores: with one, a run of the same length is less precise"
        return doubtful(counts, advice)
    if len(allowed) > len(survey.cpus):
        return fine(counts)
    return fine(counts, "none is spare: whatever else runs shares one with a worker")


def cpu_quota(survey: Survey) -> Finding:
    """Whether a container may stop workers in the middle of a turn."""
    granted = cpus_granted(survey.machine)
    if granted is None:
        hidden = "no cgroup (version 2) with a CPU controller in sight"
        return unknown(hidden, "a container's --cpus would stop workers; pin it instead")
    if math.isinf(granted):
        return fine("none")
    grant = f"{granted:.2f} CPUs for {len(survey.cpus)} workers"
    if granted > len(survey.cpus):
        return fine(grant)
    advice = "a quota stops workers in mid-turn: start the container with --cpuset-cpus, not --cpus"
    return doubtful(grant, advice)


def address_space(survey: Survey) -> Finding:
    """Whether addresses differ between processes, as they should.

    Placement of lists, rings and kernels is drawn by us. Stack, libraries and the interpreter's
    heap are placed by the system, and intervals over processes assume that it places them anew.
    """
    level = survey.machine.number("proc/sys/kernel/randomize_va_space")
    own = as_number(survey.machine.read("proc/self/personality"), 16)
    if level not in {0, *RANDOM} or own is None:
        silent = "nothing in randomize_va_space or /proc/self/personality"
        return unknown(silent, "check that sysctl kernel.randomize_va_space is 2")
    if level == 0:
        setting, remedy = "off (0)", "sudo sysctl kernel.randomize_va_space=2"
    elif own & ADDR_NO_RANDOMIZE:
        setting, remedy = "off for this process", "start without setarch -R"
    else:
        return fine(RANDOM[level])
    why = "what we do not draw is then the same in all processes, and intervals are too narrow"
    return doubtful(setting, f"{why}: {remedy}")
