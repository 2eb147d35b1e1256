"""Worker processes, one per core: starting them, watching them, reading their results."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench import messages
from bench.children import command_of, last_line, started
from bench.messages import Options, Order, ProcessRecord, Task
from bench.processes.outcome import Outcome

if TYPE_CHECKING:
    from subprocess import Popen

REFUSED = 2  # exit status of a worker that cannot write, or cannot run code here
LOOK_MAX_S = 1  # between two looks at a worker, unless this process is stopped
HANG_S = 120  # without a new round: with gigabytes of lists, one takes tens of seconds


@dataclass
class Worker:
    """A running process."""

    process: int
    cpu: int
    out: Path
    child: "Popen[bytes] | None"
    why_not: str = ""  # why there is no child
    beat: bytes = b""
    looked_s: float = 0.0
    still_s: float = 0.0  # without a new round, while this process was running

    @property
    def ended(self) -> bool:
        """Whether the process has ended; kills it if it hangs."""
        if self.child is None:
            return True
        here = self.out.with_suffix(".cell")
        beat, now = here.read_bytes() if here.exists() else b"", time.monotonic()
        if beat != self.beat or not self.looked_s:
            self.beat, self.looked_s, self.still_s = beat, now, 0.0
        self.still_s += min(now - self.looked_s, LOOK_MAX_S)  # more: this process was stopped
        self.looked_s = now
        if self.hung:
            self.child.kill()
        return self.child.poll() is not None

    @property
    def hung(self) -> bool:
        """Whether the last round is too long ago."""
        return self.still_s > HANG_S

    def outcome(self) -> Outcome:
        """The outcome of an ended worker."""
        if self.child is None:
            return Outcome(self.process, self.cpu, None, self.why_not, refused=True)
        code = self.child.returncode
        if self.out.exists():  # complete, whatever happened to the process afterwards
            return read(self.out)
        errors = self.out.with_suffix(".log").read_text("utf-8", "replace")
        begun = any(self.beat[8:])  # rounds are counted from 1
        cell = int.from_bytes(self.beat[:8], "little") if begun else None
        why = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        fault = f"hung for {HANG_S} s" if self.hung else f"{why}: {last_line(errors)}"
        return Outcome(self.process, self.cpu, None, fault, cell, code == REFUSED)


@dataclass
class Pool:
    """Free CPUs and the workers on the others."""

    folder: Path
    options: Options
    cpus: list[int]
    running: list[Worker] = field(default_factory=list)

    def start(self, task: Task) -> None:
        """Start one more process on a free CPU."""
        cpu = next(c for c in self.cpus if c not in {worker.cpu for worker in self.running})
        out = self.folder / f"process-{task.process:04}.json"
        asked = messages.encode(Order(task, self.options, cpu)).decode()
        kit = self.folder / task.kit
        try:
            with out.with_suffix(".log").open("wb") as log:
                child = started(command_of("bench.worker", kit, out, asked), stdout=log, stderr=log)
            worker = Worker(task.process, cpu, out, child)
        except OSError as error:  # no room, no memory, no more processes or files allowed
            worker = Worker(task.process, cpu, out, None, f"cannot be started: {error.strerror}")
        self.running.append(worker)

    def ended(self) -> Iterator[Outcome]:
        """Yield the outcome of each worker that has ended since the last call."""
        for worker in [worker for worker in self.running if worker.ended]:
            self.running.remove(worker)
            yield worker.outcome()

    @property
    def free(self) -> bool:
        """Whether a CPU has no worker."""
        return len(self.running) < len(self.cpus)


def read(path: Path) -> Outcome:
    """A worker's output; raises ``ValueError`` if it is not a record."""
    found = messages.read(path, ProcessRecord)
    return Outcome(found.process, found.cpu, found)


@contextmanager
def opened(folder: Path, options: Options, cpus: list[int]) -> Iterator[Pool]:
    """A pool that leaves no process behind."""
    pool = Pool(folder, options, cpus)
    try:
        yield pool
    finally:
        children = [worker.child for worker in pool.running if worker.child is not None]
        for child in children:
            child.kill()
        for child in children:
            child.wait()
