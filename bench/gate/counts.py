"""The exact mode: instructions per request of both sides, counted by callgrind, without noise.

Counts are deterministic, but fewer instructions can be slower, so times are reported next to them.
"""

from dataclasses import dataclass, replace

from bench.counts.__main__ import instructions, totals_of, with_mark
from bench.counts.process import turns
from bench.gate.versions.joint_kit import BASE, HEAD, holding
from bench.kit import Kit, Variant
from strategies import KERNELS, OF_ONE_KERNEL, Role, load
from strategies.backends import NUMBA
from strategies.compile.codegen import machine_code
from strategies.linux import virtqueue

SHARE_MAX, MORE_MIN = 0.005, 1.0  # a difference exceeds both: share of base, instructions
NULL_BYTES = 4096  # of list memory, more than the null strategy needs


@dataclass(frozen=True)
class Counted:
    """Instructions of one request on both sides."""

    base: float
    head: float

    @property
    def verdict(self) -> str:
        """``more``, ``fewer`` or ``same``."""
        more = self.head - self.base
        if abs(more) < MORE_MIN or abs(more) <= SHARE_MAX * self.base:
            return "same"
        return "more" if more > 0 else "fewer"


def counted(kit: Kit) -> dict[tuple[str, str], Counted]:
    """The counts of every cell and pair, in phases of one kernel.

    Raises:
        CountError: if callgrind fails.
    """
    kit = with_mark(with_null(kit))
    expected, totals = list(turns(kit)), totals_of(kit)
    of_null = {p: instructions(kit, kit.variants[-1], p) for p in OF_ONE_KERNEL}
    by = {(c.name, v.label): t for (c, v), t in zip(expected, totals, strict=True)}
    counts = {}
    for cell, variant in expected:
        name, _, side = variant.label.rpartition(" ")
        if side != HEAD:
            continue
        floor = by[cell.name, kit.variants[-1].label]
        base, head = (
            (by[cell.name, f"{name} {s}"] - floor) / len(cell.requests) + of_null[cell.phase]
            for s in (BASE, HEAD)
        )
        counts[cell.name, name] = Counted(base, head)
    return counts


def with_null(kit: Kit) -> Kit:
    """The kit with the null strategy added last; all instructions of that are known."""
    null = next(strategy for strategy in load() if strategy.role is Role.NULL)
    kernels = {k: f"null/{k}" for k in KERNELS}
    codes = {kernels[k]: machine_code(getattr(null, k) or getattr(virtqueue, k)) for k in KERNELS}
    counted = tuple(OF_ONE_KERNEL)
    variant = Variant("null", "null", null.form, NUMBA, "null", counted, kernels, step={})
    size = {kernels["create"]: NULL_BYTES}
    cells = tuple(replace(cell, list_bytes=cell.list_bytes | size) for cell in kit.cells)
    kit = replace(kit, codes=kit.codes | codes, cells=cells)
    return holding(kit, (*kit.variants, variant))
