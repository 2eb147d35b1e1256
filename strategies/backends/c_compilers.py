"""Which C compilers this system has, and how they are run."""

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

PACKAGES = {"gcc": "gcc", "clang": "clang"}  # compiler: its package, nearly everywhere
ANSWER_MAX_S = 10.0  # to say its version
HANDED_ON = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")  # what a compiler needs to run at all
REMEDY = "mend it, or leave it out with --backend numba"


class CompilerError(Exception):
    """A compiler does not work; the text says in what way."""


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

    @property
    def surroundings(self) -> tuple[str, ...]:
        """Return what else decides its objects: every program it may start, and its libraries.

        A wrapper (ccache, distcc) starts the next compiler of its name on PATH, and a gcc for
        another machine (aarch64-linux-gnu-gcc) the assembler with the same prefix.
        """
        name = Path(self.command[0]).name
        names = dict.fromkeys((*self.command[:1], name, "as", f"{name.removesuffix('gcc')}as"))
        return (os.environ.get("LD_LIBRARY_PATH", ""), *(s for n in names for s in _stamps(n)))


def compilers(
    path: str | None = None, names: Iterable[str] = tuple(PACKAGES)
) -> dict[str, Compiler]:
    """Return gcc and clang, of these names those that are on ``path`` (else on $PATH) and work."""
    found = {}
    for name in (name for name in PACKAGES if name in set(names)):
        where = shutil.which(name, path=path)
        version, fault = asked(name, where) if where else ("", "")
        if where and not fault:
            found[name] = Compiler(name, (where,), version, platform.machine())
    return found


def missing(
    found: Container[str], wanted: Iterable[str] = tuple(PACKAGES), path: str | None = None
) -> str:
    """Return one line about the wanted compilers that were not found on ``path``, or nothing."""
    absent = [name for name in wanted if name in PACKAGES and name not in found]
    there = {name: where for name in absent if (where := shutil.which(name, path=path))}
    faults = {name: fault for name, at in there.items() if (fault := asked(name, at)[1])}
    lines = [f"{there[name]} {fault}: {REMEDY}" for name, fault in faults.items()]
    if gone := [name for name in absent if name not in faults]:
        packages = " ".join(PACKAGES[name] for name in gone)
        lines.append(
            f"no {' and no '.join(gone)} on PATH, so no kernel is measured as "
            f"{' or '.join(gone)} compiles it; to have that, install {packages} "
            f"(Debian, Ubuntu: apt install {packages}; Fedora: dnf install {packages})"
        )
    return "; ".join(lines)


def run(command: Iterable[str], seconds: float) -> "subprocess.CompletedProcess[bytes]":
    """Run a compiler in an environment that nothing of the user's gets into.

    Its own variables (CPATH, C_INCLUDE_PATH, GCC_EXEC_PREFIX, CCACHE_..., DISTCC_...) would change
    objects unseen.

    Raises:
        CompilerError: if it cannot be started, or takes too long.
    """
    words = list(command)
    pipe = subprocess.PIPE
    known = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    environment = known | {"LC_ALL": "C", "CCACHE_DISABLE": "1"}
    try:
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            start_new_session=True,  # so that what it started can be ended with it
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
    """Return what a compiler said, whatever its encoding."""
    return said.decode(errors="backslashreplace").strip()


@cache  # so that one that hangs is waited for once
def asked(name: str, where: str) -> tuple[str, str]:
    """Return what gcc or clang at a path says about itself, and how it does not work, if so."""
    try:
        done = run([where, "--version"], ANSWER_MAX_S)
    except CompilerError as error:
        return "", str(error)
    version = text(done.stdout)
    if done.returncode or not version:
        return "", f"does not say its version (exit status {done.returncode})"
    if ("clang" in version) != (name == "clang"):
        return "", f"is not {name}, but {version.partition(chr(10))[0]}"
    return version, ""


def _stamps(name: str) -> Iterator[str]:
    """Yield each file of a name on PATH as it is now: an upgrade changes it."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = Path(folder) / name
        with suppress(OSError):
            known = path.stat()
            yield f"{path.resolve()} {known.st_size} {known.st_mtime_ns}"
