"""mix: the cost of each layout for mixed sizes of requests, as drivers receive them.

Streams of 64 requests, drawn with ``STREAM_SEED`` before any timing, the same for every layout.

* blk ``oltp``: a database with pages of 8 KiB (PostgreSQL's block size), 67 % read, as in the
  "Database" pattern of StorageReview's Iometer tests; a tenth are writes of one page to its log,
  which is our assumption.
* blk ``backup``: reads of the largest size of 2.6.24 (255 sectors); a tenth are reads of one page
  for the file system, which is our assumption.
* net ``web``: responses of a server with the file sizes of SPECweb99: 35 % below 1 KB, 50 % 1 to
  9 KB, 14 % 10 to 90 KB, 1 % 100 to 900 KB, each size of a class equally often; 64 KiB per packet,
  and an acknowledgement before each response.
* net ``bulk``: a long transfer: packets of 64 KiB, which fill 16 or 17 pages; a sixteenth are
  acknowledgements, which is our assumption.

``{size=all}`` is the stream, ``{size=N}`` only its requests of N descriptors.
"""

import functools
import itertools
import random
from collections.abc import Callable, Iterator

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point
from strategies import PHASES
from workloads import PAGE_SIZE, STREAM_SEED, Direction, Request, Shape, blk, fixed, net

REQUESTS = 64  # per stream
OLTP_READS, OLTP_LOG = 0.67, 0.1
BACKUP_PAGES = 0.1
WEB_CLASSES = {100: 35, 1_000: 50, 10_000: 14, 100_000: 1}  # bytes of the smallest file: weight
WEB_FILES = 9  # sizes per class: one to nine times the smallest
ACKS = 1 / 16  # share of the packets in a long transfer
GSO_BYTES = 16 * PAGE_SIZE


Requests = Iterator[Request]


def oltp(draw: random.Random) -> Requests:
    """A request of a database."""
    if draw.random() < OLTP_LOG:
        yield blk.request(Direction.OUT, blk.pages(1))
        return
    direction = Direction.IN if draw.random() < OLTP_READS else Direction.OUT
    yield blk.request(direction, blk.pages(2))


def backup(draw: random.Random) -> Requests:
    """A request of a backup."""
    small = draw.random() < BACKUP_PAGES
    yield blk.request(Direction.IN, blk.pages(1) if small else blk.cap())


def web(draw: random.Random) -> Requests:
    """An acknowledgement and the packets of a response."""
    (smallest,) = draw.choices(list(WEB_CLASSES), list(WEB_CLASSES.values()))
    left = smallest * draw.randint(1, WEB_FILES)
    yield acknowledgement()
    while left > 0:
        pages = -(-min(left, GSO_BYTES) // PAGE_SIZE)
        yield net.packet(Direction.OUT, net.GSO_LINEAR_BYTES, pages)
        left -= GSO_BYTES


def bulk(draw: random.Random) -> Requests:
    """A packet of a long transfer."""
    if draw.random() < ACKS:
        yield acknowledgement()
    else:
        yield net.packet(Direction.OUT, net.GSO_LINEAR_BYTES, draw.choice((16, 17)))


def acknowledgement() -> Request:
    """A packet that is only headers."""
    return net.packet(Direction.OUT, net.GSO_LINEAR_BYTES)


STREAMS = {
    "oltp": ("blk", oltp),
    "backup": ("blk", backup),
    "web": ("net", web),
    "bulk": ("net", bulk),
}


def stream(more: Callable[[random.Random], Requests], seed: int) -> tuple[Request, ...]:
    """A seeded stream."""
    draw = random.Random(seed)
    endless = (request for _ in itertools.count() for request in more(draw))
    return tuple(itertools.islice(endless, REQUESTS))


def descriptors(request: Request) -> int:
    """Descriptors of a request: nothing in these streams is merged."""
    return sum(len(group.segments) for group in request.groups)


def points() -> tuple[Point, ...]:
    """Each stream in every phase, and in phase add also its requests of each size."""
    cells = []
    for name, (workload, more) in STREAMS.items():
        whole = Shape(name, functools.partial(stream, more))
        cells += [Point(workload, whole, phase, (("size", "all"),)) for phase in PHASES]
        sizes: dict[int, list[Request]] = {}
        for request in stream(more, STREAM_SEED):
            sizes.setdefault(descriptors(request), []).append(request)
        for size, requests in sorted(sizes.items()):
            alone = Shape(name, fixed(*requests))
            cells.append(Point(workload, alone, "add", (("size", str(size)),)))
    return tuple(cells)


EXPERIMENT = Experiment(
    name="mix",
    question="What does each layout cost for requests of mixed sizes?",
    points=points,
    figures=(
        Figure("bars", axis="size", pick=Pick(cell="*/add{*}"), per="descriptors of a request"),
    ),
    expectations=(
        Expectation(
            "A ring of arrays costs more than an array in every stream",
            of=Pick("sg_ring*", "*/add{size=all}"),
            to=Pick("flat_array", "="),
            at_least=1.0,
            processors=XEON,
        ),
        Expectation(
            "A chain walked by branches costs the same as an array within 10 % in every stream",
            of=Pick("chained_scatterlist*", "*/add{size=all}", code="branches"),
            to=Pick("flat_array", "="),
            at_least=0.9,
            at_most=1.1,
            processors=XEON,
        ),
        Expectation(
            "A chain walked by conditional moves costs at least 10 % more in a backup",
            of=Pick("chained_scatterlist*", "blk/backup/add{size=all}", code="moves"),
            to=Pick("flat_array", "="),
            at_least=1.1,
            processors=XEON,
        ),
    ),
    note="Size all is the stream; the others are its requests of one size.",
)
