"""Whether ``map`` stops at a page whose low bits are set: ``python -m tests.kernels.stopped``.

In a process of its own, for stopping is an instruction that ends it. Machine code comes on
standard input, as JSON.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping

import numpy as np

from bench.paths import ROOT
from strategies.compile.code import Code
from strategies.linux.structs import GROUP, REQUEST
from tests.kernels.rig import Rig, place
from workloads import Direction, Group, Request, Segment

LINE = Request((Group(Direction.OUT, (Segment(1, 0, 8),), room=1),))
STOPPED = {-signal.SIGILL, -signal.SIGTRAP}  # ud2 of x86, brk of aarch64


def stops(codes: Mapping[str, Code], low_bits: int) -> bool:
    """Whether ``map`` stops at a page with these low bits."""
    given = {kernel: (code.text.hex(), code.entry) for kernel, code in codes.items()}
    command = [sys.executable, "-m", "tests.kernels.stopped", str(low_bits)]
    done = subprocess.run(
        command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, *STOPPED}, done.stderr
    return done.returncode in STOPPED


def main(low_bits: int) -> None:
    """Map a request for one page, its address changed."""
    given = json.load(sys.stdin).items()
    codes = {kernel: Code(bytes.fromhex(text), entry) for kernel, (text, entry) in given}
    rig = Rig(place("given", codes), 8)
    memory = rig.create(LINE)
    rig._write(LINE)
    page = rig.arena.view(rig.request + REQUEST.itemsize + GROUP.itemsize, np.dtype("u8"), 1)
    rig.call("create", memory, rig.request)
    page |= low_bits
    rig.call("map", memory, rig.request, rig.words)


if __name__ == "__main__":
    main(int(sys.argv[1]))
