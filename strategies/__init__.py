"""WHAT is compared: layouts of ``add_buf``, one file each, and the virtqueue they fill.

A strategy is a file of this package with a module constant ``STRATEGIES``: the layout and the
forms it is measured in. Adding one touches nothing else. Kernels take and return 64-bit words:

``create(list_memory, request) -> bytes``
    Prepare ``list_memory`` for requests with groups of these rooms, as a driver does when it makes
    its queue: called once for each distinct sequence of rooms, with a request as an example, before
    any ``map``. Returns the bytes it takes, and is called for that alone, too, on memory that is
    thrown away. Memory is zero and begins on a cache line of 64 bytes. Never timed.
``map(list_memory, request, words) -> status``
    Build the list of a request's groups and write the three words that ``add_buf`` takes: what
    the driver and blk_rq_map_sg or skb_to_sgvec do. Outgoing groups come before incoming ones, and
    each has a segment; virtual addresses precede pages. What the last request of the same list
    memory left there is still there. Always 0: where the kernel has BUG_ON, it stops by a trap.
``add_buf(vq, first, second, third, token) -> status``
    Publish the list: (sg, out, in) or (out ring or 0, in ring or 0, unused). Words of 0 occur, all
    three at once too, and a token of 0: both are what BUG_ON forbids, and nothing may be written.
    ENOSPC must leave ``num_free`` and ``free_head`` as they were.
``kick(vq)``, ``get_buf(vq, length) -> token or 0``
    The ring's other two, those of ``strategies.linux.virtqueue`` unless a strategy brings its own.

A status is 0, ENOSPC or BUG. Kernels may call what ``strategies.linux.virtqueue``, ``.mapping`` and
``.views`` offer. What they compile to names no outside symbol, so that it can be copied anywhere.
"""

import importlib
import os
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# What numba is told, whatever the user has set: any of its variables may change machine code or
# print among our lines. Those that change code are set, so that no .numba_config.yaml does.
KNOBS = {
    "NUMBA_CPU_NAME": "generic",  # as a distribution builds its kernel: the same code on every
    "NUMBA_CPU_FEATURES": "",  # machine and under valgrind, no AVX, no unrolled walk
    "NUMBA_LOOP_VECTORIZE": "0",  # a kernel is built without vector registers
    "NUMBA_SLP_VECTORIZE": "0",
    "NUMBA_OPT": "3",
    "NUMBA_BOUNDSCHECK": "0",
    "NUMBA_DISABLE_JIT": "0",
    "NUMBA_DEBUGINFO": "0",
    "NUMBA_EXTEND_VARIABLE_LIFETIMES": "0",
    "NUMBA_ENABLE_PROFILING": "0",
    "NUMBA_JIT_COVERAGE": "0",
    "NUMBA_LLVM_REFPRUNE_PASS": "1",
}


def pin_numba() -> None:
    """Set numba's variables, before any module of this package can import it."""
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        del os.environ[name]
    os.environ.update(KNOBS)


pin_numba()

Kernel = Callable[..., Any]
AS_COMPILED = "as compiled"
PHASES = ("map", "add", "cycle")


class Role(StrEnum):
    """What a strategy is measured for, in the order of the report's columns."""

    BASELINE = "baseline"  # the layout that all others are divided by
    CANDIDATE = "candidate"
    FLOOR = "floor"  # does part of the work: a lower bound for every layout
    NULL = "null"  # does nothing: its time is the harness
    SENTINEL = "sentinel"  # its time depends on the processor's clock alone


@dataclass(frozen=True)
class Strategy:
    """A layout in one form: its kernels, as Python functions."""

    name: str
    create: Kernel
    map: Kernel
    add_buf: Kernel
    form: str = AS_COMPILED  # or which way a decision of the compiler was forced
    role: Role = Role.CANDIDATE
    phases: tuple[str, ...] = PHASES  # in which it means anything
    only: str = ""  # the experiment that it takes turns in; empty: every one that wants it
    axes: tuple[tuple[str, str], ...] = ()  # takes turns where an experiment's axes have these
    kick: Kernel | None = None  # None: the virtqueue's
    get_buf: Kernel | None = None

    @property
    def series(self) -> str:
        """Return the name, with the form in brackets where one was forced."""
        return self.name if self.form == AS_COMPILED else f"{self.name}[{self.form}]"

    @property
    def label(self) -> str:
        """Return what tells it from all others: the series, and the axes in braces."""
        return f"{self.series}{braced(self.axes)}"


def braced(axes: tuple[tuple[str, str], ...]) -> str:
    """Return axes as names of benchmarks carry them, nothing if there are none."""
    return f"{{{','.join(f'{axis}={value}' for axis, value in sorted(axes))}}}" if axes else ""


def load() -> tuple[Strategy, ...]:
    """Return every strategy that is not made for one experiment only."""
    return tuple(strategy for strategy in every() if not strategy.only)


def every() -> tuple[Strategy, ...]:
    """Return every strategy of this package, the baseline first, the harness's own last."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    names = sorted(name for name in found if not name.startswith("_"))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    strategies = (s for module in modules for s in getattr(module, "STRATEGIES", ()))
    order = list(Role)
    return tuple(sorted(strategies, key=lambda s: (order.index(s.role), s.series, s.axes)))
