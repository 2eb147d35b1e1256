"""A parcel's ``__main__``: it unpacks itself beside itself, once, and begins the run in there.

``python3 NAME.pyz -o RESULT.json.gz``. An older Python must be able to read this, to be told which
one it should be.
"""

import os
import platform
import shutil
import sys
import tempfile
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
    """Unpack a parcel, unless that was done before; return where."""
    with zipfile.ZipFile(parcel) as packed:
        machine, version, name = packed.read(FOR).decode().split()
        here = (platform.machine(), "{}.{}".format(*sys.version_info[:2]))
        if here != (machine, version):
            refuse(f"made for Python {version} on {machine}, and this is {here[1]} on {here[0]}")
        place = parcel.parent / name
        if place.is_dir():
            return place
        part = ""
        try:
            part = tempfile.mkdtemp(prefix=".unpacking-", dir=str(parcel.parent))
            packed.extractall(part)
            Path(part).rename(place)  # whole, or not there
        except OSError as error:
            if not place.is_dir():  # nor was another faster
                refuse(f"{parcel.parent}: {error.strerror}: make room, or name another folder")
        finally:
            if part:
                shutil.rmtree(part, ignore_errors=True)
    return place


def main() -> None:
    """Unpack, and become the run."""
    place = unpack(Path(sys.argv[0]).absolute())
    path = os.pathsep.join((str(place), str(place / "packages")))
    words = [sys.executable, "-P", "-m", "bench.fleet.measure", *sys.argv[1:]]
    more = {"PYTHONPATH": path, "PYTHONNOUSERSITE": "1"}
    os.execve(sys.executable, words, {**os.environ, **more})  # noqa: S606  a shell has no part in it


if __name__ == "__main__":
    main()
