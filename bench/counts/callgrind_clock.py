"""The clock that counts: called where the driver reads the time, it makes callgrind count.

So the driver that is counted is the driver that is timed, byte for byte. x86-64 only.
"""

from typing import Any

from llvmlite import ir
from numba import types

from strategies.compile.codegen import WORD, intrinsic
from strategies.linux.structs import struct
from strategies.linux.views import U64, on_stack, u64_at, view

START, ZERO_STATS, DUMP_STATS = (U64(0x4354_0000 + n) for n in (4, 1, 0))  # 'C', 'T': callgrind
PREAMBLE = "rolq $$3, %rdi; rolq $$13, %rdi; rolq $$61, %rdi; rolq $$51, %rdi; xchgq %rbx, %rbx"

ARGUMENTS = struct(("request", "u8"), ("given", "u8", 5))
arguments_at, arguments = view(ARGUMENTS), on_stack(ARGUMENTS)


@intrinsic
def valgrind(_typing: Any, address: Any) -> Any:
    """Pass the request at ``address`` to valgrind; a real processor does nothing."""
    del address

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(WORD, [WORD, WORD])
        places = "={rdx},{rax},0,~{memory},~{flags}"
        request = ir.InlineAsm(kind, PREAMBLE, places, side_effect=True)
        return builder.call(request, [values[0], ir.Constant(WORD, 0)])

    return types.uint64(types.uint64), generate


def mark(_clock_id: Any, timespec: Any) -> Any:
    """Start counting at every first call, dump the count at every second."""
    here = arguments()
    u64_at(timespec).value ^= U64(1)
    if u64_at(timespec).value == U64(1):
        arguments_at(here).request = START
        valgrind(here)
        arguments_at(here).request = ZERO_STATS
    else:
        arguments_at(here).request = DUMP_STATS
    valgrind(here)
    return 0
