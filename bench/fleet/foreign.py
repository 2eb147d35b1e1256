"""The kit for hosts of another architecture, compiled on the controller, once.

It cannot run there, so no oracle has looked at it: that is left to each host, before it measures.
"""

import hashlib
from pathlib import Path

import msgspec

from bench import kit as kits
from bench.fleet.parcel import Contents, once
from bench.plan import Plan
from bench.run import compiled
from strategies.backends import NUMBA
from strategies.backends.cross import cross_compilers, cross_missing
from strategies.compile.target import TRIPLETS


def provided(contents: Contents, machine: str, folder: Path) -> tuple[Path | None, Contents]:
    """The kit for a machine, and what a host is to do with it; none: it compiles for itself."""
    plan = contents.plan
    if not backends(plan, machine):
        return None, msgspec.structs.replace(contents, kit="")
    path = once(
        folder / f"kit-{machine}.json",
        lambda part: kits.save(compiled(plan, machine=machine), part),
    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return path, msgspec.structs.replace(contents, kit=sha256, approve=True)


def backends(plan: Plan, machine: str) -> set[str]:
    """Those of a plan's backends that compile for a machine here."""
    if machine not in TRIPLETS:
        return set()
    return {NUMBA, *cross_compilers(machine)} & {*plan.backends}


def lacking(plan: Plan, machine: str) -> str:
    """One line about those that do not, for a machine of ``TRIPLETS``; empty if all do."""
    why = cross_missing(machine, backends(plan, machine), plan.backends)
    return f"{why}, or --compile-there" if why else ""
