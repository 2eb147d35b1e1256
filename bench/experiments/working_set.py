"""working-set: what each layout costs when the lists are not in a cache.

READs of 64 KiB, each list as long as it is used, 18 descriptors: in an array 576 bytes on 9 cache
lines, in three chained tables 640 on 10, in three rings of arrays 648 on 11. Beside them every
request writes 288 bytes of descriptors, the ring being in the cache, and reads 64 of the driver's
own, one after the other. The lists are used in shuffled order, every turn goes through all of
them, and one such pass comes before it where a cache might hold them.

One list to as many as take twice the largest cache that the system reports, 65,536 among them on
every machine, or until all layouts' together have 4 GiB or half of the free memory: whichever comes
first. All forms and backends of a layout share its lists, and these stay where they are while the
code's addresses are drawn.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from bench.machine.cgroup import available_bytes
from bench.machine.files import Machine
from workloads import Direction, Group, Request, Shape, fixed
from workloads.blk import pages, request

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SEGMENTS = 16
LIST_BYTES = 576  # of an array of 18 entries
TOGETHER_BYTES = 2304  # of a list of each layout and of the null one, jobs too, in whole lines
MEMORY_MAX = 4 << 30  # of all lists
STEP = 16
COLD = 1 << 16  # lists that the expectations are about; a thinned sweep ends here
NEAR = 4  # times as many lists tell little more, and take as long to make
TOO_LITTLE = 1 << 12  # lists: below, there is no working set to speak of


@dataclass(frozen=True)
class Sweep:
    """How many lists a layout has at most, and why not more."""

    most: int
    ended_by: str


def sweep(cache: int | None, free: int) -> Sweep:
    """Return where the sweep ends: bytes of the largest cache, and of memory that is free."""
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
    return Sweep(1 << (most.bit_length() - 1), ended_by)  # coarsely, as free memory varies


def largest_cache(caches: Path = CACHES) -> int | None:
    """Return the bytes of the largest cache; None where the system reports none."""
    sizes = [path.read_text("utf-8").strip() for path in caches.glob("index*/size")]
    return max(
        (int(size.removesuffix("K")) << 10 for size in sizes if size.endswith("K")), default=None
    )


def huge_pages(enabled: Path = HUGE_PAGES) -> bool:
    """Return whether the system gives huge pages to who asks."""
    return enabled.exists() and "[never]" not in enabled.read_text("utf-8")


def counts(most: int) -> list[int]:
    """Return how many lists: the most, and powers of 16 not near it; ``COLD`` stays even there."""
    powers = (STEP**power for power in range(8))
    return [*(n for n in powers if n <= most // NEAR or n == COLD < most), most]


def fitting() -> Request:
    """Return a READ whose tables have room for what they hold, and no more."""
    groups = request(Direction.IN, pages(SEGMENTS)).groups
    return Request(tuple(Group(g.direction, g.segments, len(g.segments), g.merge) for g in groups))


def points(most: int, *, huge: bool) -> tuple[Point, ...]:
    """Return every number of lists, in small pages and in huge ones where there are any."""
    shape = Shape("64k-fit", fixed(fitting()))
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
    """Return bytes in the unit of caches."""
    return f"{(size or 0) >> 20} MiB"


def expectations(cold: int) -> tuple[Expectation, ...]:
    """Return what one should observe with so many lists."""
    cell = f"blk/64k-fit/add{{lists={cold},pages=4k}}"
    return (
        Expectation(
            f"With {cold:,} lists ({mib(cold * LIST_BYTES)} of arrays) an array's request takes "
            "a tenth longer and up than with one",
            of=Pick("flat_array", cell),
            to=Pick("=", "={lists=1}"),
            at_least=1.1,
        ),
        Expectation(
            "A ring of arrays, which lies on 11 cache lines instead of 9, costs more than an "
            "array there too",
            of=Pick("sg_ring", cell),
            to=Pick("flat_array", "="),
            at_least=1.0,
        ),
        Expectation(
            "A chain, whose links must be loaded before what is behind them, costs more there too",
            of=Pick("chained_scatterlist", cell),
            to=Pick("flat_array", "="),
            at_least=1.0,
        ),
    )


def experiment(end: Sweep, *, huge: bool) -> Experiment:
    """Return the experiment as it is on a machine whose sweep ends so, with huge pages or not."""
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
        note=f"The sweep ends at {end.most:,} lists of a layout, by {end.ended_by}. A request "
        "reads 576 bytes of list on 9 cache lines in an array, 640 on 10 in a chain, 648 on 11 "
        "in a ring of arrays; 64 more are the driver's own, and 288 of descriptors are written. "
        "Pages are not redrawn here; the file says how much of them was huge (huge_pages).",
    )


EXPERIMENT = experiment(sweep(largest_cache(), available_bytes(Machine()) or 0), huge=huge_pages())
