"""A fleet on the controller: its folder, its visits side by side, and the files that a page is of.

fleet.json  kit.json     what is measured, everywhere alike
parcels/                 one for each kind of host
hosts/NAME...            a host's result, its state, and what was printed on the way
machines/KIND-N.json.gz  the results again, named by kind of processor: what a page may show
page/                    and the page
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import kit as kits
from bench import messages, result
from bench.children import environment
from bench.fleet import state
from bench.fleet.hosts import Host
from bench.fleet.parcel import KIT, NAME_LENGTH, SOURCES, Contents
from bench.fleet.state import Stage, State
from bench.fleet.visit import Order
from bench.options import UsageError
from bench.paths import ROOT
from bench.plan import Plan
from bench.run import COMPILE_MAX_S, compiled
from reports.statistics.machine_key import kind_of
from strategies.compile import kept

RECORD = "fleet.json"
PATIENCE_S = 900  # more than the planned time: to reach a host, send, collect
TIMES = 3  # the planned time, for a slow host

Tell = Callable[[State], None]


class Fleet(msgspec.Struct, frozen=True):
    """What is measured, everywhere alike."""

    words: tuple[str, ...]  # of the bench that say it
    sources: str  # digest of ours
    contents: Contents


@dataclass(frozen=True)
class Crew:
    """The hosts of a fleet, and its folder."""

    hosts: tuple[Host, ...]
    folder: Path

    @property
    def places(self) -> Path:
        """Where results and states of hosts lie."""
        return self.folder / "hosts"

    def result(self, host: str) -> Path:
        """Where a host's result lies."""
        return self.places / f"{host}.json.gz"

    def states(self) -> list[State]:
        """How far every host is; one whose result is gone is to be measured again."""
        found = (state.read(self.places, host.name) for host in self.hosts)
        return [
            State(one.host)
            if one.stage is Stage.DONE and not self.result(one.host).exists()
            else one
            for one in found
        ]

    def named(self, *, names: bool) -> list[Path]:
        """All results under new names: of kinds of processor and numbers, or those of hosts."""
        place, count = self.folder / "machines", Counter[str]()
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        made = []
        for one in self.states():
            if one.stage is Stage.DONE and one.about is not None:
                kind = one.host if names else kind_of(one.about.key)
                count[kind] += 1
                made.append(place / f"{kind}{'' if names else f'-{count[kind]}'}.json.gz")
                try:
                    os.link(self.result(one.host), made[-1])
                except OSError:  # a file system without links
                    shutil.copyfile(self.result(one.host), made[-1])
        return sorted(made)


def prepared(words: Sequence[str], folder: Path, *, compile_there: bool) -> Fleet:
    """What this fleet measures: as it began, or a new plan, its kernels compiled here.

    Raises:
        UsageError: if the folder holds another fleet.
    """
    sources, record = kept.sources(ROOT, *SOURCES), folder / RECORD
    asked = (*words, *(["--compile-there"] if compile_there else []))
    if record.exists():
        try:
            fleet = messages.read(record, Fleet)
        except ValueError:
            raise UsageError(f"{record} is of another version: name a folder with -o") from None
        if fleet.words != asked:
            before = " ".join(fleet.words) or "the default plan"
            raise UsageError(f"{folder} is of a fleet that measures {before}: name another with -o")
        if fleet.sources != sources:
            raise UsageError(f"{folder} was begun by other code: name another folder with -o")
        return fleet
    (folder / "hosts").mkdir(parents=True, exist_ok=True)
    plan, digest = planned(words), ""
    if not compile_there:
        kits.save(compiled(plan), folder / KIT)
        digest = hashlib.sha256((folder / KIT).read_bytes()).hexdigest()
    fleet = Fleet(asked, sources, Contents(plan, result.commit(), digest))
    part = record.with_suffix(".part")
    part.write_bytes(messages.encode(fleet))
    part.rename(record)
    return fleet


def planned(words: Sequence[str]) -> Plan:
    """The plan that words of the bench ask for; the bench refuses those that it does not know."""
    with tempfile.TemporaryDirectory(prefix="sg-ring-fleet-") as name:
        path = Path(name) / "plan.json"
        command = [sys.executable, "-m", "bench", *words, "--plan", str(path)]
        ended = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
        if ended.returncode or not path.exists():
            raise UsageError(f"nothing to measure by: {' '.join(words)}")
        return messages.read(path, Plan)


def visited(
    crew: Crew, fleet: Fleet, tell: Tell, limit_s: float | None = None, *, names: bool = False
) -> None:
    """Visit every host that has no result yet, all at once; nobody sends while one measures."""
    if limit_s is None:
        limit_s = PATIENCE_S + TIMES * fleet.contents.plan.length.seconds
        limit_s += 0 if fleet.contents.kit else COMPILE_MAX_S
    run = "run-" + kept.key(messages.encode(fleet.contents))[:NAME_LENGTH]
    left = [one.host for one in crew.states() if one.stage is not Stage.DONE]
    orders = {
        host.name: Order(host, str(crew.folder), run, fleet.contents, limit_s, names)
        for host in crew.hosts
        if host.name in left
    }
    with ThreadPoolExecutor(max(1, len(orders))) as pool:  # each thread waits for one process
        running: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name, order in orders.items():
                state.write(State(name), crew.places)
                running[name] = _start(order, crew.places)
            waits = {pool.submit(child.wait): name for name, child in running.items()}
            for ended in as_completed(waits):
                tell(_ended(waits[ended], ended.result(), crew.places))
        finally:
            for child in running.values():
                with suppress(OSError):
                    child.send_signal(signal.SIGINT)


def _start(order: Order, places: Path) -> "subprocess.Popen[bytes]":
    """Start a visit."""
    with (places / f"{order.host.name}.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "bench.fleet.visit"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
    assert child.stdin is not None
    with suppress(BrokenPipeError), child.stdin:
        child.stdin.write(messages.encode(order))
    return child


def _ended(host: str, status: int, places: Path) -> State:
    """The last state of a host whose visit has ended, however it did."""
    found = state.read(places, host)
    if found.stage in {Stage.DONE, Stage.FAILED}:
        return found
    log = (places / f"{host}.log").read_text("utf-8", "replace").strip().splitlines()
    said = f": {log[-1]}" if log else ""
    why = f"{found.stage}: its visit ended with status {status}{said}"
    found = msgspec.structs.replace(found, stage=Stage.FAILED, why=why)
    state.write(found, places)
    return found
