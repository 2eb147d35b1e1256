"""numba's kernels for aarch64: ``python -m tests.fake.armed LABEL``, in a process of its own.

The label is a strategy's, or HARNESS for what serves all; machine code goes to standard output, as
JSON.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from strategies.compile.code import Code
from strategies.compile.target import VARIABLE
from tests.fake.shared import once

ROOT = Path(__file__).parents[2]
MACHINE = "aarch64"
HARNESS = "harness"
SHARED = ("kick", "kick_smp", "kick_bare", "get_buf")  # the virtqueue's, beside the harness's own


def kernels(label: str) -> dict[str, Code]:
    """Machine code for aarch64 by kernel, of a strategy or HARNESS, made once."""
    return once(f"{MACHINE} {label}", lambda: _asked(label))


def _asked(label: str) -> dict[str, Code]:
    command = [sys.executable, "-m", "tests.fake.armed", label]
    there = os.environ | {VARIABLE: MACHINE}
    done = subprocess.run(command, cwd=ROOT, env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout).items()
    return {kernel: Code(bytes.fromhex(text), entry) for kernel, (text, entry) in found}


def main(label: str) -> None:
    """Compile a strategy's kernels, or the harness's."""
    from bench.compile.making import HARNESS as NAMES
    from strategies import every
    from strategies.compile.codegen import machine_code
    from tests.kernels.rig import ARITY, compiled

    if label == HARNESS:
        modules = {name: import_module(module) for name, module in NAMES.items()}
        functions = {name: getattr(modules[name], name) for name in NAMES}
        functions |= {name: getattr(modules["device"], name) for name in SHARED}
        codes = {name: machine_code(one) for name, one in functions.items()}
    else:
        strategy = next(s for s in every() if s.label == label)
        codes = compiled(strategy, tuple(ARITY))
    json.dump({name: (code.text.hex(), code.entry) for name, code in codes.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
