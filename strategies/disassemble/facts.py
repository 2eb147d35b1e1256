"""Instruction counts of a kernel: of the whole, and of one step of its walk.

The walk is every innermost loop that loads two bytes, such as a descriptor's ``next``, or that
calls. Loops are found in the control-flow graph of single instructions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass

from strategies.compile.code import Code
from strategies.compile.target import MACHINE
from strategies.disassemble.assembly import CodeError, Flow, Instruction, decode
from strategies.disassemble.loops import (
    EXIT,
    Graph,
    Loop,
    Merit,
    best_round,
    best_way,
    innermost,
    postorder,
)

OUTSIDE = -2  # the caller of all functions
Instructions = Mapping[int, Instruction]
DIRECTIONS = {"1": "out", "3": "in"}  # by a descriptor's flags: NEXT, NEXT | WRITE


@dataclass(frozen=True)
class Counts:
    """Numbers of instructions, by what they do."""

    instructions: int = 0
    loads: int = 0
    stores: int = 0
    branches: int = 0  # conditional or not, without calls and returns
    conditional_moves: int = 0
    calls: int = 0
    bytes: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Walk:
    """A loop of the walk, and what one step of it executes.

    Among several paths, a step takes one that passes a 2-byte load and makes the most decisions
    (conditional branches and moves), and of these the shortest. In ``sg_next`` that is the path
    from an entry to its neighbour: the end of the list skips the test for a link, and following a
    link adds instructions. The number of loads would mislead, as some compilers load a link twice;
    so would the order of the code, as they put different parts out of line.
    """

    address: int
    way: Counts  # one step, without the functions it calls
    helpers: Counts  # the path of one step through those functions, chosen likewise
    body: Counts  # every instruction of the loop
    direction: str = ""  # out or in, if the flags that it stores say so

    @property
    def step(self) -> Counts:
        """The cost of a descriptor: instructions of the loop and of its helpers."""
        return self.way + self.helpers


@dataclass(frozen=True)
class Facts:
    """Counts of a kernel."""

    whole: Counts  # every reachable instruction
    walks: tuple[Walk, ...]  # in order of address


def facts(code: Code, machine: str = MACHINE) -> Facts:
    """Count a kernel's instructions.

    Raises:
        CodeError: if bytes are not instructions, or a jump leads out of the text.
    """
    instructions = {instruction.address: instruction for instruction in decode(code, machine)}
    graph = control_flow(instructions, code.entry)
    walks = (_walk(instructions, graph, loop) for loop in innermost(graph))
    reached = [instructions[address] for address in graph if address in instructions]
    return Facts(count(reached), tuple(walk for walk in walks if walk))


def control_flow(instructions: Instructions, entry: int) -> dict[int, tuple[int, ...]]:
    """The successors of every node that can be reached from ``entry``.

    A called function is entered from OUTSIDE, and its return leads to EXIT. A call itself continues
    at the next instruction, so a helper's loops are not part of its caller's.
    """
    everywhere = {address: _successors(instructions, address) for address in instructions}
    everywhere[EXIT] = ()
    functions = [entry]
    for function in functions:
        called = (instructions.get(address) for address in postorder(everywhere, [function]))
        targets = {i.target for i in called if i and i.flow is Flow.CALL and i.target is not None}
        functions += sorted(targets - set(functions))
    everywhere[OUTSIDE] = tuple(functions)
    return {node: everywhere[node] for node in [*postorder(everywhere, [OUTSIDE]), EXIT]}


def count(instructions: Iterable[Instruction]) -> Counts:
    """The counts of several instructions."""
    return sum(map(_counts, instructions), Counts())


def _successors(instructions: Instructions, address: int) -> tuple[int, ...]:
    here = instructions[address]
    if here.target is not None and here.target not in instructions:
        raise CodeError(f"{here.mnemonic} at {address:#x} leads out of the text")
    following = (address + here.size,) if address + here.size in instructions else ()
    target = (EXIT,) if here.target is None else (here.target,)
    return {
        Flow.ON: following,
        Flow.CALL: following,
        Flow.BRANCH: (*following, *target),
        Flow.JUMP: target,
        Flow.RETURN: (EXIT,),
        Flow.TRAP: (),
    }[here.flow]


def _walk(instructions: Instructions, graph: Graph, loop: Loop) -> Walk | None:
    body = [instructions[address] for address in sorted(loop.body)]
    calls = [i.address for i in body if i.flow is Flow.CALL]
    through = _two_byte_loads(body) or calls
    if not through:
        return None
    way = best_round(graph, loop, through, _merit(instructions))
    return Walk(
        address=min(loop.headers),
        way=count(instructions[address] for address in way),
        helpers=_helpers(instructions, graph, way),
        body=count(body),
        direction=_direction(body),
    )


def _direction(body: Iterable[Instruction]) -> str:
    """The list that a loop walks, by the flags it stores; empty if they are not one constant."""
    moved = {
        i.operands.rpartition(" ")[2].lstrip("#") for i in body if i.mnemonic.startswith("mov")
    }
    directions = [DIRECTIONS[flags] for flags in DIRECTIONS.keys() & moved]
    return directions[0] if len(directions) == 1 else ""


def _helpers(instructions: Instructions, graph: Graph, way: list[int]) -> Counts:
    """The counts of all functions called on a path, and of those that they call."""
    total = Counts()
    for call in (instructions[address] for address in way):
        if call.flow is Flow.CALL and call.target is not None:
            function = [instructions[a] for a in postorder(graph, [call.target]) if a != EXIT]
            through = _two_byte_loads(function) or [call.target]
            inside = best_way(graph, call.target, through, _merit(instructions))
            total += count(instructions[address] for address in inside)
            total += _helpers(instructions, graph, inside)
    return total


def _two_byte_loads(instructions: Iterable[Instruction]) -> list[int]:
    return [i.address for i in instructions if i.memory.two_byte_load]


def _merit(instructions: Instructions) -> Merit:
    def merit(way: list[int]) -> tuple[int, int]:
        return sum(instructions[address].decides for address in way), -len(way)

    return merit


def _counts(instruction: Instruction) -> Counts:
    return Counts(
        instructions=1,
        loads=instruction.memory.loads,
        stores=instruction.memory.stores,
        branches=instruction.flow in {Flow.BRANCH, Flow.JUMP},
        conditional_moves=int(instruction.conditional_move),
        calls=instruction.flow is Flow.CALL,
        bytes=instruction.size,
    )
