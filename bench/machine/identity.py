"""Which machine this is: for a run that goes on, and as the key of its kind."""

import platform
import re
from pathlib import Path

from bench.machine.files import Machine
from bench.machine.system import HYPERVISORS, is_virtual
from reports.statistics.machine_key import UNKNOWN, MachineKey

CPUINFO = Path("/proc/cpuinfo")
VENDORS = {"AuthenticAMD": "amd", "GenuineIntel": "intel"}
MODEL = ("model name", "CPU implementer", "cpu model")  # x86, Arm, others
CACHES = "sys/devices/system/cpu/cpu0/cache"
DMI = "sys/class/dmi/id/sys_vendor"  # of a virtual machine, who made the virtual machine


def machine(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """What must be unchanged when a run is resumed: host, processor, kernel, Python.

    Its terms are those of ``reports.statistics.comparable``.
    """
    return {
        "host": platform.node(),
        "processor": processor(cpuinfo),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def processor(cpuinfo: Path = CPUINFO) -> str:
    """The processor's name; ``unknown`` if the system does not report it."""
    known = _known(cpuinfo)
    return next((known[key] for key in known if key in MODEL), UNKNOWN)


def kind(cpuinfo: Path = CPUINFO) -> str:
    """A folder name for this kind of processor: ``amd-26-2`` is vendor, family and model.

    The name alone is not enough: clouds call Zen 3 and Zen 5 alike "AMD EPYC".
    """
    known = _known(cpuinfo)
    vendor = known.get("vendor_id", known.get("CPU implementer", UNKNOWN))
    parts = [VENDORS.get(vendor, vendor)]
    parts += [known[key] for key in ("cpu family", "model", "CPU part") if key in known]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")


def key(here: Machine | None = None) -> MachineKey:
    """Return the key of this machine; facts that the system does not give are ``unknown``."""
    here = here or Machine()
    known = _known(here.root / "proc" / "cpuinfo")
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


def _caches(here: Machine) -> dict[str, str]:
    """The sizes of the caches that hold data, by level: of the first CPU."""
    folders = sorted((here.root / CACHES).glob("index*"))
    places = [str(folder.relative_to(here.root)) for folder in folders]
    return {
        here.read(f"{place}/level") or "": here.read(f"{place}/size") or UNKNOWN
        for place in places
        if here.read(f"{place}/type") in {"Data", "Unified"}
    }


def _hypervisor(here: Machine) -> str:
    """The hypervisor: its name if it tells, else ``hypervisor``; ``none`` on bare metal."""
    guest = is_virtual(here)
    if not guest:
        return UNKNOWN if guest is None else "none"
    named = (text.partition("\0")[0] for place in (*HYPERVISORS, DMI) if (text := here.read(place)))
    return next(named, "hypervisor")


def _known(cpuinfo: Path) -> dict[str, str]:
    """The system's description of the first processor."""
    try:
        text = cpuinfo.read_text("utf-8", "replace")
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in text.split("\n\n", 1)[0].splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
