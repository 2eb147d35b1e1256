"""What one process compiled and checked, for all workers to run: code as bytes, cells as data.

The kit is how every worker provably times the same code, and why workers need no numba.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from bench import messages
from bench.driver.records import Phase, Step
from bench.driver.traffic import PLAIN, Traffic
from bench.messages import Second
from strategies import braced
from strategies.compile.code import Code
from strategies.linux.todays_structs import PLAIN_RING

ARENA_PAGES = 2048  # 8 MiB to draw from
SENTINELS = ("sums", "chain")  # code that shows how fast the core is, ...
ENDS = ("begin", "end")  # ... at both of a round
Pages = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
KERNELS = ("create", "map", "add_buf", "kick", "get_buf")
TIMED = {"map": ("map",), "add": ("add_buf",), "cycle": KERNELS[1:]}  # phase: what its turns run


@dataclass(frozen=True)
class Variant:
    """A strategy in one form from one backend: a column of every cell."""

    label: str  # STRATEGY[FORM]@BACKEND
    strategy: str
    form: str
    backend: str
    role: str  # baseline, control, candidate, floor, null or sentinel
    phases: tuple[str, ...]  # in which it takes turns
    kernels: dict[str, str]  # kernel: key of ``Kit.codes``
    step: dict[str, int]  # instructions, loads, ... of add_buf's longest walk, per descriptor
    added: dict[str, float] = field(default_factory=dict)  # cell: share of requests not credited
    ring: str = PLAIN_RING  # the kind that it fills

    @property
    def idle(self) -> bool:
        """Return whether it leaves the ring alone, and answers to its count of calls instead."""
        return self.role in {"null", "sentinel"}


@dataclass(frozen=True)
class Cell:
    """A workload's shape in one phase: what all variants are timed on in turns."""

    workload: str
    shape: str
    phase: str
    slots: int  # descriptors in the ring
    requests: tuple[bytes, ...]  # as ``map`` reads them
    descriptors: tuple[int, ...]  # of each request
    pictures: tuple[str, ...]  # digest of the plain ring after each request alone
    list_bytes: dict[str, int]  # key of the ``create`` code: list memory of one request
    swept: int | None = None
    sweep: str = ""
    experiment: str = ""  # that asks for it
    axes: tuple[tuple[str, str], ...] = ()  # what the experiment varies here: axis, value
    traffic: Traffic = PLAIN  # how requests go through the ring
    often: int = 1  # rounds in a pass
    lists: int = 0  # of each layout, used in shuffled order and kept; 0: one a request
    huge: bool = False  # whether these ask for huge pages
    bypass: bool = True  # whether loads may pass stores, as far as the system lets them
    variants: tuple[int, ...] = ()  # numbers of those that take turns, in one phase or another
    other_pictures: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by kind of ring

    def approved(self, ring: str) -> tuple[str, ...]:
        """Return the digests of a kind of ring after each request alone."""
        return self.pictures if ring == PLAIN_RING else self.other_pictures.get(ring, ())

    @property
    def jobs(self) -> int:
        """Return how many requests are gone through before the first comes again."""
        return self.lists or len(self.requests)

    @property
    def place(self) -> str:
        """Return WORKLOAD/SHAPE{AXIS=VALUE,...}: what is the same in all phases."""
        return f"{self.workload}/{self.shape}{braced(self.axes)}"

    @property
    def turn(self) -> Phase:
        """Return what the driver repeats."""
        return self.traffic.phase(self.phase)

    @property
    def keeps_lists(self) -> bool:
        """Return whether each request has a list of its own, mapped before the turns."""
        return self.turn in {Phase.ADD, Phase.REFUSED} or (
            self.turn is Phase.STAGED and Step.MAP not in self.traffic.steps
        )

    @property
    def name(self) -> str:
        """Return WORKLOAD/SHAPE/PHASE{AXIS=VALUE,...}."""
        return f"{self.workload}/{self.shape}/{self.phase}{braced(self.axes)}"


@dataclass(frozen=True)
class Kit:
    """All that a worker needs."""

    codes: dict[str, Code]  # "driver", "device" and the kernels
    variants: tuple[Variant, ...]
    cells: tuple[Cell, ...]
    seed: int
    facts: dict[str, str]  # versions and flags, for the result's metadata
    refused: dict[str, str]  # LABEL WORKLOAD/SHAPE: what the oracle found wrong
    compile_s: dict[str, Second]  # LABEL: seconds to compile all its kernels, if they were compiled
    experiments: str = "[]"  # what a report must know of them, as JSON
    arena_pages: Pages = ARENA_PAGES  # that every cell's memory fits in, and can be drawn from

    def measured(self, variant: Variant, phase: str, traffic: Traffic = PLAIN) -> tuple[Code, ...]:
        """Return the code that ``phase`` measures of ``variant``."""
        return tuple(self.code(variant, kernel, traffic) for kernel in TIMED[phase])

    def code(self, variant: Variant, kernel: str, traffic: Traffic = PLAIN) -> Code:
        """Return a kernel's code; of the virtqueue's kicks the one that a cell asks for."""
        key = variant.kernels[kernel]
        if kernel == "kick" and key == shared_key(variant.backend, "kick"):
            key = shared_key(variant.backend, traffic.kick)
        return self.codes[key]


def shared_key(backend: str, kernel: str) -> str:
    """Return where the code of a kernel is kept that strategies share."""
    return f"virtqueue@{backend}/{kernel}"


def save(kit: Kit, path: Path) -> None:
    """Write the kit as JSON, code and requests in base 64."""
    path.write_bytes(messages.encode(kit))


def load(path: Path) -> Kit:
    """Read a kit; raises ``ValueError`` with the place in the file that fits none."""
    return messages.read(path, Kit)
