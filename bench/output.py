"""The files that commands write: named by the user or by the time, whole or not at all."""

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from gzip import GzipFile
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from bench import messages
from bench.errors import BenchError
from bench.paths import JOURNAL, LOCAL_RESULTS

SUFFIXES = (".json", ".json.gz")


class OutputError(BenchError):
    """A file that cannot be written to the path requested."""


def check_place(out: Path | None, suffix: str = ".json.gz") -> Path:
    """The absolute path of a result, after checking that each of its files can be created.

    Raises:
        OutputError: if it exists, has another suffix, or one of its files cannot be created.
    """
    name = datetime.now().astimezone().strftime(f"%Y-%m-%d-%H%M%S{suffix}")
    path = (out or LOCAL_RESULTS / name).absolute()  # workers have another working folder
    if not path.name.endswith(SUFFIXES):
        raise OutputError(f"{path}: end the name of a result in .json or .json.gz")
    if os.path.lexists(path):
        raise OutputError(f"{path} exists, and results are never overwritten: name a new file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for made in (_part(path), path, path.with_name(path.name + JOURNAL), turns_beside(path)):
            if not os.path.lexists(made):
                made.open("xb").close()
                made.unlink()
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}): name another") from None
    return path


def turns_beside(path: Path) -> Path:
    """The path of a result's turns."""
    stem = path.name.removesuffix(".gz").removesuffix(".json")
    return path.with_name(f"{stem}.turns.json.gz")


def _part(path: Path) -> Path:
    """A name for a file while it is written; of the same length for every file."""
    return path.with_name(f".{uuid4().hex}.part")


def write(texts: Iterable[str], path: Path) -> None:
    """Write texts to a file that appears complete or not at all.

    Raises:
        OutputError: if there is no room.
    """
    part = _part(path)
    try:
        with part.open("wb") as plain, _packed(plain, gzip=path.suffix == ".gz") as file:
            for text in texts:
                file.write(text.encode())
        _give_name(part, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):  # the reason has been reported
            part.unlink(missing_ok=True)


def write_record(record: Any, path: Path) -> None:
    """Write a record as JSON, as ``write`` does."""
    write([messages.encode(record).decode()], path)


def _give_name(part: Path, path: Path) -> None:
    """Give a file its name; unlike a rename, never replace a file that was created meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        path.touch(exist_ok=False)
        part.replace(path)


def _packed(file: BinaryIO, *, gzip: bool) -> AbstractContextManager[BinaryIO]:
    """A writer into a file, gzipped or not; the same bytes for the same text."""
    return (
        cast("BinaryIO", GzipFile("", "wb", fileobj=file, mtime=0)) if gzip else nullcontext(file)
    )
