"""Where a machine describes itself: /proc and /sys, below a root that a test can fake."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What this process has taken since it started."""

    cpu_s: float
    preemptions: int  # involuntary context switches


def usage() -> Usage:
    """What this process and its threads have taken so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Usage(used.ru_utime + used.ru_stime, used.ru_nivcsw)


@dataclass(frozen=True)
class MachineFiles:
    """A root to read below, a way to wait, and what this process has used."""

    root: Path = Path("/")
    wait: Callable[[float], None] = time.sleep  # seconds pass; a test changes its files meanwhile
    usage: Callable[[], Usage] = usage

    def read(self, path: str) -> str | None:
        """A file's text, stripped; None if it cannot be read."""
        try:
            return (self.root / path).read_text("utf-8", "replace").strip()
        except OSError:
            return None

    def number(self, path: str) -> int | None:
        """The decimal number in a file; None if there is none."""
        return as_number(self.read(path))

    def field(self, path: str, key: str) -> str | None:
        """The value of a key in a file of lines ``key value`` or ``key: value``.

        The first such line counts; None if the file or the key is missing.
        """
        for line in (self.read(path) or "").splitlines():
            name, *words = line.replace(":", " ", 1).split() or [""]
            if name == key:
                return " ".join(words)
        return None

    def is_folder(self, path: str) -> bool:
        """Whether there is such a folder."""
        return (self.root / path).is_dir()


def as_number(text: str | None, base: int = 10) -> int | None:
    """A text as an integer; None if it is none."""
    try:
        return None if text is None else int(text, base)
    except ValueError:
        return None


def as_cpus(text: str | None) -> tuple[int, ...] | None:
    """The CPUs in a list such as ``0-3,8``; None if it is no such list."""
    try:
        ends = [part.split("-") for part in (text or "").split(",")]
        return tuple(cpu for end in ends for cpu in range(int(end[0]), int(end[-1]) + 1))
    except ValueError:
        return None
