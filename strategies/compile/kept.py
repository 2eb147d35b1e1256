"""A cache of what was made before. An entry's name is a digest of everything it was made from.

Entries live in ``.cache/made`` of the checkout: they are removed with it, and one folder serves all
its virtual environments. If that is not writable, they live in $XDG_CACHE_HOME, or else in a
temporary folder that only this user can write to. An entry begins with a digest of its content, so
one that is truncated, damaged or renamed is made again. Processes that make the same entry at once
write the same bytes, each to its own file, and rename it. Needs only the standard library.
"""

import hashlib
import json
import os
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
from strategies.compile.target import MACHINE

ROOT = Path(__file__).parents[2]
FRESH = "SG_RING_FRESH"  # set: use no cached entry; children inherit it
NAME = "sg-ring-bench"
UNUSED_MAX_S = 30 * 86_400
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class Store:
    """A folder of entries."""

    folder: Path

    def get(self, key: str) -> bytes | None:
        """An entry's data; None if it is missing or damaged."""
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
            os.utime(path)  # so that ``prune`` keeps it
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep data under a key; without room on disk, the next run makes it again."""
        with suppress(OSError):
            self._prepare()
            with tempfile.TemporaryDirectory(dir=self.folder) as place:
                made = Path(place) / key
                made.write_bytes(_seal(key, data) + b"\n" + data)
                made.replace(self.folder / key)

    def code(self, key: str) -> Code | None:
        """The machine code under a key; None if there is none."""
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
        """Remove entries that were not used for a month."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    if path.is_file() and now_s - path.stat().st_mtime > UNUSED_MAX_S:
                        path.unlink()

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():  # git must not see the entries
            ignore.write_text("*\n", "utf-8")


def forget() -> None:
    """Use no cached entry in this process and its children."""
    os.environ[FRESH] = "1"


@cache
def store() -> Store:
    """The store of this checkout."""
    made = Store(next(path for path in _places() if _usable(path)))
    made.prune(time.time())
    return made


def key(*parts: str | bytes) -> str:
    """The key of an entry made from these parts."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode(errors="surrogateescape")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:32]


def sources(root: Path, *patterns: str) -> str:
    """A digest of the names and contents of all matching files below a folder."""
    digest = []
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        with suppress(OSError):  # a folder, or an editor's dangling link
            digest += [
                path.read_bytes(),
                str(path.relative_to(root)).encode(errors="surrogateescape"),
            ]
    return key(*digest)


def tools(*packages: str) -> tuple[str, ...]:
    """Python, the machine compiled for, and the versions of packages, which are not imported."""
    python = f"{sys.implementation.cache_tag} {sys.version} -O{sys.flags.optimize}"
    return (python, MACHINE, *(f"{name} {_version(name)}" for name in packages))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _seal(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\n" + data).hexdigest().encode()


def _places() -> Iterator[Path]:
    """Folders for entries, in order of preference; the last one always works."""
    yield ROOT / ".cache" / "made"
    if (asked := Path(os.environ.get("XDG_CACHE_HOME", ""))).is_absolute():
        yield asked / NAME / "made"
    yield Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}"
    yield Path(tempfile.mkdtemp(prefix=f"{NAME}-"))


def _usable(path: Path) -> bool:
    """Whether only this user can write there: entries are executed."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except OSError:
        return False
    ours = status.st_uid == os.getuid() and not status.st_mode & OTHERS_MAY_WRITE
    return stat.S_ISDIR(status.st_mode) and ours and os.access(path, os.W_OK | os.X_OK)
