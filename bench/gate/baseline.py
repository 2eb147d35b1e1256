"""An earlier result instead of a base: ratios to the baseline layout, then and now.

Times of two runs cannot be compared; ratios can, if baseline, driver and machine are the same. This
is coarser than two sides in one process, as no rounds are shared. The earlier run's error is in
both stages, so fresh processes do not guard against it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyperf

from bench.compile.build import harness
from bench.counts.__main__ import read_suite
from bench.errors import BenchError
from bench.gate.design import Design, Say
from bench.gate.run import Gate
from bench.gate.trial import Trial
from bench.gate.versions.checkout import Version
from bench.gate.versions.collect import COMPARED
from bench.gate.versions.sides import Begin, Matched, Pair, Side, silent
from bench.gate.versions.versions import Asked, Sides, compiled_head
from bench.messages import DRAWN, TURN_US, Metadata
from bench.options import UsageError
from bench.processes.states import ALONE
from reports.statistics.comparable import GATE, differing
from reports.statistics.rank_sum import shift
from reports.statistics.signed_rank import Estimate, Values
from strategies import PHASES
from strategies.compile.code import code_hash

BASELINE = "baseline"


class BaselineError(BenchError):
    """A result that cannot serve as a baseline; the text says how it differs."""


@dataclass(frozen=True)
class Against(Design):
    """The design, with an earlier sample to compare with."""

    earlier: tuple[float, ...] = ()

    def look(self, values: list[float]) -> tuple[Say, Estimate]:
        """The verdict on the difference between these processes and the earlier ones."""
        difference = shift(self.earlier, values, self.confidence)
        return self.says(difference), difference


@dataclass(frozen=True)
class Earlier:
    """An earlier result: log ratios by cell and variant, one per process, and their origin."""

    path: Path
    ratios: dict[tuple[str, str], tuple[float, ...]]
    baselines: dict[tuple[str, str], str]  # phase and backend: the baseline's code hash
    about: Metadata
    states: bool = True  # whether it records which rounds had the core to themselves

    def judge(self, gate: Gate) -> None:
        """Compare every trial with the earlier processes; drop trials that have none.

        Raises:
            BaselineError: if no trial is left.
        """
        design = gate.design
        for place in list(gate.trials):
            cell, pair = gate.kit.cells[place.cell], gate.pairs[place.pair]
            earlier = self.ratios.get((cell.name, pair.name))
            if not earlier:
                gate.notes.append(f"{cell.name} {pair.name} is not in {self.path.name}")
                del gate.trials[place]
            else:
                against = Against(**asdict(design), earlier=earlier)
                gate.trials[place] = Trial(against)
        gate.rules = {}  # the median on both sides: the earlier run chose no rule with this one
        if not self.states:
            gate.notes.append(
                f"{self.path.name} does not record which rounds had a busy neighbour on the core"
            )
        if gate.pairs and not gate.trials:
            raise BaselineError(f"{self.path} has none of these cells: choose others with --cell")

    def check(self, head: Side) -> None:
        """Refuse a comparison of different things.

        Raises:
            BaselineError: names what differs.
        """
        here = pyperf.Run([1.0], collect_metadata=True).get_metadata()
        known = {**here, "driver_hash": code_hash(harness()["driver"])}
        made = {"placement": DRAWN, "turn_us": TURN_US}  # as in the gate
        differences = [
            *differing(self.about, known, GATE),
            *differing(self.about, made, tuple(made)),
        ]
        if differences:
            raise BaselineError(f"{self.path}: {', '.join(differences)}: measure it again")
        for variant in (v for v in head.variants.values() if v.role == BASELINE):
            for phase, kernels in PHASES.items():
                now = code_hash(*(variant.codes[kernel] for kernel in kernels))
                then = self.baselines.get((phase, variant.backend), now)
                if then != now:
                    raise BaselineError(
                        f"{self.path}: the code of {variant.name} in {phase} was {then} and "
                        f"is {now}: ratios to it cannot be compared"
                    )


def read(path: Path) -> Earlier:
    """Read an earlier result.

    Raises:
        BaselineError: if the file is not a result.
    """
    if not path.exists():
        raise BaselineError(f"{path}: no such file; name the result of a run")
    times: dict[tuple[str, str, str], dict[int, Values]] = defaultdict(dict)
    paired: dict[tuple[str, str, int], float] = {}  # from a condensed file, which has no rounds
    baselines, about, known = {}, {}, False
    try:
        for benchmark in read_suite(path):
            one = benchmark.get_metadata()
            if one.get("role") not in COMPARED:
                continue
            cell, _, variant = benchmark.get_name().rpartition("/")
            is_base = one["role"] == BASELINE
            for run in benchmark.get_runs():
                about = run.get_metadata()
                known = known or "states" in about
                name = "" if is_base else variant
                times[cell, one["backend"], name][about["process"]] = _alone(run, about)
                if "ratio" in about:
                    paired[cell, name, about["process"]] = math.log(about["ratio"])
            if is_base:
                baselines[one["phase"], one["backend"]] = one["code_hash"]
    except (KeyError, UsageError):
        raise BaselineError(f"{path}: not a result of this suite; name another") from None
    ratios = {
        (cell, variant): tuple(
            paired[cell, variant, process]
            if (cell, variant, process) in paired
            else _log_ratio(times[cell, backend, ""][process], values)
            for process, values in by_process.items()
            if len(times.get((cell, backend, ""), {}).get(process, ())) and len(values)
        )
        for (cell, backend, variant), by_process in list(times.items())
        if variant
    }
    return Earlier(path, ratios, baselines, about, known)


def _alone(run: pyperf.Run, about: Mapping[str, Any]) -> Values:
    """The values of rounds with the core to themselves; all if the file does not record that."""
    values = np.array(run.values)
    states = about.get("states")
    return values if states is None else values[np.array(list(states)) == ALONE]


def _log_ratio(base: Values, head: Values) -> float:
    return float(np.median(np.log(head / base)))


def compiled_against(asked: Asked, earlier: Earlier, begin: Begin = silent) -> Sides:
    """Head's layouts, each paired with head's baseline of the same compiler.

    Raises:
        BaselineError: if the earlier result cannot serve as a baseline.
    """
    version, head = compiled_head(asked, begin)
    earlier.check(head)
    bases = {v.backend: v for v in head.variants.values() if v.role == BASELINE}
    others = [v for v in head.variants.values() if v.role != BASELINE]
    pairs = tuple(Pair(bases[v.backend], v) for v in others if v.backend in bases)
    then = Version(earlier.path.name, str(earlier.about.get("commit", "unknown")))
    return Sides((then, version), Side({}, {}, {}), head, Matched(pairs, (), (), {}))
