"""What the compilers made of the difference: both kernels' assembly, line against line."""

import difflib
from collections.abc import Iterator

from bench.errors import BenchError
from bench.gate.sides import Matched, Pair
from bench.kit import TIMED
from strategies.assembly import Instruction, decode
from strategies.code import Code

CONTEXT = 4  # lines around a difference


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
    yield from difflib.unified_diff(
        listing(base), listing(head), "base", "head", n=CONTEXT, lineterm=""
    )


def listing(code: Code) -> list[str]:
    """Return every instruction, jumps by their distance: an address moves with all before it."""
    return [_line(instruction) for instruction in decode(code)]


def _line(instruction: Instruction) -> str:
    operands = instruction.operands
    if instruction.target is not None:
        operands = f"{instruction.target - instruction.address:+#x}"
    return f"{instruction.mnemonic:<8} {operands}".rstrip()
