"""What our own transport did on a host while that measured: context switches, from /proc.

Of the gateway, which waits for the run, and of the sshd that feeds it. Both should sleep.
"""

import os
import time
from dataclasses import dataclass

from bench.children import PARENT
from bench.machine.files import MachineFiles, as_number

SWITCHES = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
ANCESTORS_MAX = 4  # from the gateway to its sshd: a shell or two lie between


@dataclass(frozen=True)
class Transport:
    """The processes of our transport, and their switches when the run began."""

    processes: tuple[int, ...]
    began: int
    began_s: float
    machine: MachineFiles

    def metadata(self) -> dict[str, str]:
        """What it did since, as metadata; nothing if there is none."""
        if not self.processes:
            return {}
        took_s = time.monotonic() - self.began_s
        grown = switches(self.processes, self.machine) - self.began
        return {"transport_switches": str(grown), "transport_s": f"{took_s:.1f}"}


def watched(machine: MachineFiles | None = None) -> Transport:
    """Begin to watch the transport that has started this process, if one has."""
    here = machine or MachineFiles()
    gateway = as_number(os.environ.get(PARENT))
    found = processes(gateway, here) if gateway else ()
    return Transport(found, switches(found, here), time.monotonic(), here)


def processes(gateway: int, machine: MachineFiles) -> tuple[int, ...]:
    """The gateway and the nearest sshd above it, if it came by ssh."""
    above = gateway
    for _ in range(ANCESTORS_MAX):
        above = as_number(machine.field(f"proc/{above}/status", "PPid")) or 0
        if not above:
            break
        if (machine.field(f"proc/{above}/status", "Name") or "").startswith("sshd"):
            return gateway, above
    return (gateway,)


def switches(found: tuple[int, ...], machine: MachineFiles) -> int:
    """The context switches of all threads so far, voluntary or not."""
    return sum(
        as_number(machine.field(f"proc/{process}/task/{task.name}/status", key)) or 0
        for process in found
        for task in (machine.root / f"proc/{process}/task").glob("*")
        for key in SWITCHES
    )
