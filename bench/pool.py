"""Worker processes, one a core: started, watched, and what they wrote read back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WORKERS_MAX = 2  # more cores would share caches and clocks with those that measure
TOPOLOGY = Path("/sys/devices/system/cpu")
GRACE_S = 60  # a worker that takes so much longer than it was given hangs


@dataclass(frozen=True)
class Outcome:
    """A worker's end: what it found, or why it found nothing."""

    process: int
    cpu: int
    found: dict[str, Any] | None
    fault: str = ""
    cell: int | None = None  # under way when it died


@dataclass
class Worker:
    """A process under way."""

    process: int
    cpu: int
    out: Path
    child: "subprocess.Popen[bytes]"
    deadline: float

    @property
    def ended(self) -> bool:
        """Return whether the process has ended, ending it if it hangs."""
        if time.monotonic() > self.deadline:
            self.child.kill()
        return self.child.poll() is not None

    def outcome(self) -> Outcome:
        """Return what an ended worker left behind."""
        errors = self.out.with_suffix(".log").read_text(errors="replace").strip()
        here = self.out.with_suffix(".cell")
        cell = int.from_bytes(here.read_bytes()[:8], "little") if here.exists() else None
        if self.child.returncode == 0:
            return Outcome(self.process, self.cpu, json.loads(self.out.read_text()))
        code = self.child.returncode
        why = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        last = errors.splitlines()[-1:] or ["no message"]
        return Outcome(self.process, self.cpu, None, f"{why}: {last[0]}", cell)


@dataclass
class Pool:
    """Free CPUs and the workers on the others."""

    folder: Path
    kit: Path
    raw: bool
    cpus: list[int]
    running: list[Worker] = field(default_factory=list)
    started: int = 0

    def start(self, seconds: float) -> None:
        """Start one more process on a free CPU."""
        cpu = next(c for c in self.cpus if c not in {worker.cpu for worker in self.running})
        out = self.folder / f"process-{self.started:04}.json"
        arguments = (self.kit, out, self.started, cpu, seconds, "raw" if self.raw else "values")
        command = [sys.executable, "-m", "bench.worker", *map(str, arguments)]
        with out.with_suffix(".log").open("wb") as log:
            child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + 3 * seconds + GRACE_S
        self.running.append(Worker(self.started, cpu, out, child, deadline))
        self.started += 1

    def ended(self) -> Iterator[Outcome]:
        """Yield what each worker left that has ended since."""
        for worker in [worker for worker in self.running if worker.ended]:
            self.running.remove(worker)
            yield worker.outcome()

    @property
    def free(self) -> bool:
        """Return whether a CPU has no worker."""
        return len(self.running) < len(self.cpus)


@contextmanager
def opened(folder: Path, kit: Path, *, raw: bool) -> Iterator[Pool]:
    """Give a pool, and leave no process behind."""
    pool = Pool(folder, kit, raw, choose_cpus())
    try:
        yield pool
    finally:
        for worker in pool.running:
            worker.child.kill()
            worker.child.wait()


def choose_cpus(topology: Path = TOPOLOGY) -> list[int]:
    """Return up to two CPUs this process may use, no two on one core."""
    cores: dict[str, int] = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        siblings = topology / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        core = siblings.read_text() if siblings.exists() else str(cpu)
        cores.setdefault(core, cpu)
    return list(cores.values())[:WORKERS_MAX]
