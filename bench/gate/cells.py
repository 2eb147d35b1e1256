"""Which cells the gate looks at when nobody says so: few, and each for a reason of its own.

A gate is not a survey. Where one walk is measured at 4, 18 and 130 descriptors, the points between
tell nothing more of a change; the short ones show a request's constant, the long ones what a
descriptor adds. Three layouts by two compilers make 60 comparisons of the default, 30 of the quick
choice.
"""

from collections.abc import Iterable, Iterator

from bench.compile.build import cells_of
from bench.experiments import DEFAULT_PLAN
from bench.kit import Cell
from bench.options import chosen
from bench.plan import Selection
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
    phases: Iterable[str] = ("map", "add", "cycle"),
) -> dict[str, tuple[Cell, tuple[Request, ...]]]:
    """Return all cells by name, with their requests."""
    plan = Selection(
        experiments=DEFAULT_PLAN, workloads=tuple(load_workloads()), phases=tuple(phases)
    )
    return {cell.name: (cell, requests) for cell, requests in cells_of(plan, columns=())}


def named(asked: Iterable[str]) -> Iterator[tuple[Cell, tuple[Request, ...]]]:
    """Yield the cells of these names.

    Raises:
        UsageError: if there is none of a name.
    """
    known = every()
    yield from (known[name] for name in chosen("cell", list(asked), known))
