"""numba's kernels as LLVM makes them for aarch64: ``python -m tests.armed ASSEMBLER LABEL``.

In a process of its own, for what a kernel's barriers are is decided when ``strategies`` is
imported. The LLVM that numba brings knows the assembly in them for its own machine only, so it
writes text, and an assembler for aarch64 makes that an object. The label is a strategy's, or
HARNESS for what serves all; machine code goes to standard output, as JSON.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import llvmlite.binding as llvm
import numba

from strategies.compile.code import Code
from strategies.compile.elf import text_of

ROOT = Path(__file__).parent.parent
MACHINE, TRIPLE = "aarch64", "aarch64-unknown-linux-gnu"
HARNESS = "harness"


def armed(label: str, assembler: str) -> dict[str, Code]:
    """Return machine code for aarch64 by kernel: of a strategy, or of HARNESS."""
    command = [sys.executable, "-m", "tests.armed", assembler, label]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout).items()
    return {kernel: Code(bytes.fromhex(text), entry) for kernel, (text, entry) in found}


def compiler(assembler: str) -> Callable[[Callable[..., Any]], Code]:
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
        module = llvm.parse_assembly(codegen._exported(jitted))
        module.verify()
        with patch.object(codegen, "_machine", lambda: machine):
            text = machine.emit_assembly(codegen._only_kernel(module))
        return text_of(assembled(text, assembler), "kernel", MACHINE)

    return machine_code


def assembled(text: str, assembler: str) -> bytes:
    """Return the object of some assembly."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.o"
        command = [assembler, "-o", str(made), "-"]
        subprocess.run(command, input=text, text=True, check=True, stdout=sys.stderr)
        return made.read_bytes()


def main(assembler: str, label: str) -> None:
    """Compile a strategy's kernels, or the harness's."""
    with patch.object(llvm, "get_process_triple", lambda: TRIPLE):
        from strategies.compile import codegen
        from strategies.linux import views, zeroing
    assert views._ARM
    assert zeroing.ARM
    codegen.machine_code = compiler(assembler)  # before anybody takes it from there
    from bench.compile.making import HARNESS as NAMES
    from strategies import every
    from tests.kernels.rig import ARITY, compiled

    if label == HARNESS:
        modules = {name: __import__(module, fromlist=[name]) for name, module in NAMES.items()}
        codes = {name: codegen.machine_code(getattr(modules[name], name)) for name in NAMES}
    else:
        strategy = next(s for s in every() if s.label == label)
        codes = compiled(strategy, tuple(ARITY))
    json.dump({name: (code.text.hex(), code.entry) for name, code in codes.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
