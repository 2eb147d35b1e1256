"""The CPU quota of a container: cgroup version 2's ``cpu.max``, version 1's ``cpu.cfs_quota_us``.

The effect of a quota on a group that is out of sight still shows in ``stops``.
"""

import math

from bench.machine.cgroup import groups, words
from bench.machine.files import Machine, as_number

CPU = "cpu"


def cpus_granted(machine: Machine) -> float | None:
    """Return the least quota in CPUs, infinite if there is none, None if it cannot be known."""
    found = [_granted(machine, group) for group in groups(machine, CPU)]
    known = [quota for quota in found if quota is not None]
    return min(known) if known and len(known) == len(found) else None


def stops(machine: Machine) -> int | None:
    """Return in how many periods a quota has stopped our groups, None if that is not counted."""
    texts = (machine.field(f"{group}/cpu.stat", "nr_throttled") for group in groups(machine, CPU))
    counts = [count for text in texts if (count := as_number(text)) is not None]
    return sum(counts) if counts else None


def _granted(machine: Machine, group: str) -> float | None:
    """Return one group's own quota in CPUs, infinite if it has none, None if it makes no sense."""
    found = words(machine, f"{group}/cpu.max") or [
        *words(machine, f"{group}/cpu.cfs_quota_us"),
        *words(machine, f"{group}/cpu.cfs_period_us"),
    ]
    if not found or found[0] in {"max", "-1"}:
        return math.inf
    quota, period = (*map(as_number, found), None)[:2]
    return quota / period if quota and period else None
