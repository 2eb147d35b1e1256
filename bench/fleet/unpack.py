"""A parcel's ``__main__``: it unpacks itself next to itself, once, and begins the run in there.

``python3 NAME.pyz -o RESULT.json.gz``. An older Python must be able to read this, and say which
one it should be.
"""

import fcntl
import os
import platform
import shutil
import sys
import zipfile
from pathlib import Path
from typing import NoReturn

FOR = "target"  # in the parcel: machine, version of Python, name
BAD_USE = 2


def refuse(why: str) -> NoReturn:
    """End with a line."""
    sys.stderr.write(f"parcel: {why}\n")
    sys.exit(BAD_USE)


def unpack(parcel: Path) -> Path:
    """Where a parcel is unpacked: now, unless it was before."""
    with zipfile.ZipFile(parcel) as packed:
        machine, version, name = packed.read(FOR).decode().split()
        here = (platform.machine(), "{}.{}".format(*sys.version_info[:2]))
        if here != (machine, version):
            refuse(f"made for Python {version} on {machine}, and this is {here[1]} on {here[0]}")
        place = parcel.parent / name
        if not place.is_dir():
            extract(packed, place)
    return place


def extract(packed: zipfile.ZipFile, place: Path) -> None:
    """Unpack everything, one process at a time; what was begun and killed before goes."""
    part = place.with_name(f".unpacking-{place.name}")
    try:
        with place.with_name(f"{place.name}.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.is_dir():  # nor was another faster
                whole(packed, place, part)
    except OSError as error:
        refuse(f"{place.parent}: {error.strerror}: make room, or name another folder")


def whole(packed: zipfile.ZipFile, place: Path, part: Path) -> None:
    """Unpack by way of a folder of another name, so that a place is whole, or not there."""
    shutil.rmtree(part, ignore_errors=True)
    try:
        packed.extractall(part)
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def main() -> None:
    """Unpack, and become the run."""
    place = unpack(Path(sys.argv[0]).absolute())
    path = os.pathsep.join((str(place), str(place / "packages")))
    words = [sys.executable, "-P", "-m", "bench.fleet.measure", *sys.argv[1:]]
    more = {"PYTHONPATH": path, "PYTHONNOUSERSITE": "1"}
    os.execve(sys.executable, words, {**os.environ, **more})  # noqa: S606  a shell has no part in it


if __name__ == "__main__":
    main()
