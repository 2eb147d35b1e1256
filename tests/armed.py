"""numba's kernels as LLVM makes them for aarch64: ``python -m tests.armed LABEL``.

In a process of its own, for what a kernel's barriers are is decided when ``strategies`` is
imported. numba compiles whatever it is given for this machine first, where such an assembly is
none, so it stands in comments until numba is done. The LLVM that numba brings has no assembler but
this machine's: it writes text, and the cross assembler makes that an object. The label is a
strategy's, or HARNESS for what serves all; machine code goes to standard output, as JSON.
"""

import json
import shutil
import subprocess
import sys
import tempfile
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

ROOT = Path(__file__).parent.parent
MACHINE, TRIPLE = "aarch64", "aarch64-unknown-linux-gnu"
HARNESS = "harness"
ASSEMBLER = shutil.which("aarch64-linux-gnu-as")
MISSING = "no aarch64-linux-gnu-as on PATH (Debian, Ubuntu: apt install binutils-aarch64-linux-gnu)"
COMMENT = "#of-aarch64:"  # to an assembler of x86-64 the rest of the line means nothing
SHARED = ("kick", "kick_smp", "kick_bare", "get_buf")  # the virtqueue's, beside the harness's own


def kernels(label: str) -> dict[str, Code]:
    """Return machine code for aarch64 by kernel, of a strategy or HARNESS, made once a test run."""
    return once(f"{MACHINE} {label}", lambda: _asked(label))


def _asked(label: str) -> dict[str, Code]:
    command = [sys.executable, "-m", "tests.armed", label]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout).items()
    return {kernel: Code(bytes.fromhex(text), entry) for kernel, (text, entry) in found}


class Commented(ir.InlineAsm):
    """Assembly that is none here."""

    def __init__(self, ftype: Any, asm: str, constraint: str, *, side_effect: bool = False) -> None:
        lines = (f"{COMMENT}{line}" if line else line for line in asm.split("\n"))
        super().__init__(ftype, "\n".join(lines), constraint, side_effect=side_effect)


def compiler() -> Callable[[Callable[..., Any]], Code]:
    """Return ``codegen.machine_code`` for the other machine."""
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
        module = llvm.parse_assembly(codegen._exported(jitted).replace(COMMENT, ""))
        module.verify()
        with patch.object(codegen, "_machine", lambda: machine):
            text = machine.emit_assembly(codegen._only_kernel(module))
        return text_of(assembled(text), "kernel", MACHINE)

    return machine_code


def assembled(text: str) -> bytes:
    """Return the object of some assembly."""
    assert ASSEMBLER, MISSING
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.o"
        command = [ASSEMBLER, "-o", str(made), "-"]
        subprocess.run(command, input=text, text=True, check=True, stdout=sys.stderr)
        return made.read_bytes()


def main(label: str) -> None:
    """Compile a strategy's kernels, or the harness's."""
    ir.InlineAsm = Commented
    with patch.object(llvm, "get_process_triple", lambda: TRIPLE):
        from strategies.compile import codegen
        from strategies.linux import views, zeroing
    assert views._ARM
    assert zeroing.ARM
    codegen.machine_code = compiler()  # before anybody takes it from there
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
