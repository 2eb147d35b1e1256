"""``python -m bench.studies.stack``: what the place of the stack in its page does to each kernel.

One process takes rounds as a run does, on drawn pages and code positions, but with the stack at
each of its 256 places in a page in turn. What it finds is kept in ``results/stack/KIND.json``, a
file for each kind of processor; ``reports.documents.stack`` writes it into docs/method.md.
"""

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from bench import messages
from bench.cli import interruptible
from bench.errors import BenchError
from bench.kit import Kit
from bench.lock import alone
from bench.machine.cpus import choose_cpus
from bench.machine.identity import kind
from bench.messages import TURN_US
from bench.options import compilers_of, strategy_names
from bench.paths import ROOT
from bench.plan import QUICK, Plan
from bench.result import commit
from bench.run import compiled
from bench.worker.memory import PAGE
from bench.worker.rounds import Measurement
from bench.worker.stage import STACK_STEP, Stage
from reports.commands.ending import run

KEPT = ROOT / "results" / "stack" / f"{kind()}.json"
CELL = "blk/4k-read/add"  # three descriptors: of a longer request a frame is a smaller part
PASSES = 8  # over all places
ROUNDS = 4  # at each: one for each position of the code
SEED = 1


class Places(msgspec.Struct, frozen=True):
    """What one process found."""

    processor_kind: str
    date: str
    commit: str
    cell: str
    step: int  # bytes from one place to the next
    ratios: dict[str, list[float]]  # by label: to its baseline, at each place


@dataclass
class Placed(Stage):
    """A stage whose stack has a given place."""

    lower: int = 0

    def lowered(self) -> int:
        """The bytes by which the stack is lowered."""
        return self.lower


def command(
    out: Annotated[Path, typer.Option("-o", "--output", help="where it is kept")] = KEPT,
    passes: Annotated[int, typer.Option(min=1, help="over all places")] = PASSES,
) -> None:
    """Take rounds at each place of the stack, and keep each layout's ratio there."""
    with interruptible("and nothing is kept"), alone():
        plan = Plan(("blk",), strategy_names(), compilers_of(None), ("add",), QUICK, SEED)
        found = ratios(compiled(plan), passes)
    date = datetime.now(UTC).date().isoformat()
    kept = Places(kind(), date, commit(), CELL, STACK_STEP, found)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(messages.encode(kept), indent=1) + b"\n")
    typer.echo(out)


def ratios(kit: Kit, passes: int) -> dict[str, list[float]]:
    """Each candidate's time as a multiple of its baseline's, at each place."""
    (number,) = (n for n, cell in enumerate(kit.cells) if cell.name == CELL)
    draw = np.random.default_rng(SEED)
    os.sched_setaffinity(0, {choose_cpus()[0]})
    stage = Placed.of(kit, draw)
    places = range(0, PAGE, STACK_STEP)
    taken: list[list[NDArray[np.float64]]] = [[] for _ in places]
    for at, rounds in rounds_at(kit, stage, number, [*places] * passes):
        taken[at // STACK_STEP] += rounds
    times = np.array([np.median(rounds, axis=0) for rounds in taken])
    baselines = {v.backend: n for n, v in enumerate(kit.variants) if v.role == "baseline"}
    return {
        variant.label: rounded(times[:, n] / times[:, baselines[variant.backend]])
        for n, variant in enumerate(kit.variants)
        if variant.role in {"candidate", "control"}
    }


def rounded(found: NDArray[np.float64]) -> list[float]:
    """The ratios, as precise as they are kept."""
    return [float(f"{ratio:.4g}") for ratio in found]


def rounds_at(
    kit: Kit, stage: Placed, number: int, places: list[int]
) -> Iterator[tuple[int, list[NDArray[np.float64]]]]:
    """Yield places of the stack in drawn order, with the rounds taken there: ns by variant."""
    work = Measurement(kit, stage, stage.draw, 1000 * TURN_US, mmap.mmap(-1, 16))
    for at in stage.draw.permutation(places):
        stage.lower = int(at)
        work.measure([number], seconds=0, most=ROUNDS)
        yield stage.lower, [times[:, 0] for times in work.cells[number].rounds]


if __name__ == "__main__":
    run(command, "bench", BenchError)
