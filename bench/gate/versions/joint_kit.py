"""One kit with the code of both sides, for every worker of the gate.

A pair's two columns differ only in their code. Which side comes first in the kit is drawn for each
process, as the order in which copies are built can matter. So identical code is exchangeable, and
its ratio is above 1 as often as below; ``bench.gate.design`` relies on that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bench.gate.versions.sides import Pair
from bench.gate.versions.sides import Variant as Compiled
from bench.kit import Cell, Kit, Variant
from strategies.compile.code import Code

BASE, HEAD = "base", "head"
SHIFTED_BYTES = 16  # of a copy at another code position
TRAP = b"\xcc"


@dataclass(frozen=True)
class Place:
    """The place of one verdict: a pair in a cell."""

    cell: int  # its index in the kit
    pair: int


def columns(pair: int, *, swapped: bool) -> tuple[int, int]:
    """The indices of a pair's base and head among a kit's variants."""
    first, second = 2 * pair, 2 * pair + 1
    return (second, first) if swapped else (first, second)


def join(pairs: Iterable[Pair], cells: Iterable[Cell], harness: dict[str, Code], seed: int) -> Kit:
    """The kit in which every pair's base precedes its head."""
    codes = dict(harness)
    variants: list[Variant] = []
    for pair in pairs:
        for side, compiled in ((BASE, pair.base), (HEAD, pair.head)):
            kernels = {k: f"{side}/{compiled.name}/{k}" for k in compiled.codes}
            codes |= {kernels[k]: code for k, code in compiled.codes.items()}
            variants.append(_variant(pair, side, compiled, kernels))
    kit = Kit(codes, tuple(variants), tuple(cells), seed, facts={}, refused={}, compile_s={})
    return holding(kit, kit.variants)


def holding(kit: Kit, variants: tuple[Variant, ...]) -> Kit:
    """The kit with these variants, all of which take turns in every cell."""
    cells = tuple(replace(cell, variants=tuple(range(len(variants)))) for cell in kit.cells)
    return replace(kit, variants=variants, cells=cells)


def _variant(pair: Pair, side: str, compiled: Compiled, kernels: dict[str, str]) -> Variant:
    named = f"{pair.name} {side}"  # sides may need lists of different sizes: one strategy each
    both = tuple(phase for phase in pair.head.phases if phase in pair.base.phases)
    role = "candidate"
    return Variant(named, named, compiled.form, compiled.backend, role, both, kernels, step={})


def swap(kit: Kit) -> Kit:
    """The kit in which every pair's head precedes its base."""
    pairs = zip(kit.variants[1::2], kit.variants[::2], strict=True)
    return replace(kit, variants=tuple(variant for pair in pairs for variant in pair))


def slowed(kit: Kit, place: Place, share: float) -> Kit:
    """The kit in which one head performs ``share`` more than it is credited with."""
    _, head = columns(place.pair, swapped=False)
    variants = list(kit.variants)
    variants[head] = replace(variants[head], added={kit.cells[place.cell].name: share})
    return replace(kit, variants=tuple(variants))


def shifted(code: Code) -> Code:
    """The same code 16 bytes farther in its cache line."""
    return Code(TRAP * SHIFTED_BYTES + code.text, SHIFTED_BYTES + code.entry)
