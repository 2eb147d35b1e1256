"""The C compilers of this system, and how they are run."""

import os
import platform
import shutil
import subprocess
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from signal import SIGKILL

PACKAGES = {"gcc": "gcc", "clang": "clang"}  # compiler: its package, in nearly every distribution
ANSWER_MAX_S = 10.0  # to print its version
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # variables that a compiler needs to run
REMEDY = "fix it, or leave it out with --backend numba"


class CompilerError(Exception):
    """A compiler does not work; the text says how it fails."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler that is a backend."""

    name: str  # gcc or clang: the backend
    command: tuple[str, ...]  # its path, and arguments that precede all others
    version: str  # all that --version prints; the first line names it
    machine: str  # the architecture it compiles for, as platform.machine() names it

    @property
    def title(self) -> str:
        """The first line of the compiler's version."""
        return self.version.partition("\n")[0]

    @property
    def surroundings(self) -> tuple[str, ...]:
        """What else determines its objects: every program it may start, and its libraries.

        A wrapper (ccache, distcc) starts the next compiler of its name on PATH, and a gcc for
        another machine (aarch64-linux-gnu-gcc) the assembler with the same prefix.
        """
        name = Path(self.command[0]).name
        names = dict.fromkeys((*self.command[:1], name, "as", f"{name.removesuffix('gcc')}as"))
        return (os.environ.get("LD_LIBRARY_PATH", ""), *(s for n in names for s in _stamps(n)))


def compilers(
    path: str | None = None, names: Iterable[str] = tuple(PACKAGES)
) -> dict[str, Compiler]:
    """The compilers of these names that are on ``path`` (else on $PATH) and work."""
    working = {}
    for name in (name for name in PACKAGES if name in set(names)):
        where = shutil.which(name, path=path)
        version, fault = asked(name, where) if where else ("", "")
        if where and not fault:
            working[name] = Compiler(name, (where,), version, platform.machine())
    return working


def missing(
    present: Container[str], wanted: Iterable[str] = tuple(PACKAGES), path: str | None = None
) -> str:
    """One line about the wanted compilers that were not found on ``path``; empty if all were."""
    absent = [name for name in wanted if name in PACKAGES and name not in present]
    there = {name: where for name in absent if (where := shutil.which(name, path=path))}
    faults = {name: fault for name, at in there.items() if (fault := asked(name, at)[1])}
    lines = [f"{there[name]} {fault}: {REMEDY}" for name, fault in faults.items()]
    if gone := [name for name in absent if name not in faults]:
        packages = " ".join(PACKAGES[name] for name in gone)
        lines.append(
            f"no {' and no '.join(gone)} on PATH, so no kernel is measured as compiled by "
            f"{' or '.join(gone)}; to measure that, install {packages} "
            f"(Debian, Ubuntu: apt install {packages}; Fedora: dnf install {packages})"
        )
    return "; ".join(lines)


def run(command: Iterable[str], seconds: float) -> "subprocess.CompletedProcess[bytes]":
    """Run a compiler in a clean environment.

    The user's variables for it (CPATH, C_INCLUDE_PATH, GCC_EXEC_PREFIX, CCACHE_..., DISTCC_...)
    would change objects silently.

    Raises:
        CompilerError: if it cannot be started, or takes too long.
    """
    words = list(command)
    pipe = subprocess.PIPE
    known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = known | {"LC_ALL": "C", "CCACHE_DISABLE": "1"}
    try:
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            start_new_session=True,  # so that its children can be killed with it
        ) as child:
            try:
                out, errors = child.communicate(timeout=seconds)
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, SIGKILL)
                raise
    except subprocess.TimeoutExpired:
        raise CompilerError(f"gave no answer in {seconds:g} s") from None
    except OSError as error:  # a file that is no program
        raise CompilerError(f"cannot be run ({error.strerror})") from None
    return subprocess.CompletedProcess(words, child.returncode, out, errors)


def text(said: bytes) -> str:
    """A compiler's output, whatever its encoding."""
    return said.decode(errors="backslashreplace").strip()


@cache  # wait only once for one that hangs
def asked(name: str, where: str) -> tuple[str, str]:
    """The version of gcc or clang at a path, and what is wrong with it; either may be empty."""
    try:
        done = run([where, "--version"], ANSWER_MAX_S)
    except CompilerError as error:
        return "", str(error)
    version = text(done.stdout)
    if done.returncode or not version:
        return "", f"does not print its version (exit status {done.returncode})"
    if ("clang" in version) != (name == "clang"):
        return "", f"is not {name}, but {version.partition(chr(10))[0]}"
    return version, ""


def _stamps(name: str) -> Iterator[str]:
    """Identity, size and time of each file of a name on PATH: an upgrade changes them."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder) / name
        with suppress(OSError):
            known = path.stat()
            yield f"{path.resolve()} {known.st_size} {known.st_mtime_ns}"
