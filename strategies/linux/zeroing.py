"""Zeroing with the instructions of the kernel of 2007, not those of libc.

arch/x86/lib/memset_64.S of Linux 2.6.24 has two bodies and uses the first if the processor reports
fast string operations (X86_FEATURE_REP_GOOD):

``by_stos``   ``rep stosq``
``by_mov``    a loop of eight ``movq``, then a loop of one

On aarch64, which Linux did not support then, both are a loop of ``stp xzr, xzr``, 16 bytes per
step, without ``dc zva``, which clears whole aligned blocks.

Lengths are multiples of an entry, 32 bytes.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from strategies.compile.codegen import WORD, inline, intrinsic
from strategies.compile.target import MACHINE
from strategies.linux.views import U64, barrier, u64_at

STOS = "rep stosq"
MOVES = """
movq %rcx, %rdx
shrq $$3, %rcx
jz 2f
1: decq %rcx
movq %rax, (%rdi)
movq %rax, 8(%rdi)
movq %rax, 16(%rdi)
movq %rax, 24(%rdi)
movq %rax, 32(%rdi)
movq %rax, 40(%rdi)
movq %rax, 48(%rdi)
movq %rax, 56(%rdi)
leaq 64(%rdi), %rdi
jnz 1b
2: andq $$7, %rdx
jz 4f
3: decq %rdx
movq %rax, (%rdi)
leaq 8(%rdi), %rdi
jnz 3b
4:
"""
OF_X86 = "={rdi},={rcx},{rax},0,1,~{rdx},~{memory},~{flags},~{dirflag},~{fpsr}"


def zeroer(assembly: str) -> Callable[[Any, Any], Any]:
    """A function for kernels that zeroes ``words`` words of 8 bytes at an address."""

    @intrinsic
    def zero(_typing: Any, address: Any, words: Any) -> Any:
        del address, words

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            moved = ir.LiteralStructType([WORD, WORD])
            kind = ir.FunctionType(moved, [WORD] * 3)
            nothing = ir.Constant(WORD, 0)
            code = ir.InlineAsm(kind, assembly, OF_X86, side_effect=True)
            builder.call(code, [nothing, *arguments])
            return context.get_dummy_value()

        return types.void(types.uint64, types.uint64), generate

    return zero


@inline
def by_pairs(address: Any, words: Any) -> Any:
    """A loop that LLVM must neither unroll nor make a call of memset."""
    end = address + (words << U64(3))
    while address < end:
        u64_at(address).value = U64(0)
        u64_at(address + U64(8)).value = U64(0)
        address += U64(16)
        barrier()


by_stos, by_mov = zeroer(STOS), zeroer(MOVES)
if MACHINE == "aarch64":
    by_stos = by_mov = by_pairs
