"""How kernels are compiled: what numba is told, function by function.

A kernel is written in Python, typed in 64-bit words, and made into bare machine code: one block
of bytes that names no outside symbol, so that it runs wherever it is copied. numba's ``cfunc``
would add a wrapper, a second call of about 1 ns.
"""

import io
from collections.abc import Callable
from typing import Any, TypeVar, cast

import llvmlite.binding as llvm
import numba
import numba.extending
from elftools.elf.elffile import ELFFile
from llvmlite import ir
from numba import types

from strategies.code import Code

Function = TypeVar("Function", bound=Callable[..., Any])

WORD = ir.IntType(64)
FLAGS = {
    "error_model": "numpy",  # `%` without a path that raises ZeroDivisionError
    "boundscheck": False,
    "fastmath": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class CompileError(Exception):
    """A kernel could not be made into bare machine code."""


def intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a piece of LLVM callable from kernels: numba's ``intrinsic``, typed as they see it."""
    return cast("Callable[..., Any]", numba.extending.intrinsic(function))


def inline(function: Function) -> Function:
    """Make ``function`` callable from kernels; LLVM inlines it, as gcc does a static inline."""
    return cast("Function", numba.njit(error_model="numpy", forceinline=True)(function))


def machine_code(function: Callable[..., Any]) -> Code:
    """Compile ``int64 function(uint64, ...)`` to bytes.

    Raises:
        CompileError: if the code refers to anything outside itself.
    """
    words = function.__code__.co_argcount
    jitted = _jit(types.int64(*[types.uint64] * words))(function)
    module = llvm.parse_assembly(_exported(jitted, words))
    module.verify()
    return _text(_machine().emit_object(_only_kernel(module)), function.__name__)


def _jit(signature: Any) -> Any:
    return cast("Any", numba.njit)(signature, **FLAGS)


def _exported(jitted: Any, words: int) -> str:
    """Return LLVM assembly in which ``kernel`` is the function under C's calling convention."""
    (result,) = jitted.overloads.values()

    @intrinsic
    def address(_typing: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            context.add_linking_libs([result.library])
            kernel = ir.Function(builder.module, ir.FunctionType(WORD, [WORD] * words), "kernel")
            inside = ir.IRBuilder(kernel.append_basic_block())
            callee = context.declare_function(builder.module, result.fndesc)
            signature = result.signature
            _, value = context.call_conv.call_function(
                inside,
                callee,
                signature.return_type,
                signature.args,
                kernel.args,
                attrs=("alwaysinline",),
            )
            inside.ret(value)
            return builder.ptrtoint(kernel, WORD)

        return types.uint64(), generate

    getter = _jit(types.uint64())(lambda: address())  # noqa: PLW0108  numba wants a function
    (compiled,) = getter.overloads.values()
    return cast("str", compiled.library.get_llvm_str())


def _only_kernel(module: Any) -> Any:
    """Hide all but ``kernel`` and drop what it does not need."""
    for function in module.functions:
        if not function.is_declaration and function.name != "kernel":
            function.linkage = "internal"
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(_machine(), llvm.create_pipeline_tuning_options()))
    return module


def _machine() -> Any:
    """Return the target: this architecture's baseline, as numba was told above."""
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(cpu="generic", features="", opt=3, reloc="static")


def _text(image: bytes, name: str) -> Code:
    elf = ELFFile(io.BytesIO(image))
    symbols: Any = elf.get_section_by_name(".symtab")
    (symbol,) = symbols.get_symbol_by_name("kernel")
    index = symbol["st_shndx"]
    outside = [
        section.name
        for section in elf.iter_sections()
        if section["sh_type"] in {"SHT_REL", "SHT_RELA"} and section["sh_info"] == index
    ]
    if outside:
        raise CompileError(f"{name}: its machine code refers to symbols outside itself")
    return Code(elf.get_section(index).data(), symbol["st_value"])
