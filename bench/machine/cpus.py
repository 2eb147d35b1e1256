"""The CPUs that a run may use: one per core, and few, as all cores share caches and clocks."""

import os
from pathlib import Path

WORKERS_MAX = 2  # more cores would share caches and clocks with those that measure
TOPOLOGY = Path("/sys/devices/system/cpu")


def choose_cpus(topology: Path = TOPOLOGY) -> list[int]:
    """Up to two CPUs that this process may use, on different cores."""
    cores: dict[str, int] = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = topology / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        core = siblings.read_text("utf-8") if siblings.exists() else str(cpu)
        cores.setdefault(core, cpu)
    return list(cores.values())[:WORKERS_MAX]
