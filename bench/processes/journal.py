"""A run on disk while it is measured: its plan, its kernels and all finished processes.

The folder is next to the result and named after it. An interrupted run can be resumed from it,
unless the machine or the code has changed since.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Annotated

import msgspec

from bench import kit as kits
from bench import messages
from bench.errors import BenchError
from bench.kit import Kit
from bench.machine.identity import machine
from bench.paths import JOURNAL
from bench.plan import Plan
from bench.processes.outcome import Outcome, checked, fit_to_write
from bench.processes.pool import read
from reports.statistics.comparable import RUN, differing
from workloads.shapes.records import ShapeError

FINISHED = "process-*.json"
DAMAGED = (AttributeError, LookupError, RecursionError, TypeError, ValueError)  # of what is read


class JournalError(BenchError):
    """A run that cannot be started here, or cannot be resumed."""


Word = Annotated[
    str, msgspec.Meta(max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*$")
]


class Begun(msgspec.Struct, frozen=True):
    """The plan of a run, and the machine on which it was started."""

    plan: Plan
    machine: dict[str, Word]


@dataclass(frozen=True)
class Journal:
    """The folder of one run."""

    folder: Path

    @classmethod
    def of(cls, result: Path) -> "Journal":
        """The journal of a result's run."""
        return cls(result.with_name(result.name + JOURNAL))

    def begin(self, plan: Plan) -> None:
        """Create the folder, and record the plan and the machine.

        Raises:
            JournalError: if an earlier run to the same result was interrupted.
        """
        left = {path.name for path in self.folder.glob("*")}
        if left - {"run.part"}:  # which alone is left of a run that was killed as it started
            raise JournalError(
                f"{self.folder} belongs to an interrupted run: continue it with --resume "
                f"{str(self.folder).removesuffix(JOURNAL)}, or remove it"
            )
        self.folder.mkdir(exist_ok=True)
        messages.write(Begun(plan, machine()), self.folder / "run.json")

    def plan(self) -> Plan:
        """The plan of the interrupted run.

        Raises:
            JournalError: if there is none, or it ran on another machine.
        """
        try:
            begun = messages.read(self.folder / "run.json", Begun)
            if begun.plan.shapes is not None:
                _ = begun.plan.shapes.file
        except FileNotFoundError:
            raise JournalError(f"{self.folder} contains no run to resume: measure again") from None
        except (*DAMAGED, ShapeError):
            raise JournalError(f"{self.folder} is of another version: measure again") from None
        if other := differing(begun.machine, machine(), RUN):
            says = ", ".join(other)
            raise JournalError(f"{self.folder} is of another machine: {says}; measure again")
        return begun.plan

    def keep(self, kit: Kit) -> Kit:
        """Keep the kernels of a new run; for a resumed one, check that they are unchanged.

        Raises:
            JournalError: if any kernel or cell has changed.
        """
        path = self.folder / "kit.json"
        if not path.exists():
            kits.save(kit, path)
            return kit
        before = self._kit()
        keys = before.codes.keys() | kit.codes.keys()
        changed = sorted(key for key in keys if before.codes.get(key) != kit.codes.get(key))
        if changed:
            raise JournalError(f"the code changed ({', '.join(changed[:3])} ...): measure again")
        if (before.cells, before.variants) != (kit.cells, kit.variants):
            raise JournalError("the workloads or strategies changed: measure again")
        return before

    def outcomes(self) -> Iterator[Outcome]:
        """Yield the outcome of every finished process.

        Raises:
            JournalError: if one is damaged.
        """
        kit = self._kit()
        for path in sorted(self.folder.glob(FINISHED)):
            try:
                outcome = read(path)
                checked(outcome, len(kit.cells), len(kit.variants))
            except DAMAGED:
                raise JournalError(f"{path} is damaged: remove it, the others are kept") from None
            yield outcome

    def _kit(self) -> Kit:
        """The kit that was kept.

        Raises:
            JournalError: if it is damaged.
        """
        path = self.folder / "kit.json"
        try:
            kit = kits.load(path)
            fit_to_write(kit.facts)
        except DAMAGED:
            raise JournalError(f"{path} is damaged or of another version: measure again") from None
        return kit

    def remove(self) -> None:
        """Remove the folder, whose content is in the result.

        The plan goes last, so that a run that is killed meanwhile can still be resumed.
        """
        result = self.folder.name.removesuffix(JOURNAL)
        for part in self.folder.parent.glob(f".{escape(result)}.*.part"):
            part.unlink(missing_ok=True)  # of a run that was killed while it wrote its result
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "run.json":
                path.unlink()
        shutil.rmtree(self.folder)
