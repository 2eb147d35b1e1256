"""working-set: the cost of each layout when the lists are not in a cache.

READs of 64 KiB, 18 descriptors, with lists of exactly that length: in an array 576 bytes on 9 cache
lines, in three chained tables 640 on 10, in three rings of arrays 648 on 11. Every request also
writes 288 bytes of descriptors, in a cached ring, and reads 64 bytes of the driver's own,
sequentially. Lists are used in shuffled order; every turn uses all of them, after one pass to warm
up if a cache might hold them.

The sweep goes from one list to twice the largest cache that the system reports, and includes 65,536
lists on every machine; it ends earlier if the lists of all layouts take 4 GiB or half of the free
memory. All forms and backends of a layout share its lists, which stay in place while the code's
addresses are drawn.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, fitting
from bench.machine.cgroup import available_bytes
from bench.machine.files import MachineFiles
from workloads import Direction, Shape, fixed
from workloads.blk import pages, request

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SEGMENTS = 16
LIST_BYTES = 576  # of an array of 18 entries
TOGETHER_BYTES = 2304  # one list of each layout and of noop, with jobs, in whole lines
MEMORY_MAX = 4 << 30  # of all lists
STEP = 16
COLD = 1 << 16  # lists of the expectations; a thinned sweep ends here
NEAR = 4  # a count this close to the last one adds little, and takes as long to set up
TOO_LITTLE = 1 << 12  # lists: fewer are no working set


@dataclass(frozen=True)
class Sweep:
    """The largest number of lists per layout, and what limits it."""

    most: int
    ended_by: str


def sweep(cache: int | None, free: int) -> Sweep:
    """The end of the sweep, by the size of the largest cache and of free memory, in bytes."""
    enough, why = max(
        (
            2 * cache // LIST_BYTES if cache else MEMORY_MAX,
            f"twice the largest cache of {mib(cache)}",
        ),
        (COLD, f"{mib(COLD * LIST_BYTES)} of arrays, more than twice the largest cache"),
    )
    most, ended_by = min(
        (enough, why),
        (MEMORY_MAX // TOGETHER_BYTES, "4 GiB of lists"),
        (free // 2 // TOGETHER_BYTES, "half of the free memory"),
    )
    if most == enough:
        return Sweep(most, ended_by)
    most = max(TOO_LITTLE, most)
    return Sweep(1 << (most.bit_length() - 1), ended_by)  # rounded, as free memory varies


def largest_cache(caches: Path = CACHES) -> int | None:
    """The size of the largest cache in bytes; None if the system reports none."""
    sizes = [path.read_text("utf-8").strip() for path in caches.glob("index*/size")]
    return max(
        (int(size.removesuffix("K")) << 10 for size in sizes if size.endswith("K")), default=None
    )


def huge_pages(enabled: Path = HUGE_PAGES) -> bool:
    """Whether the system grants huge pages on request."""
    return enabled.exists() and "[never]" not in enabled.read_text("utf-8")


def counts(most: int) -> list[int]:
    """Numbers of lists: ``most``, and powers of 16 not near it; ``COLD`` is always one of them."""
    powers = (STEP**power for power in range(8))
    return [*(n for n in powers if n <= most // NEAR or n == COLD < most), most]


def points(most: int, *, huge: bool) -> tuple[Point, ...]:
    """Every number of lists, in small pages and, if there are any, in huge ones."""
    shape = Shape("64k-fit", fixed(fitting(request(Direction.IN, pages(SEGMENTS)))))
    return tuple(
        Point(
            "blk",
            shape,
            "add",
            (("lists", str(count)), ("pages", kind)),
            thin=count <= COLD,
            lists=count,
            huge=kind == "huge",
        )
        for kind in (("4k", "huge") if huge else ("4k",))
        for count in counts(most)
    )


def mib(size: int | None) -> str:
    """A size in bytes, printed in MiB."""
    return f"{(size or 0) >> 20} MiB"


def expectations(cold: int) -> tuple[Expectation, ...]:
    """What one should observe with ``cold`` lists."""
    cell = f"blk/64k-fit/add{{lists={cold},pages=4k}}"
    return (
        Expectation(
            f"With {cold:,} lists ({mib(cold * LIST_BYTES)} of arrays) an array's request takes "
            "at least 10 % longer than with one",
            of=Pick("flat_array", cell),
            to=Pick("=", "={lists=1}"),
            at_least=1.1,
            processors=XEON,
        ),
        Expectation(
            "A ring of arrays, on 11 cache lines instead of 9, costs more than an array there, too",
            of=Pick("sg_ring", cell),
            to=Pick("flat_array", "="),
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "A chain, whose links must be loaded before what follows them, costs more there, too",
            of=Pick("chained_scatterlist", cell),
            to=Pick("flat_array", "="),
            at_least=1.0,
            processors=XEON,
        ),
    )


def experiment(end: Sweep, *, huge: bool) -> Experiment:
    """The experiment on a machine with this end of the sweep, with or without huge pages."""
    return Experiment(
        name="working-set",
        question="What does each layout cost when the lists are not in a cache?",
        points=partial(points, end.most, huge=huge),
        alone=True,
        takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
        figures=(
            Figure("curve", axis="lists", value="ns", per="lists of a layout"),
            Figure("curve", axis="lists", per="lists of a layout"),
        ),
        expectations=expectations(min(COLD, end.most)),
        note=f"The sweep ends at {end.most:,} lists per layout ({end.ended_by}). A request reads "
        "576 bytes of list on 9 cache lines in an array, 640 on 10 in a chain, 648 on 11 in a "
        "ring of arrays; it also reads 64 bytes of the driver's and writes 288 of descriptors. "
        "Pages are not redrawn here; huge_pages in the file is the share of huge ones.",
    )


EXPERIMENT = experiment(
    sweep(largest_cache(), available_bytes(MachineFiles()) or 0), huge=huge_pages()
)
