"""Typed views of addresses, and features of C that Python lacks.

A view reads an address as a record, ``*(struct x *)address``. LLVM must assume that any two views
may alias, as gcc does with ``-fno-strict-aliasing``, so a field is loaded every time it is read.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import from_dtype, types

from strategies.compile.codegen import WORD, intrinsic
from strategies.compile.target import MACHINE
from strategies.linux.structs import (
    GROUP,
    REQUEST,
    SCATTERLIST,
    SEGMENT,
    SG_RING,
    VIRTQUEUE,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
    VRING_USED_ELEM,
    struct,
)

llvm.initialize_native_asmparser()  # barriers are assembly

U64, U32, U16 = np.uint64, np.uint32, np.uint16
_ARM = MACHINE == "aarch64"
CLOBBERED = "~{memory},~{flags}"


def view(dtype: np.dtype[Any]) -> Callable[[Any], Any]:
    """A function for kernels that views an address as a record of ``dtype``."""
    record = from_dtype(dtype)

    @intrinsic
    def at(_typing: Any, address: Any) -> Any:
        del address

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(record))

        return record(types.uint64), generate

    return at


scatterlist = view(SCATTERLIST)
sg_ring = view(SG_RING)
vring_desc = view(VRING_DESC)
vring_avail = view(VRING_AVAIL)
vring_used = view(VRING_USED)
vring_used_elem = view(VRING_USED_ELEM)
virtqueue = view(VIRTQUEUE)
request_at = view(REQUEST)
group_at = view(GROUP)
segment_at = view(SEGMENT)
u64_at = view(struct(("value", "u8")))
u16_at = view(struct(("value", "u2")))


@intrinsic
def unlikely(_typing: Any, condition: Any) -> Any:
    """``unlikely(x)``: a hint to LLVM that the word is usually 0."""
    del condition

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(WORD, [WORD, WORD])
        expect = builder.module.declare_intrinsic("llvm.expect", [WORD], kind)
        return builder.call(expect, [arguments[0], ir.Constant(WORD, 0)])

    return types.uint64(types.uint64), generate


@intrinsic
def select(_typing: Any, condition: Any, then: Any, otherwise: Any) -> Any:
    """``condition ? then : otherwise`` as a conditional move; LLVM must not make it a branch."""
    del condition, then, otherwise

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        condition = builder.icmp_unsigned("!=", arguments[0], ir.Constant(WORD, 0))
        choice = builder.select(condition, arguments[1], arguments[2])
        choice.set_metadata("unpredictable", builder.module.add_metadata([]))
        return choice

    return types.uint64(*[types.uint64] * 3), generate


@intrinsic
def trap(_typing: Any) -> Any:
    """Stop for good, as ``BUG()`` does: an invalid instruction."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(builder.module.declare_intrinsic("llvm.trap", (), kind), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def used(_typing: Any, word: Any) -> Any:
    """Have a word in a register here, for nothing: what loads it stays."""
    del word

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [WORD])
        builder.call(ir.InlineAsm(kind, "", "r", side_effect=True), arguments)
        return context.get_dummy_value()

    return types.void(types.uint64), generate


@intrinsic
def remainder(_typing: Any, dividend: Any, divisor: Any) -> Any:
    """C's ``dividend % divisor`` of unsigned ints, without numba's test for zero."""
    del dividend, divisor

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.urem(*arguments)

    return types.uint32(types.uint32, types.uint32), generate


