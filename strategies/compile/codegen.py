"""How numba compiles kernels to bare machine code.

A kernel is a Python function of 64-bit words. It becomes one block of bytes that refers to no
outside symbol, so it runs at any address. numba's ``cfunc`` would add a wrapper, and so a second
call of about 1 ns.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import llvmlite.binding as llvm
import numba
import numba.extending
from llvmlite import ir
from numba import types
from numba.core import config

from strategies.compile import foreign
from strategies.compile.code import Code
from strategies.compile.elf import text_of
from strategies.compile.target import HERE, MACHINE

# numba may have been imported before ``KNOBS`` were set:
cast("Callable[[], None]", config.reload_config)()
if MACHINE != HERE:
    foreign.prepare()

Function = TypeVar("Function", bound=Callable[..., Any])

WORD = ir.IntType(64)
FLAGS = {
    "error_model": "numpy",  # `%` does not raise ZeroDivisionError
    "boundscheck": False,
    "fastmath": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a piece of LLVM callable from kernels: numba's ``intrinsic``, with a type."""
    return cast("Callable[..., Any]", numba.extending.intrinsic(function))


def inline(function: Function) -> Function:
    """Make ``function`` callable from kernels, inlined as gcc does a static inline."""
    return cast("Function", numba.njit(error_model="numpy", forceinline=True)(function))


def outofline(function: Callable[..., Any], words: int) -> Callable[..., Any]:
    """Make ``function`` callable from kernels by a real call under C's calling convention.

    So a compiler calls an exported function, or a static one that it does not inline.
    """

    @cache
    def compiled() -> Any:  # on first use: importing a strategy compiles nothing
        (result,) = _jit(types.uint64(*[types.uint64] * words))(function).overloads.values()
        return result

    def declare(context: Any, module: Any) -> Any:
        name = f"outofline.{compiled().fndesc.llvm_func_name}"
        if name in module.globals:
            return module.globals[name]
        helper = _c_function(context, module, name, compiled())
        helper.linkage = "internal"
        helper.attributes.add("noinline")
        return helper

    @intrinsic
    def call(_typing: Any, arguments: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            context.add_linking_libs([compiled().library])
            given = [builder.extract_value(values[0], index) for index in range(words)]
            return builder.call(declare(context, builder.module), given)

        return types.uint64(arguments), generate

    return call


def machine_code(function: Callable[..., Any]) -> Code:
    """Compile ``int64 function(uint64, ...)`` to bytes.

    Raises:
        OutsideSymbolError: if the code refers to an outside symbol.
    """
    words = function.__code__.co_argcount
    jitted = _jit(types.int64(*[types.uint64] * words))(function)
    module = llvm.parse_assembly(_exported(jitted))
    if MACHINE != HERE:
        foreign.move(module, _machine())
    module.verify()
    return text_of(_machine().emit_object(_only_kernel(module)), "kernel")


def _jit(signature: Any) -> Any:
    return cast("Any", numba.njit)(signature, **FLAGS)


def _exported(jitted: Any) -> str:
    """LLVM assembly in which ``kernel`` is the function under C's calling convention."""
    (result,) = jitted.overloads.values()

    @intrinsic
    def address(_typing: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            context.add_linking_libs([result.library])
            kernel = _c_function(context, builder.module, "kernel", result)
            return builder.ptrtoint(kernel, WORD)

        return types.uint64(), generate

    getter = _jit(types.uint64())(lambda: address())  # noqa: PLW0108  numba wants a function
    (compiled,) = getter.overloads.values()
    return cast("str", compiled.library.get_llvm_str())


def _c_function(context: Any, module: Any, name: str, result: Any) -> Any:
    """Add ``name`` to ``module``: a compiled function of words under C's calling convention."""
    signature = result.signature
    kind = ir.FunctionType(WORD, [WORD] * len(signature.args))
    function = ir.Function(module, kind, name)
    inside = ir.IRBuilder(function.append_basic_block())
    _, value = context.call_conv.call_function(
        inside,
        context.declare_function(module, result.fndesc),
        signature.return_type,
        signature.args,
        function.args,
        attrs=("alwaysinline",),
    )
    inside.ret(value)
    return function


def _only_kernel(module: Any) -> Any:
    """Make all but ``kernel`` internal, and drop what it does not need."""
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
    """The target: its architecture's baseline, as in ``KNOBS``, in the small code model."""
    here = MACHINE == HERE
    target = llvm.Target.from_triple(llvm.get_default_triple() if here else foreign.TRIPLE)
    return target.create_target_machine(
        cpu="generic", features="", opt=3, reloc="static", codemodel="small"
    )
