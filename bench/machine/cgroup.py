"""Limits of control groups (version 2), of which a container is made.

A limit on any group above ours applies to us too, so groups are read up to the mount point. Groups
above a container's own mount are out of sight; the effect of their quota still shows in ``stops``.
"""

import math
from collections.abc import Iterator, Sequence

from bench.machine.files import MachineFiles, as_number

MOUNT = "sys/fs/cgroup"
NO_LIMIT = "max"


def groups(machine: MachineFiles, controller: str) -> Iterator[str]:
    """The folders of our group and of each above it; none where the controller is not in use."""
    own = machine.field("proc/self/cgroup", "0")  # 0::/user.slice
    if own is None or controller not in _words(machine, f"{MOUNT}/cgroup.controllers"):
        return
    names = [name for name in own.removeprefix(":").split("/") if name not in {"", ".."}]
    for depth in range(len(names), -1, -1):
        if machine.is_folder(folder := "/".join([MOUNT, *names[:depth]])):
            yield folder


def cpus_granted(machine: MachineFiles) -> float | None:
    """The tightest CPU quota, in CPUs: infinite if there is none, None if it cannot be known."""
    return _least([_quota(machine, group) for group in groups(machine, "cpu")] or [None])


def stops(machine: MachineFiles) -> int | None:
    """The number of periods in which a quota stopped our groups; None if they are not counted."""
    texts = (machine.field(f"{group}/cpu.stat", "nr_throttled") for group in groups(machine, "cpu"))
    counts = [count for text in texts if (count := as_number(text)) is not None]
    return sum(counts) if counts else None


def available_bytes(machine: MachineFiles) -> int | None:
    """Memory that a run may still take, in bytes: the system's, or less in a container.

    None if it cannot be known.
    """
    system = as_number((machine.field("proc/meminfo", "MemAvailable") or "").removesuffix(" kB"))
    if system is None:
        return None
    least = _least([system << 10, *(_left(machine, group) for group in groups(machine, "memory"))])
    return None if least is None else int(least)


def _quota(machine: MachineFiles, group: str) -> float | None:
    words = _words(machine, f"{group}/cpu.max")
    if not words or words[0] == NO_LIMIT:
        return math.inf
    quota, period = (*map(as_number, words), None)[:2]
    return quota / period if quota and period else None


def _left(machine: MachineFiles, group: str) -> float | None:
    """What a group's limits leave, in bytes; its reclaimable cache counts as free."""
    texts = [machine.read(f"{group}/memory.{name}") for name in ("max", "high")]
    limits = [as_number(text) for text in texts if text not in {None, NO_LIMIT}]
    if not limits:
        return math.inf
    limit, used = _least(limits), machine.number(f"{group}/memory.current")
    cache = as_number(machine.field(f"{group}/memory.stat", "inactive_file")) or 0
    return None if limit is None or used is None else max(0, limit - max(0, used - cache))


def _least(values: Sequence[float | None]) -> float | None:
    """The least of all values; None if any is unknown."""
    known = [value for value in values if value is not None]
    return min(known) if len(known) == len(values) else None


def _words(machine: MachineFiles, path: str) -> list[str]:
    return (machine.read(path) or "").split()
