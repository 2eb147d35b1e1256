"""Which machine this is, by what files of several say."""

import platform
from pathlib import Path

import pytest

from bench.machine.files import MachineFiles
from bench.machine.identity import key, kind, machine
from reports.statistics.machine_key import MACHINE_KEY, UNKNOWN, MachineKey, key_of, kind_of

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
        (f"{ARM}CPU architecture: 8\n", "0x41-8-0xd40", "0x41"),
        ("", "unknown", "unknown"),
    ],
)
def test_a_kind_of_processor_has_a_folder_of_its_own(
    tmp_path: Path, text: str, name: str, processor: str
) -> None:
    """Two that clouds call by one name are told apart, and no name leaves its folder."""
    here = made(tmp_path, text)
    assert kind(here) == name
    assert machine(here)["processor"] == processor


def test_a_system_that_does_not_say_is_unknown(tmp_path: Path) -> None:
    """No file, no name, and no fault."""
    assert kind(MachineFiles(tmp_path)) == "unknown"


CACHES = ((1, "Data", "48K"), (1, "Instruction", "32K"), (2, "Unified", "2048K"))


def made(root: Path, cpuinfo: str, **others: str) -> MachineFiles:
    """A machine with these files, and with CACHES."""
    texts = {"proc/cpuinfo": cpuinfo, **{name.replace("__", "/"): t for name, t in others.items()}}
    for number, cache in enumerate(CACHES):
        for what, value in zip(("level", "type", "size"), cache, strict=True):
            texts[f"sys/devices/system/cpu/cpu0/cache/index{number}/{what}"] = f"{value}\n"
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return MachineFiles(root)


def test_a_key_has_the_facts_that_stay(tmp_path: Path) -> None:
    """Of caches those that hold data; what is not given is unknown."""
    cpuinfo = "vendor_id: GenuineIntel\ncpu family: 6\nmodel: 143\nstepping: 8\nflags: fpu\n"
    found = key(made(tmp_path, cpuinfo))
    assert found.text == (f"{platform.machine()}/GenuineIntel/6/143/8/48K/2048K/{UNKNOWN}/none")


@pytest.mark.parametrize(
    "line",
    ["cpu MHz: 2596.1", "bogomips: 10681.2", "microcode: 0x1", "physical id: 3", "siblings: 8"],
)
def test_what_varies_is_no_part_of_a_key(tmp_path: Path, line: str) -> None:
    """Bogomips in a key once made one machine two."""
    plain = "vendor_id: AuthenticAMD\ncpu family: 25\nmodel: 1\nstepping: 1\n"
    assert key(made(tmp_path / "a", plain)) == key(made(tmp_path / "b", plain + line + "\n"))


@pytest.mark.parametrize("fact", ["vendor_id", "cpu family", "model", "stepping"])
def test_each_fact_tells_machines_apart(tmp_path: Path, fact: str) -> None:
    """Two steppings of a model are two kinds."""
    facts = {"vendor_id": "a", "cpu family": "6", "model": "1", "stepping": "1"}
    texts = ["".join(f"{k}: {v}\n" for k, v in one.items()) for one in (facts, facts | {fact: "9"})]
    one, other = (key(made(tmp_path / str(number), text)) for number, text in enumerate(texts))
    assert one != other


def test_an_arm_core_has_a_key(tmp_path: Path) -> None:
    """Implementer, architecture, part, variant and revision; nothing tells of a hypervisor."""
    cpuinfo = f"{ARM}CPU architecture: 8\nCPU variant\t: 0x1\nCPU revision\t: 1\n"
    found = key(made(tmp_path, cpuinfo))
    assert (found.vendor, found.family, found.model) == ("0x41", "8", "0xd40")
    assert (found.stepping, found.hypervisor) == ("0x1 1", UNKNOWN)
    assert "/0x1-1/" in found.text  # one word


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({}, "hypervisor"),
        ({"sys__hypervisor__type": "xen\n"}, "xen"),
        ({"sys__class__dmi__id__sys_vendor": "Amazon EC2\n"}, "Amazon EC2"),
    ],
)
def test_a_hypervisor_is_named_if_it_tells(
    tmp_path: Path, files: dict[str, str], named: str
) -> None:
    """The maker of a machine of metal is not asked for: it would tell equal processors apart."""
    guest = made(tmp_path / "guest", "flags: fpu hypervisor\n", **files)
    metal = made(tmp_path / "metal", "flags: fpu\n", sys__class__dmi__id__sys_vendor="Dell\n")
    assert (key(guest).hypervisor, key(metal).hypervisor) == (named, "none")


def test_a_machine_that_says_nothing_has_a_key(tmp_path: Path) -> None:
    """All but the architecture is unknown; the text still has a word for every fact."""
    assert key(MachineFiles(tmp_path)) == MachineKey(architecture=platform.machine())
    assert len(key(MachineFiles(tmp_path)).text.split("/")) == 9


def test_a_result_is_known_by_its_key_and_an_older_one_by_its_name() -> None:
    """A name is never taken for a key, nor an empty text for either."""
    older = {"cpu_model_name": "AMD EPYC"}
    assert key_of({MACHINE_KEY: "a/b", **older}) == "a/b"
    assert key_of({MACHINE_KEY: "", **older}) == "AMD EPYC"
    assert key_of({"machine": "board 2", **older}) == "board 2"
    assert key_of({}) == UNKNOWN


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("x86_64/AuthenticAMD/25/17/1/32K/1024K/32768K/kvm", "amd-25-17"),
        ("x86_64/GenuineIntel/6/143/8/48K/2048K/x/none", "intel-6-143"),
        ("aarch64/0x41/8/0xd40/1/x/x/x/unknown", "0x41-8-0xd40"),
        ("../../../etc", "etc"),
        ("", "unknown"),
        ("a/../../../b", "unknown"),
    ],
)
def test_a_kind_of_machine_names_a_file(key: str, name: str) -> None:
    """And no key, whatever a host calls itself, leaves the folder."""
    assert kind_of(key) == name
