"""Which machine a process compiles for: this one, or another, as its environment says.

It is one machine throughout: which instruction a barrier is is decided when ``strategies`` is
imported.
"""

import os
import platform

VARIABLE = "SG_RING_MACHINE"  # of the environment; children inherit it
HERE = platform.machine()
MACHINE = os.environ.get(VARIABLE, HERE)  # as platform.machine() names it
