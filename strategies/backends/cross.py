"""C compilers of this system that compile for another machine, under their names on Debian.

``aarch64-linux-gnu-gcc`` is a separate compiler; clang has an option for the target.
"""

import shutil
from collections.abc import Container, Iterable

from strategies.backends.c_compilers import PACKAGES, Compiler, asked, compilers
from strategies.compile.target import HERE, MACHINE, TRIPLETS


def target_compilers(
    path: str | None = None, names: Iterable[str] = tuple(PACKAGES)
) -> dict[str, Compiler]:
    """The compilers of these names for the machine that this process compiles for."""
    return compilers(path, names) if MACHINE == HERE else cross_compilers(MACHINE, path, names)


def cross_compilers(
    machine: str, path: str | None = None, names: Iterable[str] = tuple(PACKAGES)
) -> dict[str, Compiler]:
    """The compilers of these names on ``path`` (else on $PATH) that compile for ``machine``.

    ``machine`` is as platform.machine() names it, such as aarch64.

    Raises:
        KeyError: if the machine is unknown.
    """
    triplet, found = TRIPLETS[machine], {}
    for name in (name for name in PACKAGES if name in set(names)):
        program, arguments = _command(name, triplet)
        where = shutil.which(program, path=path)
        version, fault = asked(name, where) if where else ("", "")
        if where and not fault:
            found[name] = Compiler(name, (where, *arguments), version, machine)
    return found


def cross_missing(
    machine: str, found: Container[str], wanted: Iterable[str] = tuple(PACKAGES)
) -> str:
    """One line about the wanted compilers for ``machine`` not found; empty if all were."""
    absent = [name for name in wanted if name in PACKAGES and name not in found]
    if not absent:
        return ""
    programs = [_command(name, TRIPLETS[machine])[0] for name in absent]
    packages = [f"gcc-{TRIPLETS[machine]}" if name == "gcc" else PACKAGES[name] for name in absent]
    return (
        f"no {' and no '.join(programs)} on PATH to compile for {machine} with "
        f"(Debian, Ubuntu: apt install {' '.join(packages)})"
    )


def _command(name: str, triplet: str) -> tuple[str, tuple[str, ...]]:
    """The program of a compiler, and its first arguments."""
    if name == "clang":
        return name, (f"--target={triplet}",)
    return f"{triplet}-{name}", ()
