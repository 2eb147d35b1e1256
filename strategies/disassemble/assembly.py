"""What each instruction of a kernel does, as capstone decodes it: one table per architecture.

Loads and stores are memory operands; pushes, calls and returns do not count. A read-modify-write
is one of each, and a pair that aarch64 loads or stores at once is two.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import capstone
from capstone import arm64, x86

from strategies.compile.code import Code
from strategies.compile.target import MACHINE

TWO = 2
PADDING = b"\x00\x90\xcc"  # may follow the last instruction


class CodeError(Exception):
    """Bytes that are not a kernel's code; the text says where."""


class Flow(enum.Enum):
    """Where control goes after an instruction."""

    ON = "to the next instruction"
    CALL = "to the target, then to the next instruction"
    BRANCH = "to the target or the next instruction"
    JUMP = "to the target, or out of the kernel if it is not known"
    RETURN = "out of the kernel"
    TRAP = "nowhere: control must not get here"


@dataclass(frozen=True)
class Memory:
    """What an instruction moves between registers and memory."""

    loads: int = 0
    stores: int = 0
    two_byte_load: bool = False  # such as a descriptor's next


@dataclass(frozen=True)
class Instruction:
    """One instruction; addresses are offsets into the text."""

    address: int
    size: int
    mnemonic: str
    operands: str
    memory: Memory
    flow: Flow
    target: int | None  # None: not a branch, jump or call, or an indirect one
    conditional_move: bool

    @property
    def decides(self) -> bool:
        """Whether its result depends on a condition."""
        return self.conditional_move or self.flow is Flow.BRANCH


@dataclass(frozen=True)
class Table:
    """An architecture's instructions by purpose, as capstone's numbers."""

    architecture: int
    mode: int
    jumps: frozenset[int]  # unconditional, unless they carry a condition code
    traps: frozenset[int]
    conditional_moves: frozenset[int]
    memory: Callable[[Any], Memory]


def decode(code: Code, machine: str = MACHINE) -> tuple[Instruction, ...]:
    """All instructions of a kernel's text.

    Raises:
        CodeError: if a byte is not part of an instruction, trailing padding excepted.
    """
    if machine not in TABLES:
        raise CodeError(f"{machine} is not supported, only {' and '.join(TABLES)}")
    table = TABLES[machine]
    decoder = capstone.Cs(table.architecture, table.mode)
    decoder.detail = True
    decoded = tuple(_instruction(insn, table) for insn in decoder.disasm(code.text, 0))
    end = decoded[-1].address + decoded[-1].size if decoded else 0
    if not decoded or code.text[end:].strip(PADDING):
        raise CodeError(
            f"the byte at {end:#x} of {len(code.text)} is not an instruction of {machine}"
        )
    return decoded


def disassemble(code: Code, machine: str = MACHINE) -> list[tuple[int, str, str]]:
    """Address, mnemonic and operands of every instruction."""
    return [(i.address, i.mnemonic, i.operands) for i in decode(code, machine)]


def _instruction(insn: Any, table: Table) -> Instruction:
    flow = _flow(insn, table)
    return Instruction(
        address=insn.address,
        size=insn.size,
        mnemonic=insn.mnemonic,
        operands=insn.op_str,
        memory=table.memory(insn),
        flow=flow,
        target=_target(insn) if flow in {Flow.CALL, Flow.BRANCH, Flow.JUMP} else None,
        conditional_move=insn.id in table.conditional_moves,
    )


def _flow(insn: Any, table: Table) -> Flow:
    if insn.group(capstone.CS_GRP_CALL):  # first: on aarch64 calls are also in the group of jumps
        return Flow.CALL
    if insn.group(capstone.CS_GRP_JUMP):
        return Flow.JUMP if insn.id in table.jumps and not _has_condition(insn) else Flow.BRANCH
    if insn.group(capstone.CS_GRP_RET):
        return Flow.RETURN
    return Flow.TRAP if insn.id in table.traps else Flow.ON