def on_stack(dtype: np.dtype[Any]) -> Callable[[], Any]:
    """A function for kernels that returns the address of a record in this call's frame."""

    @intrinsic
    def local(_typing: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            with builder.goto_entry_block():
                words = ir.ArrayType(WORD, dtype.itemsize // 8)
                return builder.ptrtoint(builder.alloca(words), WORD)

        return types.uint64(), generate

    return local


def statement(assembly: str) -> Callable[[], None]:
    """A function for kernels that is a statement of assembly; clobbers memory and flags."""

    @intrinsic
    def run(_typing: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(ir.InlineAsm(kind, assembly, CLOBBERED, side_effect=True), [])
            return context.get_dummy_value()

        return types.void(), generate

    return run


def acquire(dtype: Any) -> Callable[[Any], Any]:
    """A function for kernels that loads with acquire semantics."""
    word, kind = ir.IntType(dtype.bitwidth), dtype

    @intrinsic
    def load(_typing: Any, address: Any) -> Any:
        del address

        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], word.as_pointer())
            return builder.load_atomic(pointer, "acquire", word.width // 8)

        return kind(types.uint64), generate

    return load


def release(dtype: Any) -> Callable[[Any, Any], None]:
    """A function for kernels that stores with release semantics."""
    word, kind = ir.IntType(dtype.bitwidth), dtype

    @intrinsic
    def store(_typing: Any, address: Any, value: Any) -> Any:
        del address, value

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], word.as_pointer())
            builder.store_atomic(arguments[1], pointer, "release", word.width // 8)
            return context.get_dummy_value()

        return types.void(types.uint64, kind), generate

    return store


acquire_u16, acquire_u64 = acquire(types.uint16), acquire(types.uint64)
release_u16 = release(types.uint16)


def of_arm(name: str, operand: int) -> Callable[[], None]:
    """A function for kernels that is one instruction of aarch64, which LLVM has an intrinsic for.

    So it needs no assembler of aarch64, which a process of another machine has not.
    """

    @intrinsic
    def run(_typing: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [number])
            instruction = builder.module.declare_intrinsic(f"llvm.aarch64.{name}", (), kind)
            builder.call(instruction, [ir.Constant(number, operand)])
            return context.get_dummy_value()

        return types.void(), generate

    return run


@intrinsic
def flush(_typing: Any, address: Any) -> Any:
    """Write back a cache line and evict it from all caches."""
    del address

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        if _ARM:
            kind = ir.FunctionType(ir.VoidType(), [ir.MetaDataType(), WORD])
            write = builder.module.declare_intrinsic("llvm.write_register", [WORD], kind)
            builder.call(write, [builder.module.add_metadata([DC_CIVAC]), *arguments])
        else:
            kind = ir.FunctionType(ir.VoidType(), [WORD])
            line = ir.InlineAsm(kind, "clflush ($0)", "r,~{memory}", side_effect=True)
            builder.call(line, arguments)
        return context.get_dummy_value()

    return types.void(types.uint64), generate


DC_CIVAC = "1:3:7:14:1"  # the instruction as the system register whose number it has
if _ARM:
    wmb, mb = of_arm("dsb", 0b1110), of_arm("dsb", 0b1111)  # dsb st, dsb sy
    smp_mb = of_arm("dmb", 0b1011)  # dmb ish
    smp_wmb, smp_rmb = of_arm("dmb", 0b1010), of_arm("dmb", 0b1001)  # dmb ishst, dmb ishld
    pause = of_arm("hint", 1)  # yield
else:
    wmb = statement("sfence")  # asm-x86/system_64.h of 2.6.24
    mb = statement("mfence")
    smp_mb = statement("lock; addl $$0, -4(%rsp)")  # as today
    smp_wmb = smp_rmb = statement("")  # as today, for the compiler alone
    pause = statement("pause")
barrier = statement("")  # of the compiler alone


def caller(words: int) -> Callable[..., Any]:
    """A function for kernels that calls the C function at an address.

    ``vq_ops->add_buf`` was an indirect call until 2010, and LLVM cannot inline an indirect call.
    """

    @intrinsic
    def call(_typing: Any, function: Any, arguments: Any) -> Any:
        del function

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            del context, signature
            kind = ir.FunctionType(WORD, [WORD] * words)
            pointer = builder.inttoptr(values[0], kind.as_pointer())
            return builder.call(
                pointer, [builder.extract_value(values[1], i) for i in range(words)]
            )

        return types.int64(types.uint64, arguments), generate

    return call


call1, call2, call3, call5 = (caller(words) for words in (1, 2, 3, 5))
