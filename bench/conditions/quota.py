"""The CPU quota of a container: cgroup version 2's ``cpu.max``, version 1's ``cpu.cfs_quota_us``.

A quota on any group above ours stops us too, so all of them are read up to where the hierarchy is
mounted. Groups above a container's own mount are out of sight; ``stops`` still shows their effect
where they are within it.
"""

import math
from collections.abc import Iterator

from bench.conditions.machine import Machine, as_number

MOUNT = "sys/fs/cgroup"


def cpus_granted(machine: Machine) -> float | None:
    """Return the least quota in CPUs, infinite if there is none, None if it cannot be known."""
    found = [_granted(machine, group) for group in _groups(machine)]
    known = [quota for quota in found if quota is not None]
    return min(known) if known and len(known) == len(found) else None


def stops(machine: Machine) -> int | None:
    """Return in how many periods a quota has stopped our groups, None if that is not counted."""
    texts = (machine.field(f"{group}/cpu.stat", "nr_throttled") for group in _groups(machine))
    counts = [count for text in texts if (count := as_number(text)) is not None]
    return sum(counts) if counts else None


def _groups(machine: Machine) -> Iterator[str]:
    """Yield the folder of our group and of each above it, where CPU time is shared out."""
    for line in (machine.read("proc/self/cgroup") or "").splitlines():
        _, colon, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        mount = _mount(machine, controllers) if colon else None
        if mount is None:
            continue
        names = [name for name in group.split("/") if name not in {"", ".."}]
        for depth in range(len(names), -1, -1):
            if machine.is_folder(folder := "/".join([mount, *names[:depth]])):
                yield folder


def _mount(machine: Machine, controllers: str) -> str | None:
    """Return where a hierarchy is mounted, None if it does not share out CPU time."""
    if not controllers:  # version 2, alone or beside version 1
        mounts = [f"{MOUNT}/unified", MOUNT]
        shares = [m for m in mounts if "cpu" in _words(machine, f"{m}/cgroup.controllers")]
        return shares[0] if shares else None
    if "cpu" not in controllers.split(","):
        return None
    mounts = [f"{MOUNT}/{controllers}", f"{MOUNT}/cpu"]
    return next(filter(machine.is_folder, mounts), None)


def _words(machine: Machine, path: str) -> list[str]:
    return (machine.read(path) or "").split()


def _granted(machine: Machine, group: str) -> float | None:
    """Return one group's own quota in CPUs, infinite if it has none, None if it makes no sense."""
    words = _words(machine, f"{group}/cpu.max") or [
        *_words(machine, f"{group}/cpu.cfs_quota_us"),
        *_words(machine, f"{group}/cpu.cfs_period_us"),
    ]
    if not words or words[0] in {"max", "-1"}:
        return math.inf
    quota, period = (*map(as_number, words), None)[:2]
    return quota / period if quota and period else None
