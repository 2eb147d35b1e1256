"""Which machine a process compiles for: this one, or another, as its environment says.

It is one machine throughout: which instruction a barrier is is decided when ``strategies`` is
imported.
"""

import os
import platform
import sys

VARIABLE = "SG_RING_MACHINE"  # of the environment; children inherit it
HERE = platform.machine()
TRIPLETS = {"aarch64": "aarch64-linux-gnu", "x86_64": "x86_64-linux-gnu"}  # of Debian's compilers
MACHINE = os.environ.get(VARIABLE, HERE)  # as platform.machine() names it
if MACHINE not in {HERE, *TRIPLETS}:  # whatever command it was given to
    sys.stderr.write(f"{VARIABLE}={MACHINE}: no such machine: there are {', '.join(TRIPLETS)}\n")
    sys.exit(2)
