"""Which kind of machine a result is of: its key, and its name for people.

The key is of stable facts only (``reports.statistics.machine_key``). A file from before they were
recorded has its processor's name instead, and clouds call Zen 3 and Zen 5 alike "AMD EPYC": whoever
compares such files says which machine each is of.
"""

import re
from dataclasses import dataclass, fields

from reports.read import facts
from reports.read.result import Result
from reports.statistics.machine_key import MACHINE_KEY, UNKNOWN, MachineKey

CPU_NAME, PLATFORM = "cpu_model_name", "platform"  # metadata
ARCHITECTURE = re.compile(r"x86_64|aarch64|riscv64|ppc64le|s390x")
NOISE = re.compile(  # in a processor's name: marks, its number of cores, its clock
    r"\((?:R|TM|C)\)|\b(?:CPU|Processor|\d+-Core)\b|@.*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Identity:
    """What a file, or who compares it, says of its machine."""

    name: str  # for people: Intel Xeon (6/207)
    key: str  # the same for machines of one kind
    known: bool  # whether that is more than the processor's name
    facts: MachineKey  # unknown in an older file, but for the architecture

    @property
    def architecture(self) -> str:
        """Of the processor."""
        return self.facts.architecture

    @property
    def caches(self) -> str:
        """The sizes of L1D, L2 and L3; empty if none is known."""
        sizes = (self.facts.l1d, self.facts.l2, self.facts.l3)
        return "" if set(sizes) == {UNKNOWN} else ", ".join(sizes)


def identity(result: Result, name: str = "") -> Identity:
    """Return the identity of a result's machine; two that are given one name are of one kind."""
    found = _facts(result)
    known = MACHINE_KEY in result.metadata
    if name:
        return Identity(name, name, known=True, facts=found)
    called = _name(result, found)
    return Identity(called, found.text if known else called, known=known, facts=found)


def _facts(result: Result) -> MachineKey:
    """The facts of the key; of an older file what its platform says."""
    words = facts.shown(result, MACHINE_KEY).split("/")
    if len(words) == len(fields(MachineKey)):
        return MachineKey(*words)
    match = ARCHITECTURE.search(facts.shown(result, PLATFORM))
    return MachineKey(architecture=match[0] if match else UNKNOWN)


def _name(result: Result, found: MachineKey) -> str:
    """The processor's name without what every name has, and its family and model if known."""
    if facts.MACHINE in result.metadata:
        return facts.named(result)
    short = " ".join(NOISE.sub(" ", facts.shown(result, CPU_NAME)).split()) or UNKNOWN
    return (
        short
        if UNKNOWN in {found.family, found.model}
        else f"{short} ({found.family}/{found.model})"
    )
