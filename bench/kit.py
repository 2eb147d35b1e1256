"""The kit: all that one process has compiled and checked for the workers, as bytes and data.

The kit ensures that every worker times the same code, and spares workers the import of numba.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from bench import messages
from bench.driver.records import Phase, Step
from bench.driver.traffic import PLAIN, Traffic
from bench.messages import Second
from strategies import PHASES, braced
from strategies.compile.code import Code
from strategies.compile.target import MACHINE
from strategies.linux.todays.structs import PLAIN_RING

ARENA_PAGES = 2048  # 8 MiB, from which pages are drawn
SENTINELS = ("sums", "chain")  # code that shows how fast the core is ...
ENDS = ("begin", "end")  # ... before and after each round
Pages = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]


@dataclass(frozen=True)
class Variant:
    """A strategy in one form from one backend: a column of every cell."""

    label: str  # STRATEGY[FORM]@BACKEND
    strategy: str
    form: str
    backend: str
    role: str  # a ``strategies.Role``, or control
    phases: tuple[str, ...]  # in which it is timed
    kernels: dict[str, str]  # kernel: key of ``Kit.codes``
    step: dict[str, int]  # instructions, loads, ... of add_buf's longest walk, per descriptor
    added: dict[str, float] = field(default_factory=dict)  # cell: share of uncredited requests
    ring: str = PLAIN_RING  # the kind that it fills

    @property
    def idle(self) -> bool:
        """Whether it does not touch the ring, so that only its calls can be checked."""
        return self.role in {"null", "sentinel"}


@dataclass(frozen=True)
class Cell:
    """A workload's shape in one phase: what all variants take turns on."""

    workload: str
    shape: str
    phase: str
    slots: int  # descriptors in the ring
    requests: tuple[bytes, ...]  # as ``map`` reads them
    descriptors: tuple[int, ...]  # of each request
    pictures: tuple[str, ...]  # digests of the plain ring after each request alone
    list_bytes: dict[str, int]  # key of the ``create`` code: list memory of one request
    swept: int | None = None
    sweep: str = ""
    experiment: str = ""  # the one that it belongs to
    axes: tuple[tuple[str, str], ...] = ()  # variables of the experiment: axis, value
    traffic: Traffic = PLAIN  # how requests go through the ring
    often: int = 1  # rounds per pass
    lists: int = 0  # per layout, used in shuffled order and kept; 0: one per request
    huge: bool = False  # whether these lists request huge pages
    bypass: bool = True  # whether loads may pass stores, if the system allows that
    variants: tuple[int, ...] = ()  # indices of those that take turns in any phase
    other_pictures: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by kind of ring

    def approved(self, ring: str) -> tuple[str, ...]:
        """The digests of a ring of this kind after each request alone."""
        return self.pictures if ring == PLAIN_RING else self.other_pictures.get(ring, ())

    @property
    def jobs(self) -> int:
        """The number of requests before the first one is repeated."""
        return self.lists or len(self.requests)

    @property
    def place(self) -> str:
        """WORKLOAD/SHAPE{AXIS=VALUE,...}: the same in all phases."""
        return f"{self.workload}/{self.shape}{braced(self.axes)}"

    @property
    def turn(self) -> Phase:
        """The operation that the driver repeats."""
        return self.traffic.phase(self.phase)

    @property
    def keeps_lists(self) -> bool:
        """Whether each request has a list of its own, mapped before the turns."""
        return self.turn in {Phase.ADD, Phase.REFUSED} or (
            self.turn is Phase.STAGED and Step.MAP not in self.traffic.steps
        )

    @property
    def name(self) -> str:
        """WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}."""
        return f"{self.workload}/{self.shape}/{self.phase}{braced(self.axes)}"


@dataclass(frozen=True)
class Kit:
    """Everything a worker needs."""

    codes: dict[str, Code]  # "driver", "device" and the kernels
    variants: tuple[Variant, ...]
    cells: tuple[Cell, ...]
    seed: int
    facts: dict[str, str]  # versions and flags, for the result's metadata
    refused: dict[str, str]  # LABEL WORKLOAD/SHAPE: the fault that the oracle found
    compile_s: dict[str, Second]  # LABEL: seconds to compile its kernels; cached ones are absent
    experiments: str = "[]"  # the part of them that reports need, as JSON
    arena_pages: Pages = ARENA_PAGES  # enough to draw every cell's memory from
    machine: str = MACHINE  # the architecture that codes are for

    def measured(self, variant: Variant, phase: str, traffic: Traffic = PLAIN) -> tuple[Code, ...]:
        """The code that ``phase`` measures of ``variant``."""
        return tuple(self.code(variant, kernel, traffic) for kernel in PHASES[phase])

    def code(self, variant: Variant, kernel: str, traffic: Traffic = PLAIN) -> Code:
        """A kernel's code; for the virtqueue's kick, the variant that a cell's traffic names."""
        key = variant.kernels[kernel]
        if kernel == "kick" and key == shared_key(variant.backend, "kick"):
            key = shared_key(variant.backend, traffic.kick)
        return self.codes[key]


def shared_key(backend: str, kernel: str) -> str:
    """The key of a kernel that strategies share."""
    return f"virtqueue@{backend}/{kernel}"


def save(kit: Kit, path: Path) -> None:
    """Write the kit as JSON, with code and requests in base 64."""
    messages.write(kit, path)


def load(path: Path) -> Kit:
    """Read a kit; raises ``ValueError`` that names the place of what is wrong."""
    return messages.read(path, Kit)
