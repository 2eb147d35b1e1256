"""The effect of a difference on machine code: both kernels' assembly, line by line."""

import difflib
from collections.abc import Callable, Iterator

from bench.errors import BenchError
from bench.gate.versions.sides import Matched, Pair
from strategies import PHASES
from strategies.disassemble.assembly import Instruction, decode

CONTEXT = 4  # lines around a difference

Instructions = tuple[Instruction, ...]


class ExplainError(BenchError):
    """Nothing of that name can be explained."""


def explained(matched: Matched, what: str) -> Iterator[str]:
    """The difference of WORKLOAD/SHAPE/PHASE[/VARIANT], kernel by kernel.

    Raises:
        ExplainError: if no pair has that name.
    """
    parts = what.split("/")
    phase = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004  the parts of a cell's name
    name = "/".join(parts[3:])
    pairs = [pair for pair in matched.pairs if name in {"", pair.name}]
    if phase not in PHASES or not pairs:
        names = ", ".join(pair.name for pair in matched.pairs)
        raise ExplainError(f"{what}: name a cell, such as blk/4k-read/add, and one of {names}")
    for pair in pairs:
        for kernel in PHASES[phase]:
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
    """Every instruction of both sides; the target of a jump is given as a line of head.

    Addresses and distances change with every byte in between; lines move with their content.
    """
    moved = _moved([_masked(one) for one in before], [_masked(one) for one in now])
    return (
        list(_lines(before, lambda line: f"{moved[line] + 1}")),
        list(_lines(now, lambda line: f"{line + 1}")),
    )


def _moved(before: list[str], now: list[str]) -> list[int]:
    """For each line of base, the line of head in its place."""
    matcher = difflib.SequenceMatcher(None, before, now, autojunk=False)
    places = [0] * len(before)
    for _, first, end, other, other_end in matcher.get_opcodes():
        for line in range(first, end):
            places[line] = min(other + line - first, max(other, other_end - 1))
    return places


def _lines(instructions: tuple[Instruction, ...], numbered: Callable[[int], str]) -> Iterator[str]:
    lines = {one.address: line for line, one in enumerate(instructions)}
    for one in instructions:
        target = None if one.target is None else lines.get(one.target)
        operands = one.operands if target is None else f"-> line {numbered(target)}"
        yield f"{one.mnemonic:<8} {operands}".rstrip()


def _masked(one: Instruction) -> str:
    return one.mnemonic if one.target is not None else f"{one.mnemonic} {one.operands}"
