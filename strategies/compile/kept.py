"""What was made before, kept by content: each entry is named by a digest of all it was made of.

Entries live in ``.cache/made`` of the checkout: they go when the checkout goes, and one folder
serves all its virtual environments. Where that cannot be written, they live in $XDG_CACHE_HOME, or
else in a temporary folder that nobody but this user can write to. An entry carries a digest of its
own, so that one that was cut short, damaged or moved is made anew. Whoever makes the same thing at
the same time writes the same bytes, to a file of its own that takes the entry's name in one step.
Needs only the standard library.
"""

import hashlib
import json
import os
import platform
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from strategies.compile.code import Code

ROOT = Path(__file__).parents[2]
FRESH = "SG_RING_FRESH"  # set: take nothing that was kept; children see it too
NAME = "sg-ring-bench"
UNUSED_MAX_S = 30 * 86_400
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Store:
    """A folder of entries."""

    folder: Path

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key; None if it is not there, or is not what was kept."""
        if FRESH in os.environ:
            return None
        path = self.folder / key
        try:
            seal, _, data = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        if seal != _seal(key, data):
            return None
        with suppress(OSError):
            os.utime(path)  # so that ``prune`` sees that it is used
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep data under a key. Where there is no room, the next run makes it anew."""
        with suppress(OSError):
            self._prepare()
            with tempfile.TemporaryDirectory(dir=self.folder) as place:
                made = Path(place) / key
                made.write_bytes(_seal(key, data) + b"\n" + data)
                made.replace(self.folder / key)

    def code(self, key: str) -> Code | None:
        """Return the machine code kept under a key, if there is any."""
        data = self.get(key)
        if data is None:
            return None
        known = json.loads(data)
        return Code(bytes.fromhex(known["text"]), known["entry"])

    def put_code(self, key: str, code: Code) -> None:
        """Keep machine code under a key."""
        known = {"text": code.text.hex(), "entry": code.entry}
        self.put(key, json.dumps(known).encode())

    def prune(self, now_s: float) -> None:
        """Remove entries that nobody used for a month."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    if path.is_file() and now_s - path.stat().st_mtime > UNUSED_MAX_S:
                        path.unlink()

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():  # a repository need not know of us
            ignore.write_text("*\n", "utf-8")


def forget() -> None:
    """Take nothing that was kept, in this process and in all that it starts."""
    os.environ[FRESH] = "1"


@cache
def store() -> Store:
    """Return this checkout's store."""
    found = Store(next(path for path in _places() if _usable(path)))
    found.prune(time.time())
    return found


def key(*parts: str | bytes) -> str:
    """Return the name of what is made of these parts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode(errors="surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:32]


def sources(root: Path, *patterns: str) -> str:
    """Return a digest of all files below a folder that match, by name and content."""
    digest = []
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        with suppress(OSError):  # a folder, or a link to nowhere as editors make them
            digest += [
                path.read_bytes(),
                str(path.relative_to(root)).encode(errors="surrogateescape"),
            ]
    return key(*digest)


def tools(*packages: str) -> tuple[str, ...]:
    """Return what runs here: Python, the machine, and versions of packages, without importing."""
    python = f"{sys.implementation.cache_tag} {sys.version} -O{sys.flags.optimize}"
    return (python, platform.machine(), *(f"{name} {_version(name)}" for name in packages))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _seal(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + data).hexdigest().encode()


def _places() -> Iterator[Path]:
    """Yield where entries may live, the best place first; the last one always works."""
    yield ROOT / ".cache" / "made"
    if (asked := Path(os.environ.get("XDG_CACHE_HOME", ""))).is_absolute():
        yield asked / NAME / "made"
    yield Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}"
    yield Path(tempfile.mkdtemp(prefix=f"{NAME}-"))


def _usable(path: Path) -> bool:
    """Return whether we can write there and nobody else can: what lies there is executed."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError:
        return False
    ours = found.st_uid == os.getuid() and not found.st_mode & OTHERS_MAY_WRITE
    return stat.S_ISDIR(found.st_mode) and ours and os.access(path, os.W_OK | os.X_OK)
