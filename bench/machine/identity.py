"""Which machine this is, in the terms of ``reports.statistics.comparable``."""

import platform
import re
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
VENDORS = {"AuthenticAMD": "amd", "GenuineIntel": "intel"}
MODEL = ("model name", "CPU implementer", "cpu model")  # x86, Arm, others


def machine(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """What must be unchanged when a run is resumed: host, processor, kernel, Python."""
    return {
        "host": platform.node(),
        "processor": processor(cpuinfo),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def processor(cpuinfo: Path = CPUINFO) -> str:
    """The processor's name; ``unknown`` if the system does not report it."""
    known = _known(cpuinfo)
    return next((known[key] for key in known if key in MODEL), "unknown")


def kind(cpuinfo: Path = CPUINFO) -> str:
    """A folder name for this kind of processor: ``amd-26-2`` is vendor, family and model.

    The name alone is not enough: clouds call Zen 3 and Zen 5 alike "AMD EPYC".
    """
    known = _known(cpuinfo)
    vendor = known.get("vendor_id", known.get("CPU implementer", "unknown"))
    parts = [VENDORS.get(vendor, vendor)]
    parts += [known[key] for key in ("cpu family", "model", "CPU part") if key in known]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")


def _known(cpuinfo: Path) -> dict[str, str]:
    """The system's description of the first processor."""
    try:
        text = cpuinfo.read_text("utf-8", "replace")
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in text.split("\n\n", 1)[0].splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
