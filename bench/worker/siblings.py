"""Before a run: whether two of its own workers would share a core, which a hypervisor may hide.

``python -m bench.worker.siblings KIT CPU BEGIN`` reads the watch on one CPU for a moment from BEGIN
on, a value of the monotonic clock, and prints the lowest tenth of its readings, as JSON. Asked of
one CPU and then of two at once, they are the same unless the two are threads of one core.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench import kit as kits
from bench.children import end_with_parent, environment
from bench.kit import SENTINELS, Kit
from bench.paths import ROOT
from bench.worker.watch import Watch

READ_S = 0.25
START_S = 0.35  # that a process needs before it can read; then both read at the same time
LOWEST = 0.1  # quantile of the readings: other tenants come and go, and only ever slow them down
SLOWED = 1.1  # by the other worker; a second thread of a core slows sums by 1.2 and more
TRIES = 3  # all of which must say so: another tenant may come just between two readings

Read = Callable[[Sequence[int]], list[float]]


def undisturbed(kit: Kit, cpus: list[int], folder: Path) -> tuple[list[int], tuple[str, ...]]:
    """CPUs of which no two share a core, and a line that says so where some do."""
    if len(cpus) == 1:
        return cpus, ()
    by = slowed(reader(kit, folder), cpus)
    if by is None:
        return cpus, ()
    return cpus[:1], (_says(cpus, by),)


def _says(cpus: Sequence[int], by: float) -> str:
    return (
        f"CPUs {cpus[0]} and {cpus[1]} are threads of one core, whatever the system says: with "
        f"both at work independent sums take {by:.1f} times as long; one worker at a time"
    )


def slowed(read: Read, cpus: Sequence[int]) -> float | None:
    """How much slower a worker's sums are with another at work on the next CPU; None if not."""
    found = []
    for _ in range(TRIES):
        (alone,), both = read(cpus[:1]), read(cpus[:2])
        found.append(max(both) / alone)
        if not found[-1] >= SLOWED:  # or could not be read
            return None
    return min(found)


def reader(kit: Kit, folder: Path) -> Read:
    """What reads the watch on CPUs at once, by a process for each."""
    codes = {name: kit.codes[name] for name in ("driver", *SENTINELS)}
    path = folder / "watch.json"
    kits.save(replace(kit, codes=codes, variants=(), cells=(), refused={}, compile_s={}), path)

    def read(cpus: Sequence[int]) -> list[float]:
        words, begin = (
            [sys.executable, "-m", "bench.worker.siblings", str(path)],
            time.monotonic() + START_S,
        )
        children = [
            subprocess.Popen(
                [*words, str(c), repr(begin)],
                cwd=ROOT,
                env=environment(),
                stdout=subprocess.PIPE,
            )
            for c in cpus
        ]
        texts = [child.communicate()[0] for child in children]
        return [float(text) if text else float("nan") for text in texts]

    return read


def main(arguments: list[str]) -> int:
    """Read the watch on one CPU."""
    end_with_parent()
    path, cpu, begin = arguments
    os.sched_setaffinity(0, {int(cpu)})
    watch, found = Watch(kits.load(Path(path))), []
    begin_s = max(float(begin), time.monotonic())
    while (now_s := time.monotonic()) < begin_s + READ_S:
        sums, chain = watch.look()
        found += [sums / chain] * (now_s >= begin_s)
    sys.stdout.write(json.dumps(float(np.quantile(found, LOWEST))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
