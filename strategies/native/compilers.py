"""Which C compilers this system has."""

import os
import platform
import shutil
import subprocess
from collections.abc import Container, Iterable
from dataclasses import dataclass

PACKAGES = {"gcc": "gcc", "clang": "clang"}  # compiler: its package, nearly everywhere


@dataclass(frozen=True)
class Compiler:
    """A C compiler, as a backend."""

    name: str  # gcc or clang: the backend
    command: tuple[str, ...]  # its path, and arguments that come before all others
    version: str  # all that it says about itself; the first line names it
    machine: str  # the architecture it compiles for, as platform.machine() says it

    @property
    def title(self) -> str:
        """Return the line by which the compiler introduces itself."""
        return self.version.partition("\n")[0]


def compilers(path: str | None = None) -> dict[str, Compiler]:
    """Return gcc and clang, those that are on ``path`` (else on $PATH) and run."""
    found = {}
    for name in PACKAGES:
        where = shutil.which(name, path=path)
        version = _version(where) if where else ""
        if where and ("clang" in version) == (name == "clang") and version:
            found[name] = Compiler(name, (where,), version, platform.machine())
    return found


def missing(found: Container[str], wanted: Iterable[str] = tuple(PACKAGES)) -> str:
    """Return one line about the wanted compilers that were not found, or nothing."""
    absent = [name for name in wanted if name in PACKAGES and name not in found]
    if not absent:
        return ""
    packages = " ".join(PACKAGES[name] for name in absent)
    return (
        f"no {' and no '.join(absent)} on PATH, so no kernel is measured as "
        f"{' or '.join(absent)} compiles it; to have that, install {packages} "
        f"(Debian, Ubuntu: apt install {packages}; Fedora: dnf install {packages})"
    )


def _version(where: str) -> str:
    """Return what a compiler says about itself; nothing if it does not run."""
    try:
        done = subprocess.run(
            [where, "--version"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"LC_ALL": "C"},
        )
    except OSError:  # a file that is no program
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
