"""working-set: what each layout costs when the lists are not in a cache.

READs of 64 KiB, each list as long as it is used, 18 descriptors: in an array 576 bytes on 9 cache
lines, in three chained tables 640 on 10, in three rings of arrays 648 on 11. Beside them every
request writes 288 bytes of descriptors, the ring being in the cache, and reads 64 of the driver's
own, one after the other. The lists are used in shuffled order, every turn goes through all of
them, and one such pass comes before it where a cache might hold them.

One list to as many as take twice the largest cache that the system reports, or until all layouts'
together have 4 GiB or half of the free memory: whichever comes first. All forms and backends of a
layout share its lists, and these stay where they are while the code's addresses are drawn.
"""

from dataclasses import dataclass
from pathlib import Path

from bench.conditions import Machine, available_bytes
from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from workloads import Direction, Group, Request, Shape, fixed
from workloads.blk import pages, request

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
SEGMENTS = 16
LIST_BYTES = 576  # of an array of 18 entries
TOGETHER_BYTES = 2304  # of a list of each layout and of the null one, jobs too, in whole lines
MEMORY_MAX = 4 << 30  # of all lists
STEP, THIN_MAX = 16, 1 << 16
NEAR = 4  # times as many lists tell little more, and take as long to make
TOO_LITTLE = 1 << 12  # lists: below, there is no working set to speak of


@dataclass(frozen=True)
class Sweep:
    """How many lists a layout has at most, and why not more."""

    most: int
    ended_by: str


def sweep(cache: int | None, free: int) -> Sweep:
    """Return where the sweep ends: bytes of the largest cache, and of memory that is free."""
    enough = 2 * cache // LIST_BYTES if cache else MEMORY_MAX
    most, ended_by = min(
        (enough, f"twice the largest cache of {(cache or 0) >> 20} MiB"),
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
    """Return how many lists: powers of 16 that are not near the most, and the most."""
    return [*(STEP**power for power in range(8) if STEP**power <= most // NEAR), most]


def fitting() -> Request:
    """Return a READ whose tables have room for what they hold, and no more."""
    groups = request(Direction.IN, pages(SEGMENTS)).groups
    return Request(tuple(Group(g.direction, g.segments, len(g.segments), g.merge) for g in groups))


def points() -> tuple[Point, ...]:
    """Return every number of lists, in small pages and in huge ones where there are any."""
    shape = Shape("64k-fit", fixed(fitting()))
    kinds = ("4k", "huge") if huge_pages() else ("4k",)
    return tuple(
        Point(
            "blk",
            shape,
            "add",
            (("lists", str(count)), ("pages", kind)),
            thin=count <= THIN_MAX,
            lists=count,
            huge=kind == "huge",
        )
        for kind in kinds
        for count in counts(SWEEP.most)
    )


SWEEP = sweep(largest_cache(), available_bytes(Machine()) or 0)
COLD = "blk/64k-fit/add{lists=65536,pages=%s}"

EXPERIMENT = Experiment(
    name="working-set",
    question="What does each layout cost when the lists are not in a cache?",
    points=points,
    alone=True,
    takes=("flat_array", "chained_scatterlist", "sg_ring", "noop"),
    figures=(
        Figure("curve", axis="lists", value="ns", per="lists of a layout"),
        Figure("curve", axis="lists", per="lists of a layout"),
    ),
    expectations=(
        Expectation(
            "With 65,536 lists (36 MiB of arrays) an array's request takes a tenth longer and up "
            "than with one",
            of=Pick("flat_array", COLD % "4k"),
            to=Pick("=", "={lists=1}"),
            at_least=1.1,
        ),
        Expectation(
            "A ring of arrays, which lies on 11 cache lines instead of 9, costs more than an "
            "array there too",
            of=Pick("sg_ring", COLD % "4k"),
            to=Pick("flat_array", "="),
            at_least=1.0,
        ),
        Expectation(
            "A chain, whose links must be loaded before what is behind them, costs more there too",
            of=Pick("chained_scatterlist", COLD % "4k"),
            to=Pick("flat_array", "="),
            at_least=1.0,
        ),
    ),
    note=f"The sweep ends at {SWEEP.most:,} lists of a layout, by {SWEEP.ended_by}. A request "
    "reads 576 bytes of list on 9 cache lines in an array, 640 on 10 in a chain, 648 on 11 in a "
    "ring of arrays; 64 more are the driver's own, and 288 of descriptors are written. Pages are "
    "not redrawn here; the file says how much of them was huge (huge_pages).",
)
