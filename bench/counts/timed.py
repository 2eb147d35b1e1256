"""What a result timed and callgrind can count: its benchmarks of map and add, and their code."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyperf

from bench import shapes
from bench.counts.process import countable
from bench.kit import Cell, Kit, Variant
from bench.options import UsageError, chosen, compilers_of, experiments_of
from bench.plan import DEFAULT, QUICK, Plan
from bench.result import benchmark_name
from strategies import Role, every
from strategies.compile.code import code_hash

PHASES = ("map", "add")
UNCOUNTED = ("control", "sentinel")  # roles: the baseline's code once more, and no layout
SEED = 1  # nothing that is counted depends on it
KEYS = ("workload", "strategy", "backend", "experiment", "code_hash", "phase", "role")


@dataclass(frozen=True)
class Timed:
    """The benchmarks of a result whose instructions can be counted."""

    path: Path
    codes: dict[str, str]  # benchmark: hash of its code
    plan: Plan  # what makes this code again, and the null strategy's beside it
    commit: str

    @classmethod
    def of(cls, path: Path, suite: Iterable[pyperf.Benchmark]) -> "Timed":
        """Return what a result timed in a phase that can be counted.

        Raises:
            UsageError: if that is nothing, or a benchmark does not say what it is of.
        """
        known = [benchmark.get_metadata() for benchmark in suite]
        steady = [one for one in known if one.get("kind") is None]
        for key in KEYS:
            if not all(isinstance(one.get(key), str) for one in steady):
                raise UsageError(f"{path}: a benchmark without {key}: name a result of this suite")
        found = [one for one in steady if one["phase"] in PHASES and one["role"] not in UNCOUNTED]
        if not found:
            raise UsageError(f"{path}: timed neither map nor add, and no other phase is counted")
        values = {key: sorted({one[key] for one in found}) for key in KEYS}
        nulls = [strategy.name for strategy in every() if strategy.role is Role.NULL]
        names = dict.fromkeys(strategy.name for strategy in every())
        asked = chosen("strategy", [*values["strategy"], *nulls], names)
        given = shapes.from_metadata(found[0])
        plan = Plan(
            experiments=tuple(one.name for one in experiments_of(values["experiment"], given)),
            workloads=chosen("workload", values["workload"], shapes.workloads(given)),
            strategies=tuple(name for name in names if name in asked),
            backends=compilers_of(values["backend"]),
            phases=PHASES,
            length=QUICK if {one.get("length") for one in found} == {QUICK.name} else DEFAULT,
            seed=SEED,
            shapes=given,
        )
        codes = {one["name"]: one["code_hash"] for one in found}
        return cls(path, codes, plan, str(found[0].get("commit", "unknown")))

    def narrowed(self, kit: Kit) -> Kit:
        """Return the kit with the cells that were timed, in each the code that was.

        Raises:
            UsageError: if all code is another by now.
        """
        cells = [replace(cell, variants=self._taking_turns(kit, cell)) for cell in kit.cells]
        left = [cell for cell in cells if self._timed(kit, cell)]
        if not left:
            raise UsageError(f"{self.path}: none of its code is what is made here; {self.remedy}")
        return replace(kit, cells=tuple(left))

    def missing(self, whole: Kit, counted: set[str]) -> list[str]:
        """Return what was timed and could be counted, but is other code by now, or gone."""
        never = {cell.name for cell in whole.cells} - {cell.name for cell in countable(whole)}
        found = {
            benchmark_name(cell, variant)
            for cell in whole.cells
            if cell.name in never
            for variant in whole.variants
        }
        return sorted(self.codes.keys() - counted - found)

    @property
    def remedy(self) -> str:
        """Return how to count what this checkout does not make."""
        return f"count with the checkout that measured ({self.commit[:12]}) and its compilers"

    def _taking_turns(self, kit: Kit, cell: Cell) -> tuple[int, ...]:
        return tuple(
            number
            for number in cell.variants
            if kit.variants[number].role == "null" or self._is(kit, cell, kit.variants[number])
        )

    def _timed(self, kit: Kit, cell: Cell) -> bool:
        return any(self._is(kit, cell, kit.variants[number]) for number in cell.variants)

    def _is(self, kit: Kit, cell: Cell, variant: Variant) -> bool:
        """Return whether this was timed, and is the same code by now."""
        known = self.codes.get(benchmark_name(cell, variant))
        return known is not None and known == code_hash(*kit.measured(variant, cell.phase))
