"""numba for another machine: what it makes of Python is handed to the other's part of LLVM.

numba loads what it has compiled, so that it can be called. What is compiled for another machine is
never called, and holds instructions that this one lacks: nothing is loaded.
"""

from typing import Any

import llvmlite.binding as llvm
import numba
from numba.core.codegen import JITCodeLibrary, JITCPUCodegen

from strategies.compile.target import MACHINE

TRIPLE = f"{MACHINE}-unknown-linux-gnu"


def prepare() -> None:
    """Have this process load nothing any more, and know every machine that LLVM knows."""
    numba.njit("int64()")(lambda: 0)  # whereupon numba loads its own runtime
    for owner, name, instead in (
        (JITCodeLibrary, "_finalize_specific", _nothing),
        (JITCodeLibrary, "get_pointer_to_function", _nowhere),
        (JITCPUCodegen, "set_env", _nothing),
    ):
        setattr(owner, name, instead)
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def _nothing(*_: Any) -> None:
    """Load no code, and tell none where its environment is."""


def _nowhere(library: Any, _name: str) -> int:
    """The address of a function that numba is done with: it is not loaded."""
    library._ensure_finalized()  # noqa: SLF001  as the method that this stands for does
    return 0


def move(module: Any, machine: Any) -> None:
    """Make a module one of the other machine."""
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
