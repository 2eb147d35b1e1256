"""The layouts of ``add_buf`` that are compared, one file each, and the virtqueue they fill.

A strategy is a module of this package with a constant ``STRATEGIES``: the layout and the forms in
which it is measured. Adding one touches no other file. So is a layout of a user's own, which lies
outside this package (``strategies.outside``). Kernels take and return 64-bit words:

``create(list_memory, request) -> bytes``
    Prepare ``list_memory`` for requests whose groups have these rooms, as a driver does when it
    sets up its queue. Called once per distinct sequence of rooms, with an example request, before
    any ``map``. Returns the size of the list memory in bytes; it is also called on scratch memory
    for that size alone. The memory is zeroed and aligned to a cache line of 64 bytes. Never timed.
``map(list_memory, request, words) -> status``
    Build the list of a request's groups and write the three words that ``add_buf`` takes, as the
    driver and blk_rq_map_sg or skb_to_sgvec do. Outgoing groups come before incoming ones; no group
    is empty; virtual addresses precede pages. List memory still holds what the previous request
    left there. Always returns 0; where the kernel has BUG_ON, it traps.
``add_buf(vq, first, second, third, token) -> status``
    Publish the list: (sg, out, in) or (out ring or 0, in ring or 0, unused). Any word may be 0. All
    three 0, or a token of 0, is what BUG_ON forbids: return BUG and write nothing. ENOSPC must
    leave ``num_free`` and ``free_head`` unchanged.
``kick(vq)``, ``get_buf(vq, length) -> token or 0``
    The ring's other operations: those of ``strategies.linux.virtqueue`` unless a strategy has its
    own. One that fills another ring than 2.6.24's names it (``bench/worker/rings/``) and brings
    both.

A status is 0, ENOSPC or BUG. Kernels may call the functions of ``strategies.linux.virtqueue``,
``.mapping`` and ``.views``. Their machine code refers to no outside symbol, so it runs at any
address.
"""

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# numba's variables, whatever the user has set: any of them may change machine code or print to our
# terminal. Those that change code are set here, so that no .numba_config.yaml can.
KNOBS = {
    "NUMBA_CPU_NAME": "generic",  # as distributions build their kernels: the same code on every
    "NUMBA_CPU_FEATURES": "",  # machine and under valgrind, without AVX or unrolled walks
    "NUMBA_LOOP_VECTORIZE": "0",  # the kernel is built without vector registers
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
    """Set numba's variables, before any module of this package imports it."""
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        del os.environ[name]
    os.environ.update(KNOBS)


pin_numba()

Kernel = Callable[..., Any]
AS_COMPILED = "as compiled"
OWN, SHARED = ("create", "map", "add_buf"), ("kick", "get_buf")
KERNELS = OWN + SHARED  # the contract's; of SHARED, most strategies use the virtqueue's
PHASES = {  # what can be timed: the kernels that a turn of each phase calls
    "map": ("map",),
    "add": ("add_buf",),
    "cycle": ("map", "add_buf", "kick", "get_buf"),
}
OF_ONE_KERNEL = {phase: kernels[0] for phase, kernels in PHASES.items() if len(kernels) == 1}


class Role(StrEnum):
    """What a strategy is measured for, in the order of the report's columns."""

    BASELINE = "baseline"  # the layout that all others are divided by
    CANDIDATE = "candidate"
    FLOOR = "floor"  # does part of the work: a lower bound for every layout
    NULL = "null"  # does nothing: its time is the harness
    SENTINEL = "sentinel"  # its time depends on the processor's clock alone


@dataclass(frozen=True)
class Strategy:
    """A layout in one form, with its kernels as Python functions."""

    name: str
    create: Kernel
    map: Kernel
    add_buf: Kernel
    form: str = AS_COMPILED  # or how a decision of the compiler was forced
    role: Role = Role.CANDIDATE
    phases: tuple[str, ...] = tuple(PHASES)  # in which it is measured
    only: str = ""  # the experiment, or family, to which it belongs; empty: any that asks
    axes: tuple[tuple[str, str], ...] = ()  # the points of an experiment at which it runs
    kick: Kernel | None = None  # None: that of the virtqueue
    get_buf: Kernel | None = None
    other_list: bool = False  # of a form: add differs by what it walks, if not by its code
    ring: str = "2.6.24"  # that it fills: its memory, reset, device and oracle (bench/worker/rings)

    @property
    def series(self) -> str:
        """The name, followed by the form in brackets if one was forced."""
        return self.name if self.form == AS_COMPILED else f"{self.name}[{self.form}]"

    @property
    def label(self) -> str:
        """The unique name: the series, followed by the axes in braces."""
        return f"{self.series}{braced(self.axes)}"


def braced(axes: tuple[tuple[str, str], ...]) -> str:
    """Axes as they appear in names of benchmarks; empty if there are none."""
    return f"{{{','.join(f'{axis}={value}' for axis, value in sorted(axes))}}}" if axes else ""


def load() -> tuple[Strategy, ...]:
    """Every strategy that does not belong to one experiment."""
    return tuple(strategy for strategy in every() if not strategy.only)


def every() -> tuple[Strategy, ...]:
    """Every strategy of this package, in the order of ``Role``."""
    files = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    names = sorted(name for name in files if not name.startswith("_"))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return ordered(s for module in modules for s in getattr(module, "STRATEGIES", ()))


def ordered(strategies: Iterable[Strategy]) -> tuple[Strategy, ...]:
    """Strategies in the order of ``Role``, then of their names."""
    order = list(Role)
    return tuple(sorted(strategies, key=lambda s: (order.index(s.role), s.series, s.axes)))
