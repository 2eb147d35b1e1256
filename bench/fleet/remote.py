"""The far side of a visit, sent as source: it takes a parcel, starts the run and waits for it.

It needs a Python that execnet knows, and nothing else. Messages, each a dictionary, or bytes:

    <- folder, run, environment
    -> python, machine, libc, free    what this host is
    <- sha256, size                   of the parcel
    -> have                           if not: <- bytes, until it is whole
    -> arrived                        its hash is right
    <- words                          the run begins; now both sides are silent
    -> status, said, size, sha256     it has ended
    <- send                           -> bytes, until the result is whole; false: the visit ends
    <- taken                          the run's folder is removed
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035  of the oldest Python

CHUNK = 1 << 20
SAID_MAX = 2000  # bytes of the last that a run has printed
PARENT = "SG_RING_BENCH_PARENT"  # the variable of bench.children: with whom the run dies
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
LIBC = ctypes.CDLL(None)  # loaded before it is called between fork and exec


def facts(folder: Path) -> dict[str, Any]:
    """What the controller must know to make a parcel."""
    return {
        "python": list(sys.version_info[:3]),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "free": shutil.disk_usage(folder).free,
    }


def parts(path: Path) -> Iterator[bytes]:
    """A file's bytes, in pieces."""
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    for part in parts(path):
        found.update(part)
    return found.hexdigest()


def take(channel: Any, path: Path, sha256: str, size: int, place: Path) -> None:
    """Receive a file, unless it is there; until its hash is right it lies in the run's folder."""
    have = path.exists() and digest(path) == sha256
    channel.send({"have": have})
    if have:
        return
    for old in place.glob("parcel-*"):  # of a far side that was killed
        old.unlink(missing_ok=True)
    number, name = tempfile.mkstemp(prefix="parcel-", dir=str(place))
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            while size > 0:
                data = channel.receive()
                size -= len(data)
                file.write(data)
        if digest(part) != sha256:
            raise ValueError("the parcel arrived damaged: its hash is another")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def last(path: Path) -> str:
    """What a run has printed last."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - SAID_MAX))
        return file.read().decode("utf-8", "replace")


def dies_with_us() -> None:
    """Have the run killed if we are, in a way that lets us end nothing."""
    LIBC.prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


def run(words: list[str], folder: Path, environment: dict[str, str], log: Path) -> int:
    """Start the run and sleep until it ends; whatever ends us ends it, and its journal is kept."""
    ours = {PARENT: str(os.getpid()), "PYTHONNOUSERSITE": "1"}
    with log.open("wb") as said:
        child = subprocess.Popen(
            words,
            cwd=str(folder),
            env={**os.environ, **environment, **ours},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=dies_with_us,  # noqa: PLW1509  no other thread holds a lock that it takes
        )
    try:
        return child.wait()
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def serve(channel: Any) -> None:
    """Take part in one visit."""
    order = channel.receive()
    folder = Path(order["folder"]).expanduser().absolute()
    place = folder / order["run"]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    channel.send(facts(folder))

    known = channel.receive()
    parcel = folder / (known["sha256"][:16] + ".pyz")
    take(channel, parcel, known["sha256"], known["size"], place)
    channel.send({"arrived": True})

    result, log = place / "result.json.gz", place / "said"
    words = [sys.executable, str(parcel), "-o", str(result), *channel.receive()["words"]]
    status = run(words, folder, order["environment"], log)
    ended = {"status": status, "said": last(log), "size": 0, "sha256": ""}
    if result.exists():
        ended.update(size=result.stat().st_size, sha256=digest(result))
    channel.send(ended)

    if channel.receive()["send"]:
        for part in parts(result):
            channel.send(part)
        if channel.receive()["taken"]:
            shutil.rmtree(str(place), ignore_errors=True)


if __name__ == "__channelexec__":
    serve(channel)  # type: ignore[name-defined]  # noqa: F821
