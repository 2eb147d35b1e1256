"""How much memory a run may still take: the system's, or less in a container with a limit."""

import math

from bench.machine.cgroup import groups
from bench.machine.files import Machine, as_number

# A group's limits, what it has taken, and which line of its memory.stat is cache that gives way
VERSION_2 = (("memory.max", "memory.high"), "memory.current", "inactive_file")
VERSION_1 = (("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
NO_LIMIT = "max"  # version 1 gives more than any machine has


def available_bytes(machine: Machine) -> int | None:
    """Return the bytes of memory that are available to us, None where that cannot be known."""
    system = as_number((machine.field("proc/meminfo", "MemAvailable") or "").removesuffix(" kB"))
    if system is None:
        return None
    left = [_left(machine, group) for group in groups(machine, "memory")]
    known = [size for size in left if size is not None]
    return int(min(system << 10, *known, math.inf)) if len(known) == len(left) else None


def _left(machine: Machine, group: str) -> float | None:
    """Return what a group's limits leave, cache that gives way included.

    Infinite without a limit, None where one makes no sense.
    """
    for limits, taken, cache in (VERSION_2, VERSION_1):
        said = [machine.read(f"{group}/{limit}") for limit in limits]
        found = [as_number(text) for text in said if text not in {None, NO_LIMIT}]
        if found:
            used = machine.number(f"{group}/{taken}")
            gives_way = as_number(machine.field(f"{group}/memory.stat", cache)) or 0
            known = [size for size in found if size is not None]
            if used is None or len(known) < len(found):
                return None
            return max(0, min(known) - max(0, used - gives_way))
    return math.inf
