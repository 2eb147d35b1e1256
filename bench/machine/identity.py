"""The identity of this machine: for a resumed run, and as the key of its kind."""

import platform

from bench.machine.files import MachineFiles
from bench.machine.system import HYPERVISORS, is_virtual
from reports.statistics.machine_key import UNKNOWN, MachineKey, kind_of

NAMES = ("model name", "CPU implementer", "cpu model")  # x86, Arm, others
CACHES = "sys/devices/system/cpu/cpu0/cache"
DMI = "sys/class/dmi/id/sys_vendor"  # of a virtual machine, who made the virtual machine


def machine(here: MachineFiles | None = None) -> dict[str, str]:
    """Host, processor, kernel and Python, which must be unchanged when a run is resumed.

    Its terms are those of ``reports.statistics.comparable``.
    """
    known = _cpuinfo(here or MachineFiles())
    return {
        "host": platform.node(),
        "processor": next((known[name] for name in known if name in NAMES), UNKNOWN),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def kind(here: MachineFiles | None = None) -> str:
    """This kind of processor: vendor, family and model."""
    return kind_of(key(here).text)


def key(here: MachineFiles | None = None) -> MachineKey:
    """The key of this machine; facts that the system does not give are ``unknown``."""
    here = here or MachineFiles()
    known = _cpuinfo(here)
    arm = [known[name] for name in ("CPU variant", "CPU revision") if name in known]
    sizes = _caches(here)
    return MachineKey(
        architecture=platform.machine() or UNKNOWN,
        vendor=known.get("vendor_id", known.get("CPU implementer", UNKNOWN)),
        family=known.get("cpu family", known.get("CPU architecture", UNKNOWN)),
        model=known.get("model", known.get("CPU part", UNKNOWN)),
        stepping=known.get("stepping", " ".join(arm) or UNKNOWN),
        l1d=sizes.get("1", UNKNOWN),
        l2=sizes.get("2", UNKNOWN),
        l3=sizes.get("3", UNKNOWN),
        hypervisor=_hypervisor(here),
    )


def _caches(here: MachineFiles) -> dict[str, str]:
    """The sizes of the caches that hold data, by level: of the first CPU."""
    folders = sorted((here.root / CACHES).glob("index*"))
    places = [str(folder.relative_to(here.root)) for folder in folders]
    return {
        here.read(f"{place}/level") or "": here.read(f"{place}/size") or UNKNOWN
        for place in places
        if here.read(f"{place}/type") in {"Data", "Unified"}
    }


def _hypervisor(here: MachineFiles) -> str:
    """The hypervisor's name, ``hypervisor`` if it has none; ``none`` on bare metal."""
    guest = is_virtual(here)
    if not guest:
        return UNKNOWN if guest is None else "none"
    named = (text.partition("\0")[0] for place in (*HYPERVISORS, DMI) if (text := here.read(place)))
    return next(named, "hypervisor")


def _cpuinfo(here: MachineFiles) -> dict[str, str]:
    """The system's description of the first processor."""
    first = (here.read("proc/cpuinfo") or "").split("\n\n", 1)[0]
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
