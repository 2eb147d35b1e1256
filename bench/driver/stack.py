"""The place of the stack within its page while turns are taken; drawn in every round, as pages are.

If a kernel's stack frame straddles two pages, so do its pushes and its loads of locals. That makes
a layout slower that calls, or builds an empty ring on the stack, but not the flat array, which
needs no stack (``bench.studies.stack``, docs/method.md). The system places the stack once per
process: a few processes would be affected in every round, and the others never.
"""

from typing import Any

from llvmlite import ir
from numba import types

from strategies.compile.codegen import intrinsic
from strategies.linux.views import call5


@intrinsic
def lower(_typing: Any, size: Any) -> Any:
    """Reserve ``size`` bytes of the stack until the function returns; return their address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        room = builder.alloca(ir.IntType(8), size=arguments[0])
        room.align = 16
        kept = ir.FunctionType(ir.VoidType(), [room.type])  # else LLVM would remove it
        builder.call(ir.InlineAsm(kept, "", "r,~{memory}", side_effect=True), [room])
        return builder.ptrtoint(room, ir.IntType(64))

    return types.uint64(size), generate


def stack(  # noqa: PLR0913, PLR0917  the driver's arguments, and where
    size: Any, driver: Any, order: Any, turns: Any, table: Any, out: Any, clock: Any
) -> Any:
    """Call the driver with the stack ``size`` bytes lower."""
    lower(size)
    return call5(driver, (order, turns, table, out, clock))