def _has_condition(insn: Any) -> bool:
    """Whether aarch64's one ``b`` is a ``b.cond``."""
    return insn.id == arm64.ARM64_INS_B and insn.cc not in {
        arm64.ARM64_CC_INVALID,
        arm64.ARM64_CC_AL,
        arm64.ARM64_CC_NV,
    }


def _target(insn: Any) -> int | None:
    last = insn.operands[-1]  # after the register, and bit, that cbz and tbz test
    return int(last.imm) if last.type == capstone.CS_OP_IMM else None


def _ids(architecture: ModuleType, *prefixes: str, suffix: str = "") -> frozenset[int]:
    """The numbers of all instructions with one of these prefixes and this suffix."""
    constants = vars(architecture).items()
    return frozenset(
        n for name, n in constants if name.startswith(prefixes) and name.endswith(suffix)
    )


X86_ADDRESS_ONLY = frozenset({x86.X86_INS_LEA, x86.X86_INS_NOP}) | _ids(x86, "X86_INS_PREFETCH")


def _x86_memory(insn: Any) -> Memory:
    if insn.id in X86_ADDRESS_ONLY:
        return Memory()
    operands = [o for o in insn.operands if o.type == capstone.CS_OP_MEM]
    return Memory(
        loads=sum(bool(o.access & capstone.CS_AC_READ) for o in operands),
        stores=sum(bool(o.access & capstone.CS_AC_WRITE) for o in operands),
        two_byte_load=any(o.size == TWO and o.access & capstone.CS_AC_READ for o in operands),
    )


def _arm64_ids(*names: str, suffix: str = "") -> frozenset[int]:
    return _ids(arm64, *(f"ARM64_INS_{name}" for name in names), suffix=suffix)


# capstone 5 reports every stored operand as read, too, so these are lists of instructions:
ATOMIC = ("ADD", "CLR", "EOR", "SET", "SMAX", "SMIN", "UMAX", "UMIN")
ARM64_BOTH = _arm64_ids(*(side + what for side in ("LD", "ST") for what in ATOMIC), "SWP", "CAS")
ARM64_LOADS = _arm64_ids("LD") | ARM64_BOTH
ARM64_STORES = _arm64_ids("ST") | ARM64_BOTH
ARM64_PAIRS = _arm64_ids("LDP", "LDNP", "LDXP", "LDAXP", "STP", "STNP", "STXP", "STLXP", "CASP")
ARM64_TWO_BYTE_LOADS = ARM64_LOADS & _arm64_ids("", suffix="H")
# Those with two registers: cset, like setcc, only turns a condition into a number.
ARM64_CONDITIONAL_MOVES = _arm64_ids("CSEL", "CSINC", "CSINV", "CSNEG", "CINC", "CINV", "CNEG")


def _arm64_memory(insn: Any) -> Memory:
    words = TWO if insn.id in ARM64_PAIRS else 1
    return Memory(
        loads=words * (insn.id in ARM64_LOADS),
        stores=words * (insn.id in ARM64_STORES),
        two_byte_load=insn.id in ARM64_TWO_BYTE_LOADS,
    )


TABLES: Mapping[str, Table] = {
    "x86_64": Table(
        architecture=capstone.CS_ARCH_X86,
        mode=capstone.CS_MODE_64,
        jumps=frozenset({x86.X86_INS_JMP}),
        traps=frozenset({x86.X86_INS_UD2, x86.X86_INS_INT3, x86.X86_INS_HLT}),
        conditional_moves=_ids(x86, "X86_INS_CMOV"),
        memory=_x86_memory,
    ),
    "aarch64": Table(
        architecture=capstone.CS_ARCH_ARM64,
        mode=capstone.CS_MODE_LITTLE_ENDIAN,
        jumps=frozenset({arm64.ARM64_INS_B, arm64.ARM64_INS_BR}),
        traps=frozenset({arm64.ARM64_INS_UDF, arm64.ARM64_INS_BRK}),
        conditional_moves=ARM64_CONDITIONAL_MOVES,
        memory=_arm64_memory,
    ),
}
