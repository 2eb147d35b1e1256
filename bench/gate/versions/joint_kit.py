"""One kit of both sides' bytes: what every worker of the gate runs.

A pair's two columns differ in their code alone. Which side stands first in the kit is drawn for
each process, as which copy is built first can show: identical code is then exchangeable, and
its ratio as often above 1 as below (``bench.gate.design`` builds on that).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bench.gate.versions.sides import Pair
from bench.gate.versions.sides import Variant as Compiled
from bench.kit import Cell, Kit, Variant
from strategies.compile.code import Code

BASE, HEAD = "base", "head"
SHIFTED_BYTES = 16  # by which a copy at another code position is moved
TRAP = b"\xcc"


@dataclass(frozen=True)
class Place:
    """What one verdict is about: a pair in a cell."""

    cell: int  # of the kit
    pair: int


def columns(pair: int, *, swapped: bool) -> tuple[int, int]:
    """Return where base and head of a pair stand among a kit's variants."""
    first, second = 2 * pair, 2 * pair + 1
    return (second, first) if swapped else (first, second)


def join(pairs: Iterable[Pair], cells: Iterable[Cell], harness: dict[str, Code], seed: int) -> Kit:
    """Return the kit in which every pair's base stands before its head."""
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
    """Return the kit with these variants, all of which take turns in every cell."""
    cells = tuple(replace(cell, variants=tuple(range(len(variants)))) for cell in kit.cells)
    return replace(kit, variants=variants, cells=cells)


def _variant(pair: Pair, side: str, compiled: Compiled, kernels: dict[str, str]) -> Variant:
    named = f"{pair.name} {side}"  # sides may need lists of different sizes: a strategy each
    both = tuple(phase for phase in pair.head.phases if phase in pair.base.phases)
    role = "candidate"
    return Variant(named, named, compiled.form, compiled.backend, role, both, kernels, step={})


def swap(kit: Kit) -> Kit:
    """Return the kit in which every pair's head stands before its base."""
    pairs = zip(kit.variants[1::2], kit.variants[::2], strict=True)
    return replace(kit, variants=tuple(variant for pair in pairs for variant in pair))


def slowed(kit: Kit, place: Place, share: float) -> Kit:
    """Return the kit in which one head performs ``share`` more than it is credited with."""
    _, head = columns(place.pair, swapped=False)
    variants = list(kit.variants)
    variants[head] = replace(variants[head], added={kit.cells[place.cell].name: share})
    return replace(kit, variants=tuple(variants))


def shifted(code: Code) -> Code:
    """Return the same code 16 bytes farther in its cache line."""
    return Code(TRAP * SHIFTED_BYTES + code.text, SHIFTED_BYTES + code.entry)
