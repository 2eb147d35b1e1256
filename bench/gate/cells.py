"""The gate's default cells: few, each for its own reason.

A gate is not a survey. With a walk measured at 4, 18 and 130 descriptors, the points between add
nothing about a change: short requests show the constant, long ones the cost per descriptor. Three
layouts by two compilers make 60 comparisons, or 30 with ``--quick``.
"""

from collections.abc import Iterable, Iterator

from bench.compile.build import cells_of
from bench.experiments import DEFAULT_PLAN
from bench.kit import Cell
from bench.options import chosen
from bench.plan import Selection
from strategies import PHASES
from workloads import Request
from workloads import load as load_workloads

QUICK = (
    "blk/4k-read/add",
    "blk/max-read/add",
    "console/put_chars/add",
    "blk/max-read/map",
    "blk/4k-read/cycle",
)
DEFAULT = (
    *QUICK,
    "blk/64k-write/add",
    "net/rx/add",
    "net/tx-gso/add",
    "blk/4k-read/map",
    "blk/max-read/cycle",
)


def every(
    phases: Iterable[str] = PHASES,
) -> dict[str, tuple[Cell, tuple[Request, ...]]]:
    """All cells, by name, with their requests."""
    plan = Selection(
        experiments=DEFAULT_PLAN, workloads=tuple(load_workloads()), phases=tuple(phases)
    )
    return {cell.name: (cell, requests) for cell, requests in cells_of(plan, columns=())}


def named(asked: Iterable[str]) -> Iterator[tuple[Cell, tuple[Request, ...]]]:
    """The cells of these names.

    Raises:
        UsageError: if a name is unknown.
    """
    known = every()
    yield from (known[name] for name in chosen("cell", list(asked), known))
