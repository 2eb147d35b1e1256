"""C compilers of this system that compile for another machine, by the names they have on Debian.

``aarch64-linux-gnu-gcc`` is a compiler of its own; clang makes code for whatever it is told.
"""

import shutil
from collections.abc import Container, Iterable

from strategies.backends.c_compilers import PACKAGES, Compiler, asked

TRIPLETS = {"aarch64": "aarch64-linux-gnu", "x86_64": "x86_64-linux-gnu"}  # by platform.machine()


def cross_compilers(
    machine: str, path: str | None = None, names: Iterable[str] = tuple(PACKAGES)
) -> dict[str, Compiler]:
    """Return gcc and clang, of these names those on ``path`` (else $PATH), as they compile for it.

    ``machine`` is what platform.machine() says there, such as aarch64.

    Raises:
        KeyError: if this suite knows no such machine.
    """
    triplet, found = TRIPLETS[machine], {}
    for name in (name for name in PACKAGES if name in set(names)):
        program, arguments = _command(name, triplet)
        where = shutil.which(program, path=path)
        version, fault = asked(name, where) if where else ("", "")
        if where and not fault:
            found[name] = Compiler(name, (where, *arguments), version, machine)
    return found


def cross_missing(machine: str, found: Container[str]) -> str:
    """Return one line about the compilers for ``machine`` that were not found, or nothing."""
    absent = [name for name in PACKAGES if name not in found]
    if not absent:
        return ""
    programs = [_command(name, TRIPLETS[machine])[0] for name in absent]
    packages = [f"gcc-{TRIPLETS[machine]}" if name == "gcc" else PACKAGES[name] for name in absent]
    return (
        f"no {' and no '.join(programs)} on PATH to compile for {machine} with "
        f"(Debian, Ubuntu: apt install {' '.join(packages)})"
    )


def _command(name: str, triplet: str) -> tuple[str, tuple[str, ...]]:
    """Return the program that a compiler is, and what it must be told first."""
    if name == "clang":
        return name, (f"--target={triplet}",)
    return f"{triplet}-{name}", ()
