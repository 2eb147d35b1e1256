"""Fleets of hosts that measure nothing: parcels of a few lines, and a wire without a process."""

import gzip
import hashlib
import json
import queue
import sys
import zipfile
from pathlib import Path
from types import FunctionType
from typing import Any

from bench import messages
from bench.fleet import remote
from bench.fleet.crew import RECORD, Fleet
from bench.fleet.hosts import Host
from bench.fleet.parcel import SOURCES, Contents
from bench.fleet.visit import Facts
from bench.paths import ROOT
from bench.plan import QUICK, Plan
from strategies.compile import kept
from tests.fake import synthetic

SEED = int(str(synthetic.METADATA["seed"]))
KEY = "x86_64/AuthenticAMD/25/17/1/32K/1024K/32768K/hypervisor"
CONTENTS = Contents(Plan(("blk",), ("noop",), ("numba",), ("add",), QUICK, seed=SEED), "c0ffee", "")
PARCEL = """
import os, shutil, signal, sys, time
fate, out = os.environ.get("FATE", "good"), sys.argv[sys.argv.index("-o") + 1]
if fate == "gateway killed":
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
if fate == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if fate == "full":
    sys.exit("No space left on device: make room")
if fate == "hangs":
    time.sleep(600)
if fate == "silent":
    sys.exit(3)
with open(os.environ["RESULT"], "rb") as file, open(out, "wb") as made:
    made.write(file.read())
    if fate == "huge":
        made.truncate(2 << 20)
if fate == "wrong":
    sys.exit("wrong: it counted to three")
"""


def result(path: Path, **more: object) -> Path:
    """Write a valid result of the plan, with more metadata; return its path."""
    known = {**synthetic.METADATA, "machine_key": KEY, "hostname": "secret-host", **more}
    truth = synthetic.Truth(
        shapes=synthetic.SHAPES[:1], phases=("add",), processes=6, rounds=3, metadata=known
    )
    synthetic.write(path, truth)
    return path


def packed(text: str | bytes) -> tuple[bytes, str]:
    """Zip a text; return it with its hash."""
    data = gzip.compress(text.encode() if isinstance(text, str) else text)
    return data, hashlib.sha256(data).hexdigest()


def begun(folder: Path, words: tuple[str, ...] = ()) -> Fleet:
    """Write the beginning of a fleet whose parcel measures nothing, for hosts like this one."""
    fleet = Fleet(words, kept.sources(ROOT, *SOURCES), CONTENTS)
    (folder / "hosts").mkdir(parents=True)
    (folder / "parcels").mkdir()
    (folder / RECORD).write_bytes(messages.encode(fleet))
    facts = messages.decode(json.dumps(remote.facts(folder)), Facts)
    path = folder / "parcels" / f"{facts.target.name}-compiles.pyz"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("__main__.py", PARCEL)
    return fleet


def host(name: str, folder: Path, good: Path | str = "", fate: str = "good") -> Host:
    """A host that is a process here, with a folder and a temporary folder of its own."""
    place = folder / "there" / name
    place.mkdir(parents=True, exist_ok=True)
    environment = {"FATE": fate, "RESULT": str(good), "TMPDIR": str(place)}
    return Host(
        name=name, address="", python=sys.executable, folder=str(place), environment=environment
    )


class Wire:
    """One end of a channel whose other end is a thread."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Any] = queue.Queue()
        self.other: Wire = self

    def send(self, item: object) -> None:
        """Send."""
        self.other.heard.put(item)

    def receive(self) -> Any:
        """Wait for what comes next."""
        return self.heard.get(timeout=60)


def pair() -> tuple[Wire, Wire]:
    """Two ends of a channel."""
    one, other = Wire(), Wire()
    one.other, other.other = other, one
    return one, other


class Told:
    """A host that answers what a test says, whatever it is asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.sent: list[Any] = []

    def send(self, item: object) -> None:
        """Note it."""
        self.sent.append(item)

    def receive(self) -> Any:
        """Give the next answer, or fail as a lost connection does."""
        if not self.answers:
            raise EOFError
        answer = self.answers.pop(0)
        return answer() if isinstance(answer, FunctionType) else answer
