"""A worker: a process, pinned to one CPU, that takes rounds of its cells until its time is up.

It does not import numba: code comes as bytes. ``python -m bench.worker KIT OUT TASK``, where TASK
is JSON.
"""

import mmap
import os
import sys
import time
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import kit as kits
from bench import messages
from bench.children import end_with_parent
from bench.kit import ENDS, SENTINELS, Kit
from bench.machine.bypass import BypassError
from bench.machine.changes import changed
from bench.machine.cpus import choose_cpus
from bench.machine.files import MachineFiles
from bench.machine.sample import sample
from bench.messages import FIXED, CellRecord, Metadata, Order, ProcessRecord
from bench.worker.memory import ExecutableMemoryError
from bench.worker.rounds import TURNS, CellResults, Measurement
from bench.worker.stage import Stage


def pin(cpu: int) -> None:
    """Stay on one CPU."""
    os.sched_setaffinity(0, {cpu})


def report(work: Measurement, *, raw: bool) -> dict[int, CellRecord]:
    """The results by cell and variant: medians of turns in seconds, with 5 significant digits."""
    cells = {}
    for number, series in work.cells.items():
        rounds = np.array(series.rounds).reshape(-1, len(work.kit.variants), TURNS)
        values = np.median(rounds, axis=2) * 1e-9
        cells[number] = CellRecord(
            requests=series.requests,
            values=[
                array("d", () if np.isnan(column).any() else (float(f"{v:.5g}") for v in column))
                for column in values.T
            ],
            firsts=[float(f"{v * 1e-9:.3g}") if v > 0 else None for v in series.first_ns],
            positions=["".join(digits) for digits in zip(*series.positions, strict=True)],
            watch=watched(series),
            failed=series.failed,
            facts=series.facts,
            turns=np.round(rounds, 4).swapaxes(0, 1).tolist() if raw else None,
        )
    return cells


def watched(series: CellResults) -> dict[str, NDArray[np.float64]]:
    """Readings of the watch, by sentinel: seconds per step before and after each round."""
    ends = np.array(series.watched).reshape(-1, len(ENDS), len(SENTINELS)) * 1e-9
    return {
        name: np.array([[float(f"{v:.4g}") for v in read] for read in ends[:, :, number].T])
        for number, name in enumerate(SENTINELS)
    }


def metadata() -> Metadata:
    """The metadata that pyperf collects of this process."""
    import pyperf  # not earlier: its import must not delay the first turn

    return dict(pyperf.Run([1.0], collect_metadata=True).get_metadata())


def age_s(stat: Path = Path("/proc/self/stat")) -> float:
    """The age of this process in seconds, to a tick of the kernel, 10 ms.

    It uses the clock since boot, as the wall-clock time of boot is known only in whole seconds.
    """
    text = stat.read_text("utf-8", "replace")
    began = int(text.rpartition(")")[2].split()[19])  # field 22 of proc(5)
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began / os.sysconf("SC_CLK_TCK")


def peak_bytes(status: Path = Path("/proc/self/status")) -> int:
    """The peak memory of this process; getrusage would report its parent's, if larger.

    0 if the system does not report it, as in gVisor.
    """
    text = status.read_text("utf-8", "replace")
    lines = (line for line in text.splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(next(lines, "VmHWM: 0").split()[1])


def measured(kit: Kit, order: Order, beat: mmap.mmap) -> ProcessRecord:
    """The record of a task's cells, measured in this process."""
    cpu, task, options = order.cpu, order.task, order.options
    other = next((one for one in choose_cpus() if one != cpu), None)
    pin(cpu)
    draw = np.random.default_rng([kit.seed, task.process])
    stage = Stage.of(kit, draw)
    fixed = task.process if options.placement == FIXED else None
    work = Measurement(kit, stage, draw, 1000 * options.turn_us, beat, fixed, other)
    before = sample(MachineFiles(), (cpu,))
    start_s = age_s()
    work.measure(list(task.cells), task.seconds, task.rounds)
    doubts = changed(before, sample(MachineFiles(), (cpu,)))
    return ProcessRecord(
        process=task.process,
        cpu=cpu,
        start_s=round(start_s, 2),
        doubts=list(doubts),
        cells=report(work, raw=options.raw),
        metadata=metadata(),
        peak_bytes=peak_bytes(),  # last, as reporting takes more than measuring
    )


def main(arguments: list[str]) -> int:
    """Measure, and write the results to a file."""
    kit_path, out, task = arguments
    end_with_parent()
    beat_path = Path(out).with_suffix(".cell")
    try:
        beat_path.write_bytes(bytes(16))
        with beat_path.open("r+b") as file:
            beat = mmap.mmap(file.fileno(), 16)
            order = messages.decode(task, Order)
            messages.write(measured(kits.load(Path(kit_path)), order, beat), Path(out))
    except (BypassError, ExecutableMemoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
