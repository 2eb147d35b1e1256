"""Which packages are sent, for whom, and what is said where one is missing."""

import platform
import subprocess
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from bench.fleet.packages import RUN, PackagesError, Target, files, needed

HERE = Target("x86_64", (3, 11), (2, 36))


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("py3-none-any", True),
        ("cp311-cp311-manylinux_2_28_x86_64", True),
        ("cp311-cp311-manylinux_2_40_x86_64", False),  # of a newer glibc
        ("cp312-cp312-manylinux_2_28_x86_64", False),
        ("cp311-cp311-manylinux_2_28_aarch64", False),
        ("cp36-abi3-manylinux2010_x86_64", True),  # of any Python from 3.6 on
        ("cp311-cp311-musllinux_1_2_x86_64", False),
        ("cp311-cp311-linux_x86_64", False),  # built on some machine, for it alone
    ],
)
def test_a_wheel_says_whom_it_fits(tag: str, *, fits: bool) -> None:
    """By Python, architecture and C library."""
    assert HERE.takes(tag) is fits


def test_another_c_library_takes_what_is_of_python_alone() -> None:
    """As musl's."""
    musl = Target("x86_64", (3, 11), None)
    assert musl.takes("py3-none-any")
    assert not musl.takes("cp311-cp311-manylinux_2_17_x86_64")


def test_what_a_package_requires_comes_along() -> None:
    """But not what its extras do, nor what this system lacks."""
    found = needed(("pyperf", "rich"))
    assert {"pyperf", "psutil", "rich", "pygments"} <= set(found)
    assert not {"ipywidgets", "pytest", "tox"} & set(found)


def test_what_is_not_installed_is_named() -> None:
    """With what to do."""
    with pytest.raises(PackagesError, match="no-such-thing is not installed here: pip install"):
        needed(("no-such-thing",))


def test_a_run_is_not_sent_what_only_reports_and_compilers_need() -> None:
    """They are ten times as large."""
    assert not {"scipy", "pandas", "numba", "matplotlib", "pyarrow"} & set(needed(RUN))


def test_an_installed_package_is_copied_without_its_tests(tmp_path: Path) -> None:
    """Nothing leaves the folder: scripts lie elsewhere, and are left out."""
    one = Target("any", (3, 11), None)
    found = dict(files(one, ("pyelftools", "rich"), tmp_path))
    for name in found:
        assert not name.startswith(("/", ".."))
        assert "/tests/" not in name
    assert "elftools/elf/elffile.py" in found


class Pip:
    """A pip that fetches a wheel, or says why it cannot."""

    def __init__(self, says: str = "") -> None:
        self.says = says
        self.words: list[str] = []

    def __call__(self, words: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        """Run."""
        self.words = words
        if not self.says:
            wheel = Path(words[words.index("-d") + 1]) / "numpy-9-any.whl"
            with zipfile.ZipFile(wheel, "w") as made:
                made.writestr("numpy/__init__.py", "fetched")
                made.writestr("numpy/tests/test_x.py", "")
        return subprocess.CompletedProcess(words, int(bool(self.says)), "", f"x\n{self.says}\n")


def test_what_does_not_fit_is_fetched_for_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the version that is installed here."""
    pip = Pip()
    monkeypatch.setattr(subprocess, "run", pip)
    found = dict(files(Target("aarch64", (3, 13), (2, 36)), ("numpy",), tmp_path))
    assert found == {"numpy/__init__.py": b"fetched"}
    assert f"numpy=={distribution('numpy').version}" in pip.words
    assert pip.words[pip.words.index("--python-version") + 1] == "3.13"
    assert "manylinux_2_28_aarch64" in pip.words


@pytest.mark.parametrize(
    ("machine", "way_out"),
    [
        (platform.machine(), "name a Python .*, or run the"),
        ("riscv64", "run the fleet"),
    ],
)
def test_what_nobody_has_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, way_out: str
) -> None:
    """Pip's own reason, and the ways out: for another machine nothing here can be copied."""
    monkeypatch.setattr(subprocess, "run", Pip("ERROR: no matching distribution"))
    says = rf"3\.99 on {machine} needs numpy==.*no matching distribution\): {way_out}"
    with pytest.raises(PackagesError, match=says):
        list(files(Target(machine, (3, 99), (2, 36)), ("numpy",), tmp_path))
