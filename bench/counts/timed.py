"""The benchmarks of a result that callgrind can count, those of map and add, and their code."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyperf

from bench import layouts, shapes
from bench.counts.process import countable
from bench.kit import Cell, Kit, Variant
from bench.options import UsageError, chosen, compilers_of, experiments_of
from bench.plan import DEFAULT, QUICK, Plan
from bench.result import benchmark_name
from strategies import OF_ONE_KERNEL, Role
from strategies.compile.code import code_hash
from strategies.outside.given import OBJECTS, Given

PHASES = tuple(OF_ONE_KERNEL)
UNCOUNTED = ("control", "sentinel")  # roles: the baseline's code again, and no layout
SEED = 1  # nothing that is counted depends on it
KEYS = ("workload", "strategy", "backend", "experiment", "code_hash", "phase", "role")


@dataclass(frozen=True)
class Timed:
    """The benchmarks of a result whose instructions can be counted."""

    path: Path
    codes: dict[str, str]  # benchmark: hash of its code
    plan: Plan  # makes this code again, and the null strategy's
    commit: str

    @classmethod
    def of(
        cls, path: Path, suite: Iterable[pyperf.Benchmark], theirs: tuple[Given, ...] = ()
    ) -> "Timed":
        """The benchmarks of a result in phases that can be counted.

        ``theirs`` are the files of a user's layouts that it timed.

        Raises:
            UsageError: if there are none, or a benchmark lacks metadata.
        """
        every = [benchmark.get_metadata() for benchmark in suite]
        steady = [one for one in every if one.get("kind") is None]
        for key in KEYS:
            if not all(isinstance(one.get(key), str) for one in steady):
                raise UsageError(f"{path}: a benchmark has no {key}: name a result of this suite")
        found = [one for one in steady if one["phase"] in PHASES and one["role"] not in UNCOUNTED]
        if not found:
            raise UsageError(f"{path}: timed neither map nor add, the phases that can be counted")
        values = {key: sorted({one[key] for one in found}) for key in KEYS}
        if "layouts" in found[0] and not theirs:
            raise UsageError(f"{path}: timed {found[0]['layouts']}: give each with --layout")
        known = layouts.strategies_with(theirs)
        nulls = [strategy.name for strategy in known if strategy.role is Role.NULL]
        names = dict.fromkeys(strategy.name for strategy in known)
        asked = chosen("strategy", [*values["strategy"], *nulls], names)
        given = shapes.from_metadata(found[0])
        plan = Plan(
            experiments=tuple(one.name for one in experiments_of(values["experiment"], given)),
            workloads=chosen("workload", values["workload"], shapes.workloads(given)),
            strategies=tuple(name for name in names if name in asked),
            backends=layouts.names_with(
                compilers_of([name for name in values["backend"] if name != OBJECTS]), theirs
            ),
            layouts=theirs,
            phases=PHASES,
            length=QUICK if {one.get("length") for one in found} == {QUICK.name} else DEFAULT,
            seed=SEED,
            shapes=given,
        )
        codes = {one["name"]: one["code_hash"] for one in found}
        return cls(path, codes, plan, str(found[0].get("commit", "unknown")))

    def narrowed(self, kit: Kit) -> Kit:
        """The kit with only the cells and the code that were timed.

        Raises:
            UsageError: if all code has changed since.
        """
        cells = [replace(cell, variants=self._taking_turns(kit, cell)) for cell in kit.cells]
        left = [cell for cell in cells if self._timed(kit, cell)]
        if not left:
            raise UsageError(f"{self.path}: this checkout makes none of its code; {self.remedy}")
        return replace(kit, cells=tuple(left))

    def missing(self, whole: Kit, counted: set[str]) -> list[str]:
        """What was timed and could be counted, but has changed since, or is gone."""
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
        """How to count code that this checkout does not make."""
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
        """Whether this was timed, and is still the same code."""
        known = self.codes.get(benchmark_name(cell, variant))
        return known is not None and known == code_hash(*kit.measured(variant, cell.phase))
