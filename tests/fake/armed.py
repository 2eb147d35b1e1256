"""numba's kernels as LLVM makes them for aarch64: ``python -m tests.fake.armed LABEL``.

In a process of its own, for which instruction a barrier is is decided when ``strategies`` is
imported. numba compiles for this machine first, where aarch64's assembly is none, so it stands in
comments until numba is done; and the LLVM that numba brings has an assembler for this machine
alone, so each is then an intrinsic that becomes the same instruction. One has none: the cache flush
of the experiment ``other-side`` is left out. The label is a strategy's, or HARNESS for what serves
all; machine code goes to standard output, as JSON.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import llvmlite.binding as llvm
import numba
from llvmlite import ir

from strategies.compile.code import Code
from strategies.compile.elf import text_of
from tests.fake.shared import once

ROOT = Path(__file__).parents[2]
MACHINE, TRIPLE = "aarch64", "aarch64-unknown-linux-gnu"
HARNESS = "harness"
INTRINSICS = {  # of LLVM: name and operand, for a statement of strategies.linux.views
    "dsb st": ("llvm.aarch64.dsb", 14),
    "dsb sy": ("llvm.aarch64.dsb", 15),
    "dmb ish": ("llvm.aarch64.dmb", 11),
    "yield": ("llvm.aarch64.hint", 1),
}
LEFT_OUT = "dc civac, $0"
COMMENT = "#of-aarch64:"  # to an assembler of x86-64 the rest of the line means nothing
CALL = re.compile(rf'call void asm sideeffect "{COMMENT}([^"]*)", "[^"]*"\([^)]*\)(?: #\d+)?')
SHARED = ("kick", "kick_smp", "kick_bare", "get_buf")  # the virtqueue's, beside the harness's own


def kernels(label: str) -> dict[str, Code]:
    """Machine code for aarch64 by kernel, of a strategy or HARNESS, made once per test run."""
    return once(f"{MACHINE} {label}", lambda: _asked(label))


def _asked(label: str) -> dict[str, Code]:
    command = [sys.executable, "-m", "tests.fake.armed", label]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout).items()
    return {kernel: Code(bytes.fromhex(text), entry) for kernel, (text, entry) in found}


class Commented(ir.InlineAsm):  # type: ignore[misc]  # llvmlite has no types
    """Assembly that is none here."""

    def __init__(self, ftype: Any, asm: str, constraint: str, *, side_effect: bool = False) -> None:
        asm = f"{COMMENT}{asm}" if asm else asm
        super().__init__(ftype, asm, constraint, side_effect=side_effect)


def with_intrinsics(text: str) -> str:
    """A module whose statements for aarch64 are calls of intrinsics."""
    names = sorted({name for name, _ in INTRINSICS.values()})
    declared = "".join(f"declare void @{name}(i32)\n" for name in names)
    found = CALL.sub(lambda call: _intrinsic(call[1], call[0]), text)
    return f"{found}\n{declared}"


def _intrinsic(statement: str, call: str) -> str:
    if statement == LEFT_OUT:
        return call.replace(f"{COMMENT}{statement}", "")
    name, operand = INTRINSICS[statement]
    return f"call void @{name}(i32 {operand})"


def compiler() -> Callable[[Callable[..., Any]], Code]:
    """``codegen.machine_code`` for the other machine."""
    from strategies.compile import codegen

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(TRIPLE)
    machine = target.create_target_machine(
        cpu="generic", features="", opt=3, reloc="static", codemodel="small"
    )

    def machine_code(function: Callable[..., Any]) -> Code:
        words = function.__code__.co_argcount
        jitted = codegen._jit(numba.types.int64(*[numba.types.uint64] * words))(function)
        module = llvm.parse_assembly(with_intrinsics(codegen._exported(jitted)))
        module.verify()
        with patch.object(codegen, "_machine", lambda: machine):
            return text_of(machine.emit_object(codegen._only_kernel(module)), "kernel", MACHINE)

    return machine_code


def main(label: str) -> None:
    """Compile a strategy's kernels, or the harness's."""
    ir.InlineAsm = Commented
    with patch.object(llvm, "get_process_triple", lambda: TRIPLE):
        from strategies.compile import codegen
        from strategies.linux import views, zeroing
    assert views._ARM
    assert zeroing.ARM
    vars(codegen)["machine_code"] = compiler()  # before anybody takes it from there
    from bench.compile.making import HARNESS as NAMES
    from strategies import every
    from tests.kernels.rig import ARITY, compiled

    if label == HARNESS:
        modules = {name: __import__(module, fromlist=[name]) for name, module in NAMES.items()}
        functions = {name: getattr(modules[name], name) for name in NAMES}
        functions |= {name: getattr(modules["device"], name) for name in SHARED}
        codes = {name: codegen.machine_code(one) for name, one in functions.items()}
    else:
        strategy = next(s for s in every() if s.label == label)
        codes = compiled(strategy, tuple(ARITY))
    json.dump({name: (code.text.hex(), code.entry) for name, code in codes.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
