"""A parcel: one file that measures on any machine of its kind, ``python3 NAME.pyz -o RESULT``.

It holds the plan, the kit (or none: then the host compiles), our sources and the packages that they
import. The same content is the same bytes, so its hash says what was run.
"""

import fcntl
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from bench import messages
from bench.fleet.packages import COMPILING, RUN, Target, files
from bench.fleet.unpack import FOR
from bench.paths import ROOT
from bench.plan import Plan

CONTENTS, KIT = "contents.json", "kit.json"
SOURCES = (
    *("bench/**/*.py", "strategies/**/*.py", "strategies/native/*.[ch]", "workloads/**/*.py"),
    *("workloads/*.json", "reports/__init__.py", "reports/commands/*.py"),
    "reports/statistics/*.py",
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # of every file: a parcel's bytes follow from its content
NAME_LENGTH = 16  # hex digits


class Contents(msgspec.Struct, frozen=True):
    """What a parcel is to do."""

    plan: Plan
    commit: str  # of the checkout that made it
    kit: str  # SHA-256 of the kit's file; empty: the host compiles
    approve: bool = False  # whether the host has the oracle look at the kit, as nobody has yet


def make(target: Target, contents: Contents, kit: Path | None, out: Path) -> Path:
    """Write a parcel into a folder, once; return its path.

    Several visits may ask at once: the first makes it, the others wait.

    Raises:
        PackagesError: if a package is missing for such a host.
    """
    how = "compiles" if kit is None else "kit"
    return once(
        out / f"{target.name}-{how}.pyz",
        lambda part: _write(part, target, dict(_content(target, contents, kit, out / "wheels"))),
    )


def once(path: Path, write: Callable[[Path], None]) -> Path:
    """Write a file that others may want, too: they wait for it; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            part = path.with_suffix(".part")
            write(part)
            part.rename(path)
    return path


def _content(
    target: Target, contents: Contents, kit: Path | None, cache: Path
) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a parcel, but those that say what it is."""
    yield CONTENTS, messages.encode(contents)
    if kit is not None:
        yield KIT, kit.read_bytes()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        yield str(path.relative_to(ROOT)), path.read_bytes()
    names = RUN if kit is not None else (*RUN, *COMPILING)
    for name, data in files(target, names, cache):
        yield f"packages/{name}", data


def _write(path: Path, target: Target, content: dict[str, bytes]) -> None:
    """Write the parcel; its name within is a digest of all of it."""
    digest = hashlib.sha256()
    for name, data in sorted(content.items()):
        digest.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())
    about = f"{target.machine} {target.version} sg-ring-{digest.hexdigest()[:NAME_LENGTH]}\n"
    start = (ROOT / "bench" / "fleet" / "unpack.py").read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted({**content, FOR: about.encode(), "__main__.py": start}.items()):
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, data)
