"""Which machine this is, by what /proc/cpuinfo of several says."""

from pathlib import Path

import pytest

from bench.machine.identity import kind, machine

X86 = "vendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: {}\n\nmodel\t: 9\n"
ARM = "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n"


@pytest.mark.parametrize(
    ("text", "name", "processor"),
    [
        (X86.format("AuthenticAMD", 25, 1, "AMD EPYC"), "amd-25-1", "AMD EPYC"),
        (X86.format("AuthenticAMD", 26, 2, "AMD EPYC"), "amd-26-2", "AMD EPYC"),
        (X86.format("GenuineIntel", 6, 143, "Intel(R) Xeon"), "intel-6-143", "Intel(R) Xeon"),
        (X86.format("../../x", 6, 1, "y"), "x-6-1", "y"),
        (ARM, "0x41-0xd40", "0x41"),
        ("", "unknown", "unknown"),
    ],
)
def test_a_kind_of_processor_has_a_folder_of_its_own(
    tmp_path: Path, text: str, name: str, processor: str
) -> None:
    """Two that clouds call by one name are told apart, and no name leaves its folder."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(text)
    assert kind(cpuinfo) == name
    assert machine(cpuinfo)["processor"] == processor


def test_a_system_that_does_not_say_is_unknown(tmp_path: Path) -> None:
    """No file, no name, and no fault."""
    assert kind(tmp_path / "nothing") == "unknown"
