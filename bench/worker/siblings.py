"""Before a run: whether two of its workers would share a core, which a hypervisor may hide.

``python -m bench.worker.siblings KIT CPU BEGIN`` reads the watch on one CPU for a moment, from
BEGIN on the monotonic clock, and prints the lowest tenth of its readings as JSON. Readings of one
CPU alone and of two at once are the same unless the two are threads of one core.
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
from bench.children import command_of, end_with_parent, started
from bench.kit import SENTINELS, Kit
from bench.worker.watch import Watch

READ_S = 0.25
START_S = 0.35  # for a process to start; then both read at the same time
LOWEST = 0.1  # quantile of the readings: other guests come and go, and only slow them down
SLOWED = 1.1  # by the other worker; a second thread on a core slows sums by a factor of 1.2 or more
TRIES = 3  # all must agree: another guest may start between two readings

Read = Callable[[Sequence[int]], list[float]]


def undisturbed(kit: Kit, cpus: list[int], folder: Path) -> tuple[list[int], tuple[str, ...]]:
    """CPUs that do not share a core, and a note if any were dropped for that."""
    if len(cpus) == 1:
        return cpus, ()
    by = slowed(reader(kit, folder), cpus)
    if by is None:
        return cpus, ()
    return cpus[:1], (_says(cpus, by),)


def _says(cpus: Sequence[int], by: float) -> str:
    return (
        f"CPUs {cpus[0]} and {cpus[1]} are threads of one core, which the system hides: with "
        f"both busy, independent sums take {by:.1f} times as long; one worker at a time"
    )


def slowed(read: Read, cpus: Sequence[int]) -> float | None:
    """The slowdown of a worker's sums by another on the next CPU; None if there is none."""
    factors = []
    for _ in range(TRIES):
        (alone,), both = read(cpus[:1]), read(cpus[:2])
        factors.append(max(both) / alone)
        if not factors[-1] >= SLOWED:  # or could not be read
            return None
    return min(factors)


def reader(kit: Kit, folder: Path) -> Read:
    """A function that reads the watch on several CPUs at once, with one process per CPU."""
    codes = {name: kit.codes[name] for name in ("driver", *SENTINELS)}
    path = folder / "watch.json"
    kits.save(replace(kit, codes=codes, variants=(), cells=(), refused={}, compile_s={}), path)

    def read(cpus: Sequence[int]) -> list[float]:
        begin = time.monotonic() + START_S
        asked = (command_of("bench.worker.siblings", path, cpu, begin) for cpu in cpus)
        children = [started(words, stdout=subprocess.PIPE) for words in asked]
        texts = [child.communicate()[0] for child in children]
        return [float(text) if text else float("nan") for text in texts]

    return read


def main(arguments: list[str]) -> int:
    """Read the watch on one CPU."""
    end_with_parent()
    path, cpu, begin = arguments
    os.sched_setaffinity(0, {int(cpu)})
    watch, ratios = Watch(kits.load(Path(path))), []
    begin_s = max(float(begin), time.monotonic())
    while (now_s := time.monotonic()) < begin_s + READ_S:
        sums, chain = watch.read()
        ratios += [sums / chain] * (now_s >= begin_s)
    sys.stdout.write(json.dumps(float(np.quantile(ratios, LOWEST))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
