"""What the compilers made of the difference: both kernels' assembly, line against line."""

import difflib
from collections.abc import Callable, Iterator

from bench.errors import BenchError
from bench.gate.versions.sides import Matched, Pair
from bench.kit import TIMED
from strategies.disassemble.assembly import Instruction, decode

CONTEXT = 4  # lines around a difference

Instructions = tuple[Instruction, ...]


class ExplainError(BenchError):
    """There is nothing of that name to explain."""


def explained(matched: Matched, what: str) -> Iterator[str]:
    """Yield the difference of WORKLOAD/SHAPE/PHASE[/VARIANT], a kernel behind the other.

    Raises:
        ExplainError: if no pair has that name.
    """
    parts = what.split("/")
    phase = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004  as a cell's name has it
    name = "/".join(parts[3:])
    pairs = [pair for pair in matched.pairs if name in {"", pair.name}]
    if phase not in TIMED or not pairs:
        names = ", ".join(pair.name for pair in matched.pairs)
        raise ExplainError(f"{what}: name a cell, blk/4k-read/add say, and one of {names}")
    for pair in pairs:
        for kernel in TIMED[phase]:
            yield from _difference(pair, kernel)


def _difference(pair: Pair, kernel: str) -> Iterator[str]:
    base, head = pair.base.codes[kernel], pair.head.codes[kernel]
    if base == head:
        yield f"{pair.name} {kernel}: identical code, {len(base.text)} bytes"
        return
    yield f"{pair.name} {kernel}: {len(base.text)} bytes before, {len(head.text)} now"
    before, now = listings(decode(base), decode(head))
    yield from difflib.unified_diff(before, now, "base", "head", n=CONTEXT, lineterm="")


def listings(before: Instructions, now: Instructions) -> tuple[list[str], list[str]]:
    """Return every instruction of both, a jump with the number of head's line that it leads to.

    An address or a distance changes with every byte between; a line moves with what stands there.
    """
    moved = _moved([_masked(one) for one in before], [_masked(one) for one in now])
    return (
        list(_lines(before, lambda line: f"{moved[line] + 1}")),
        list(_lines(now, lambda line: f"{line + 1}")),
    )


def _moved(before: list[str], now: list[str]) -> list[int]:
    """Return for each of base's lines the line of head that stands in its place."""
    matcher = difflib.SequenceMatcher(None, before, now, autojunk=False)
    found = [0] * len(before)
    for _, first, end, other, other_end in matcher.get_opcodes():
        for line in range(first, end):
            found[line] = min(other + line - first, max(other, other_end - 1))
    return found


def _lines(instructions: tuple[Instruction, ...], numbered: Callable[[int], str]) -> Iterator[str]:
    lines = {one.address: line for line, one in enumerate(instructions)}
    for one in instructions:
        target = None if one.target is None else lines.get(one.target)
        operands = one.operands if target is None else f"-> line {numbered(target)}"
        yield f"{one.mnemonic:<8} {operands}".rstrip()


def _masked(one: Instruction) -> str:
    return one.mnemonic if one.target is not None else f"{one.mnemonic} {one.operands}"
