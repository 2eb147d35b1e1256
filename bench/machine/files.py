"""A machine as its files describe it: /proc and /sys below a root that a test can fake."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Where to read, how to wait and what time it is."""

    root: Path = Path("/")
    wait: Callable[[float], None] = time.sleep  # seconds pass; a test changes its files meanwhile
    clock_ns: Callable[[], int] = time.perf_counter_ns  # the clock whose steps are looked at

    def read(self, path: str) -> str | None:
        """Return a file's text without space around it, or None if it cannot be read."""
        try:
            return (self.root / path).read_text("utf-8", "replace").strip()
        except OSError:
            return None

    def number(self, path: str) -> int | None:
        """Return the decimal number in a file, or None if there is none."""
        return as_number(self.read(path))

    def field(self, path: str, key: str) -> str | None:
        """Return the words behind ``key`` in a file of such lines (``key value``, ``key: value``).

        None where the file or the key is missing; the first line of that key counts.
        """
        for line in (self.read(path) or "").splitlines():
            name, *words = line.replace(":", " ", 1).split() or [""]
            if name == key:
                return " ".join(words)
        return None

    def is_folder(self, path: str) -> bool:
        """Return whether there is such a folder."""
        return (self.root / path).is_dir()

    def entries(self, path: str) -> Iterator[str]:
        """Yield the path of each entry of a folder, in order; none where there is no folder."""
        try:
            names = sorted(entry.name for entry in (self.root / path).iterdir())
        except OSError:
            return
        for name in names:
            yield f"{path}/{name}"


def as_number(text: str | None, base: int = 10) -> int | None:
    """Return the whole number that a text is, or None."""
    try:
        return None if text is None else int(text, base)
    except ValueError:
        return None


def as_cpus(text: str | None) -> tuple[int, ...] | None:
    """Return the CPUs of a list such as ``0-3,8``, or None if it is none."""
    try:
        ends = [part.split("-") for part in (text or "").split(",")]
        return tuple(cpu for end in ends for cpu in range(int(end[0]), int(end[-1]) + 1))
    except ValueError:
        return None
