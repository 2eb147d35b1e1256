"""Three cells with an unmodified ``pyperf.Runner``, one benchmark after the other.

For those who trust pyperf more than us, and to show the benefit of alternating turns and drawn
placement. Kernels, memory and driver are ours; calibration, processes and values are pyperf's.
"""

import os
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyperf

from bench import kit as kits
from bench.driver.records import Phase
from bench.plan import QUICK, Plan
from bench.result import describe
from bench.worker.stage import Stage
from strategies import AS_COMPILED

CELLS = ("blk/4k-read/add", "blk/max-read/add", "net/tx-gso/add")
SEED = 1


def main() -> None:
    """Run pyperf's command line; workers get the path of the kit."""
    with tempfile.TemporaryDirectory(prefix="sg-ring-stock-") as folder:
        again = ("-m", "bench.studies.stock")
        runner = pyperf.Runner(program_args=again, add_cmdline_args=_hand_on)
        parser: ArgumentParser = runner.argparser
        parser.add_argument("--kit", help="file of compiled kernels")
        arguments = runner.parse_args()
        if not arguments.kit:
            arguments.kit = str(compile_to(Path(folder)))
        kit = kits.load(Path(arguments.kit))
        for cell in (cell for cell in kit.cells if cell.name in CELLS):
            for number, variant in enumerate(kit.variants):
                if variant.role in {"baseline", "candidate"} and variant.form == AS_COMPILED:
                    facts = describe(kit, cell, variant)
                    runner.bench_time_func(
                        facts.pop("name"), timed(kit, cell, number), metadata=facts
                    )


def compile_to(folder: Path) -> Path:
    """The path of a kit that a separate process has compiled and checked."""
    from bench.options import strategy_names
    from bench.run import compiled
    from strategies.backends import NUMBA

    plan = Plan(("blk", "net"), strategy_names(), (NUMBA,), ("add",), QUICK, SEED)
    kits.save(compiled(plan), folder / "kit.json")
    return folder / "kit.json"


def timed(kit: kits.Kit, cell: kits.Cell, variant: int) -> Callable[[int], float]:
    """A function that makes ``loops`` requests and returns their time in seconds."""

    def time_func(loops: int) -> float:
        draw = np.random.default_rng(os.getpid())
        stage = Stage.of(kit, draw)
        scene = stage.lay_out(cell, np.zeros(stage.texts(), np.int64))
        return scene.turn(variant, Phase.ADD, loops) * 1e-9

    return time_func


def _hand_on(command: list[str], arguments: Namespace) -> None:
    """Pass the path of the kit to a worker, which would otherwise compile its own."""
    command.extend(("--kit", arguments.kit))


if __name__ == "__main__":
    main()
