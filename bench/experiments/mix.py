"""mix: what each layout costs where requests of several sizes come mixed, as drivers get them.

Streams of 64 requests, drawn from ``STREAM_SEED`` before any timing; every layout meets the same.

* blk ``oltp``: a database with pages of 8 KiB (PostgreSQL's block size), 67 % read, as in the
  "Database" pattern of StorageReview's Iometer tests; a tenth are writes of one page to its log,
  which is an assumption of ours.
* blk ``backup``: reads as large as the driver of 2.6.24 was given (255 sectors), a tenth of one
  page for the file system's own sake: an assumption of ours.
* net ``web``: answers of a server with the file sizes of SPECweb99: 35 % below 1 KB, 50 % 1 to
  9 KB, 14 % 10 to 90 KB, 1 % 100 to 900 KB, each size of a class as often; 64 KiB a packet, and an
  acknowledgement before each answer.
* net ``bulk``: a long transfer: packets of 64 KiB, which fill 16 pages or 17, and a sixteenth of
  acknowledgements: an assumption of ours.

``{size=all}`` is the stream, ``{size=N}`` its requests of N descriptors alone: the spread.
"""

import functools
import itertools
import random
from collections.abc import Callable, Iterator

from bench.experiments import Expectation, Experiment, Figure, Pick, Point
from strategies import PHASES
from workloads import PAGE_SIZE, STREAM_SEED, Direction, Request, Shape, blk, fixed, net

REQUESTS = 64  # of a stream
OLTP_READS, OLTP_LOG = 0.67, 0.1
BACKUP_PAGES = 0.1
WEB_CLASSES = {100: 35, 1_000: 50, 10_000: 14, 100_000: 1}  # bytes of the smallest file: weight
WEB_FILES = 9  # sizes of a class: once to nine times its smallest
ACKS = 1 / 16  # of the packets in a long transfer
GSO_BYTES = 16 * PAGE_SIZE


Requests = Iterator[Request]


def oltp(draw: random.Random) -> Requests:
    """Yield a request of a database."""
    if draw.random() < OLTP_LOG:
        yield blk.request(Direction.OUT, blk.pages(1))
        return
    direction = Direction.IN if draw.random() < OLTP_READS else Direction.OUT
    yield blk.request(direction, blk.pages(2))


def backup(draw: random.Random) -> Requests:
    """Yield a request of a backup."""
    small = draw.random() < BACKUP_PAGES
    yield blk.request(Direction.IN, blk.pages(1) if small else blk.cap())


def web(draw: random.Random) -> Requests:
    """Yield an acknowledgement and the packets of an answer."""
    (smallest,) = draw.choices(list(WEB_CLASSES), list(WEB_CLASSES.values()))
    left = smallest * draw.randint(1, WEB_FILES)
    yield acknowledgement()
    while left > 0:
        pages = -(-min(left, GSO_BYTES) // PAGE_SIZE)
        yield net.packet(Direction.OUT, net.GSO_LINEAR_BYTES, pages)
        left -= GSO_BYTES


def bulk(draw: random.Random) -> Requests:
    """Yield a packet of a long transfer."""
    if draw.random() < ACKS:
        yield acknowledgement()
    else:
        yield net.packet(Direction.OUT, net.GSO_LINEAR_BYTES, draw.choice((16, 17)))


def acknowledgement() -> Request:
    """Return a packet of headers alone."""
    return net.packet(Direction.OUT, net.GSO_LINEAR_BYTES)


STREAMS = {
    "oltp": ("blk", oltp),
    "backup": ("blk", backup),
    "web": ("net", web),
    "bulk": ("net", bulk),
}


def stream(more: Callable[[random.Random], Requests], seed: int) -> tuple[Request, ...]:
    """Return a seeded stream."""
    draw = random.Random(seed)
    endless = (request for _ in itertools.count() for request in more(draw))
    return tuple(itertools.islice(endless, REQUESTS))


def descriptors(request: Request) -> int:
    """Return how many a request takes: nothing in these streams is merged."""
    return sum(len(group.segments) for group in request.groups)


def points() -> tuple[Point, ...]:
    """Return each stream in every phase, and in phase add its requests of each size alone."""
    found = []
    for name, (workload, more) in STREAMS.items():
        whole = Shape(name, functools.partial(stream, more))
        found += [Point(workload, whole, phase, (("size", "all"),)) for phase in PHASES]
        sizes: dict[int, list[Request]] = {}
        for request in stream(more, STREAM_SEED):
            sizes.setdefault(descriptors(request), []).append(request)
        for size, requests in sorted(sizes.items()):
            alone = Shape(name, fixed(*requests))
            found.append(Point(workload, alone, "add", (("size", str(size)),)))
    return tuple(found)


EXPERIMENT = Experiment(
    name="mix",
    question="What does each layout cost where requests of several sizes come mixed?",
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
        ),
        Expectation(
            "A chain walked by branches costs within 10 % of what an array costs in every stream",
            of=Pick("chained_scatterlist*", "*/add{size=all}", code="branches"),
            to=Pick("flat_array", "="),
            at_least=0.9,
            at_most=1.1,
        ),
        Expectation(
            "A chain walked by conditional moves costs a tenth more and up in a backup",
            of=Pick("chained_scatterlist*", "blk/backup/add{size=all}", code="moves"),
            to=Pick("flat_array", "="),
            at_least=1.1,
        ),
    ),
    note="A stream is the size all; below it its requests of each size alone.",
)
