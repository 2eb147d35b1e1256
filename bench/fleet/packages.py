"""The packages that a run on a host imports: copies of what is installed here, else wheels by pip.

An installed package is copied where its own wheel says that it fits: any Python, or that of the
host; any system, or a glibc as old as the host's. The others are fetched, for the host, in the same
version.
"""

import platform
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from bench.errors import BenchError

RUN = ("numpy", "msgspec", "pyperf", "psutil", "rich", "typer")  # that bench.run imports
COMPILING = ("capstone", "numba", "pyelftools")  # and these, to compile
SKIPPED = re.compile(r"(^|/)(__pycache__|tests)/|\.(pyi|pyc|a|lib)$|^(\.\.|/)")
NAME = re.compile(r"[A-Za-z0-9._-]+")
MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
DOWNLOAD_MAX_S = 600


class PackagesError(BenchError):
    """A package that a host needs and nobody has; the text names it, and what helps."""


@dataclass(frozen=True)
class Target:
    """What a parcel is for."""

    machine: str  # x86_64
    python: tuple[int, int]
    glibc: tuple[int, int] | None  # None: another C library

    @property
    def version(self) -> str:
        """The version of Python as it is written."""
        return "{}.{}".format(*self.python)

    @property
    def name(self) -> str:
        """A file's name for it."""
        libc = "glibc{}.{}".format(*self.glibc) if self.glibc else "other"
        return f"{self.machine}-python{self.version}-{libc}"

    def takes(self, tag: str) -> bool:
        """Whether a wheel with this tag fits: ``cp311-cp311-manylinux_2_28_x86_64``."""
        python, abi, system = tag.split("-", 2)
        ours = f"cp{self.python[0]}{self.python[1]}"
        if python not in {"py3", "py2.py3", ours} and abi != "abi3":
            return False
        if system == "any":
            return True
        if self.glibc is None or not system.endswith(f"_{self.machine}"):
            return False
        old = re.fullmatch(r"manylinux_(\d+)_(\d+)_.*", system)
        needs = (int(old[1]), int(old[2])) if old else MANYLINUX.get(system.split("_")[0])
        return needs is not None and needs <= self.glibc


def needed(names: Iterable[str]) -> dict[str, Distribution]:
    """These packages, and all that they require, as installed here; by name.

    Raises:
        PackagesError: if one of ``names`` is not installed.
    """
    found: dict[str, Distribution] = {}
    left = [(name, True) for name in names]
    while left:
        name, asked = left.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        try:
            one = found.get(key) or distribution(name)
        except PackageNotFoundError:
            if asked:
                raise PackagesError(f"{name} is not installed here: pip install {name}") from None
            continue  # what it is needed for is not this system
        if key not in found:
            found[key] = one
            wanted = (text for text in one.requires or () if "extra ==" not in text)
            left += [(match[0], False) for text in wanted if (match := NAME.match(text))]
    return dict(sorted(found.items()))


def tags(one: Distribution) -> list[str]:
    """What the wheel of an installed package said that it fits; empty if it was none."""
    about = (file for file in one.files or () if file.match("*.dist-info/WHEEL"))
    lines = [line for file in about for line in file.read_text(encoding="utf-8").splitlines()]
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]


def files(target: Target, names: Iterable[str], cache: Path) -> Iterator[tuple[str, bytes]]:
    """The files of all packages for a target, each with its path below ``packages``.

    Raises:
        PackagesError: if one can neither be copied nor fetched.
    """
    found = needed(names)
    missing = []
    for one in found.values():
        if any(map(target.takes, tags(one))) and one.files is not None:
            for file in one.files:
                if not SKIPPED.search(str(file)):
                    yield str(file), Path(str(file.locate())).read_bytes()
        else:
            missing.append(f"{one.name}=={one.version}")
    for wheel in _fetched(target, missing, cache) if missing else ():
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                if not (SKIPPED.search(name) or name.endswith("/")):
                    yield name, packed.read(name)


def _fetched(target: Target, wanted: list[str], cache: Path) -> list[Path]:
    """Wheels for another machine or Python, fetched by pip."""
    folder = cache / target.name
    systems = [f"{name}_{target.machine}" for name in PLATFORMS if target.glibc]
    if not systems:
        systems = [f"musllinux_1_{minor}_{target.machine}" for minor in (2, 1)]
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    words += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation", "cp"]
    words += ["--python-version", target.version, "-d", str(folder)]
    words += [word for system in systems for word in ("--platform", system)]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    try:
        ended = subprocess.run(
            [*words, *wanted],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=DOWNLOAD_MAX_S,
        )
        said = ended.stderr.strip().splitlines()[-1:] if ended.returncode else []
    except subprocess.TimeoutExpired:
        said = [f"no answer in {DOWNLOAD_MAX_S} s"]
    if said or not list(folder.glob("*.whl")):
        why = said[0] if said else "no message"
        ours = "{}.{}".format(*sys.version_info[:2])
        copied = target.machine == platform.machine()  # what is installed, for such a Python
        remedy = f"name a Python {ours} there as `python`, or " if copied else ""
        raise PackagesError(
            f"Python {target.version} on {target.machine} needs {', '.join(wanted)}, which pip "
            f"cannot fetch ({why}): {remedy}run the fleet where the index can be reached"
        )
    return sorted(folder.glob("*.whl"))
