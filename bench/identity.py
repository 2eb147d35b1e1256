"""Which machine this is, in the terms of ``reports.identity``, which says what must agree."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
MODEL = ("model name", "CPU implementer", "cpu model")  # x86, Arm, others


def machine(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """Return what a run that goes on must find as it was: host, processor, kernel, Python."""
    return {
        "host": platform.node(),
        "processor": processor(cpuinfo),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Return the processor's name, ``unknown`` where the system does not say."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return "unknown"
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return next((value.strip() for key, value in pairs if key.strip() in MODEL), "unknown")
