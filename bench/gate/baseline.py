"""An earlier result in the place of a base: ratios to the baseline layout, then and now.

Times of two runs cannot be compared; ratios can, as far as what they are ratios to, what took the
turns and the machine are the same. Coarser than two sides in one process: no rounds are shared.
The earlier run's own error is in both stages, so fresh processes do not guard against that.
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
from bench.gate.versions.sides import Matched, Pair, Side
from bench.gate.versions.versions import Asked, Sides, compiled_head
from bench.kit import TIMED
from bench.options import UsageError
from bench.plan import TURN_US
from bench.processes.states import ALONE
from reports.statistics.comparable import GATE, differing
from reports.statistics.rank_sum import shift
from reports.statistics.signed_rank import Estimate, Values
from strategies.compile.code import code_hash

BASELINE = "baseline"


class BaselineError(BenchError):
    """A result that cannot be compared with; the text says in what it differs."""


@dataclass(frozen=True)
class Against(Design):
    """The design, with an earlier sample to be held against."""

    earlier: tuple[float, ...] = ()

    def look(self, values: list[float]) -> tuple[Say, Estimate]:
        """Return what these processes say of the difference to the earlier ones."""
        found = shift(self.earlier, values, self.confidence)
        return self.says(found), found


@dataclass(frozen=True)
class Earlier:
    """An earlier result: log ratios by cell and variant, a value a process, and what made them."""

    path: Path
    ratios: dict[tuple[str, str], tuple[float, ...]]
    baselines: dict[tuple[str, str], str]  # phase and backend: the baseline's code hash
    about: dict[str, Any]
    states: bool = True  # whether it says which rounds had the core to themselves

    def judge(self, gate: Gate) -> None:
        """Hold every trial against the earlier processes, leaving out what has none.

        Raises:
            BaselineError: if nothing is left.
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
        gate.rules = {}  # the median on both sides: the earlier one chose no rule with this one
        if not self.states:
            gate.notes.append(
                f"{self.path.name} does not say which rounds had a busy neighbour on the core"
            )
        if gate.pairs and not gate.trials:
            raise BaselineError(f"{self.path} has none of these cells: name others with --cell")

    def check(self, head: Side) -> None:
        """Refuse what would compare something else.

        Raises:
            BaselineError: with what differs.
        """
        here = pyperf.Run([1.0], collect_metadata=True).get_metadata()
        known = {**here, "driver_hash": code_hash(harness()["driver"])}
        made = {"placement": "drawn", "turn_us": TURN_US}  # as the gate does
        says = [*differing(self.about, known, GATE), *differing(self.about, made, tuple(made))]
        if says:
            raise BaselineError(f"{self.path}: {', '.join(says)}: measure it anew")
        for variant in (v for v in head.variants.values() if v.role == BASELINE):
            for phase, kernels in TIMED.items():
                now = code_hash(*(variant.codes[kernel] for kernel in kernels))
                then = self.baselines.get((phase, variant.backend), now)
                if then != now:
                    raise BaselineError(
                        f"{self.path}: {variant.name} was other code in {phase}, {then}, "
                        f"is {now}: ratios to it do not compare"
                    )


def read(path: Path) -> Earlier:
    """Return an earlier result.

    Raises:
        BaselineError: if it is none.
    """
    if not path.exists():
        raise BaselineError(f"{path}: no such file; name a result that a run has written")
    times: dict[tuple[str, str, str], dict[int, Values]] = defaultdict(dict)
    paired: dict[tuple[str, str, int], float] = {}  # of a condensed file, which has no rounds
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
        raise BaselineError(f"{path}: no result of this suite; name another") from None
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
    """The values of rounds with the core to themselves; all, where the file does not know."""
    values = np.array(run.values)
    states = about.get("states")
    return values if states is None else values[np.array(list(states)) == ALONE]


def _log_ratio(base: Values, head: Values) -> float:
    return float(np.median(np.log(head / base)))


def compiled_against(asked: Asked, earlier: Earlier) -> Sides:
    """Return head's layouts, each paired with head's baseline of the same compiler.

    Raises:
        BaselineError: if the result cannot be compared with.
    """
    version, head = compiled_head(asked)
    earlier.check(head)
    bases = {v.backend: v for v in head.variants.values() if v.role == BASELINE}
    others = [v for v in head.variants.values() if v.role != BASELINE]
    pairs = tuple(Pair(bases[v.backend], v) for v in others if v.backend in bases)
    then = Version(earlier.path.name, str(earlier.about.get("commit", "unknown")))
    return Sides((then, version), Side({}, {}, {}), head, Matched(pairs, (), (), {}))
