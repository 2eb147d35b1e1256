"""Other machines: ``python -m tests.fake.machine NAME,... WORD...`` runs pytest on them.

What Python code asks the system is answered from generated files; compiled code is not affected.
"""

import builtins
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MIB = 1 << 20
CPUS = "sys/devices/system/cpu"
ASKED = tuple(f"/{path}" for path in ("proc/cpuinfo", "proc/meminfo", CPUS))
PROGRAMS = ("gcc", "clang")
SLOW_TO_IMPORT = ("matplotlib.figure", "pandas", "scipy.stats", "strategies.backends")


@dataclass(frozen=True)
class Machine:
    """Properties on which a test must not depend."""

    cpuinfo: str  # the line that names the processor
    cache_mib: int | None  # the largest; None: not reported
    cpus: int
    free_mib: int
    programs: tuple[str, ...] = PROGRAMS  # the ones that exist

    def files(self) -> Iterator[tuple[str, str]]:
        """Path and text of the files that describe it."""
        yield "proc/cpuinfo", f"processor\t: 0\n{self.cpuinfo}\n"
        yield (
            "proc/meminfo",
            "".join(
                f"{key}: {kib} kB\n"
                for key, kib in (
                    *(
                        (name, self.free_mib << 10)
                        for name in ("MemTotal", "MemFree", "MemAvailable")
                    ),
                    *((name, 0) for name in ("Buffers", "Cached", "Active", "Inactive", "Shmem")),
                )
            ),
        )
        for cpu in range(self.cpus):
            yield f"{CPUS}/cpu{cpu}/topology/thread_siblings_list", f"{cpu}\n"
            for number, kib in enumerate((32, self.cache_mib << 10) if self.cache_mib else ()):
                yield f"{CPUS}/cpu{cpu}/cache/index{number}/size", f"{kib}K\n"


MACHINES = {
    "notebook": Machine("model name\t: Intel(R) Core(TM) i5-8250U", 8, 1, 1 << 10, ()),
    "runner": Machine("model name\t: AMD EPYC 7763 64-Core Processor", 32, 2, 14 << 10),
    "server": Machine("model name\t: Intel(R) Xeon(R) Processor", 480, 64, 1 << 20, ("gcc",)),
    "board": Machine("CPU implementer\t: 0x41", None, 64, 200, ()),
}


def become(machine: Machine, root: Path) -> None:
    """Make this process, for the rest of its life, believe that it runs on the machine."""
    for path, text in machine.files():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    def there(path: Any) -> Any:
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        return root / name[1:] if name.startswith(ASKED) else path

    def redirected(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda path, *args, **kwargs: function(there(path), *args, **kwargs)

    for method in ("open", "read_text", "read_bytes", "exists", "is_dir", "iterdir", "glob"):
        setattr(Path, method, redirected(getattr(Path, method)))
    builtins.open = redirected(builtins.open)
    which = shutil.which
    gone = set(PROGRAMS).difference(machine.programs)
    shutil.which = lambda name, *args, **kwargs: (  # type: ignore[assignment]
        None if name in gone else which(name, *args, **kwargs)
    )
    os.sched_getaffinity = lambda _pid: set(range(machine.cpus))
    os.cpu_count = lambda: machine.cpus


def main(words: Sequence[str]) -> int:
    """Run pytest on machines, one after another; return the number with failed tests."""
    names, *asked = words
    for module in SLOW_TO_IMPORT:
        importlib.import_module(module)
    return sum(on(MACHINES[name], asked) != 0 for name in names.split(","))


def on(machine: Machine, asked: Sequence[str]) -> int:
    """Pytest's status on a machine, from a separate process."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with tempfile.TemporaryDirectory() as root:
        become(machine, Path(root))
        status = int(pytest.main(list(asked)))
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
