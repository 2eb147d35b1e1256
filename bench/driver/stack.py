"""Where the stack lies while turns are taken: its place within a page, drawn as pages are.

Where the frames of a kernel's calls and locals straddle two pages, so do its pushes and its loads
of locals. On an AMD EPYC of family 26 that makes ``sg_ring``, which keeps an empty ring on the
stack, 11 % slower on three descriptors, and a chain whose ``sg_next`` is a call 25 %, while the
flat array, which needs no stack, stays what it is (docs/method.md). The system draws the stack's
place once a process: one process in forty had it in every round, and the others never.
"""

from typing import Any

from llvmlite import ir
from numba import types

from strategies.compile.codegen import intrinsic
from strategies.linux.views import call5


@intrinsic
def lower(_typing: Any, size: Any) -> Any:
    """Take ``size`` bytes of the stack until the function returns; their address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        room = builder.alloca(ir.IntType(8), size=arguments[0])
        room.align = 16
        kept = ir.FunctionType(ir.VoidType(), [room.type])  # LLVM would drop what nobody uses
        builder.call(ir.InlineAsm(kept, "", "r,~{memory}", side_effect=True), [room])
        return builder.ptrtoint(room, ir.IntType(64))

    return types.uint64(size), generate


def stack(  # noqa: PLR0913, PLR0917  what the driver takes, and where
    size: Any, driver: Any, order: Any, turns: Any, table: Any, out: Any, clock: Any
) -> Any:
    """Call the driver with the stack ``size`` bytes lower than it was."""
    lower(size)
    return call5(driver, (order, turns, table, out, clock))
