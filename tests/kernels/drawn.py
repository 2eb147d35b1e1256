"""Requests drawn by Hypothesis: every shape that the contract of ``strategies`` allows."""

import random
from collections.abc import Iterator

from hypothesis import strategies as st

from bench.ring import oracle
from bench.worker.memory import PAGE
from workloads import Direction, Group, Request, Segment, blk, console, net

PAGES_MAX = 2**38  # the imaginary mem_map ends with the address space, a little further on
VIRTUAL_PAGES_MAX = 2**34  # so does the direct mapping
WINDOW_PAGES = 2**20  # no entry crosses 4 GiB
TABLE_ROOM = 300  # three tables of 128 slots, where tables are chained

directions = st.sampled_from(Direction)
seeds = st.integers(0, 2**32 - 1)  # segments come from a seed: hundreds of draws would not shrink
counts = st.integers(1, 6) | st.sampled_from((62, 125, 126, 127, 128)) | st.integers(1, 128)


def page(draw: random.Random) -> Segment:
    """Bytes that begin in any page."""
    offset = draw.choice((0, 1, 512, 4095, draw.randrange(PAGE)))
    length = draw.choice((1, 512, PAGE, PAGE - offset, 65536))
    return Segment(draw.randrange(1, PAGES_MAX), offset, length)


def buffer(draw: random.Random) -> Segment:
    """Bytes at any virtual address."""
    first, offset = draw.randrange(VIRTUAL_PAGES_MAX), draw.randrange(PAGE)
    return Segment(first, offset, draw.randrange(1, PAGE), virtual=True)


def run(draw: random.Random, entries: int) -> Iterator[Segment]:
    """Neighbours that blk_rq_map_sg merges into one entry, or into two if there may be two."""
    first = draw.randrange(WINDOW_PAGES, PAGES_MAX)
    kind = draw.choice(("pages", "parts", "64 KiB", "4 GiB")[: 2 * entries])
    if kind == "parts":
        cuts = sorted(draw.sample(range(1, PAGE), 2))
        for start, end in zip((0, *cuts), (*cuts, PAGE), strict=True):
            yield Segment(first, start, end - start)
    elif kind == "pages":
        first -= first % 16  # inside its window
        offset = draw.randrange(PAGE)
        yield Segment(first, offset, PAGE - offset)
        yield from (Segment(first + step, 0, PAGE) for step in range(1, draw.randrange(2, 8)))
    elif kind == "64 KiB":
        first -= first % 32
        yield from (Segment(first + step, 0, PAGE) for step in range(17))
    else:
        first -= first % WINDOW_PAGES
        yield from (Segment(first - 1, 0, PAGE), Segment(first, 0, PAGE))


def data(count: int, seed: int) -> tuple[Segment, ...]:
    """Segments that blk_rq_map_sg merges into ``count`` entries."""
    draw = random.Random(seed)
    found: list[Segment] = []
    entries = 0
    alone = draw.random()  # the share of those without neighbours
    while entries < count:
        left = min(count - entries, 2)
        more = (page(draw),) if draw.random() < alone else tuple(run(draw, left))
        found += more
        entries += len(oracle.asked(blk.request(Direction.IN, more))) - 2
    return tuple(found)


def block(direction: Direction, count: int, seed: int) -> Request:
    """A READ or WRITE of ``count`` entries."""
    return blk.request(direction, data(count, seed))


def packet(direction: Direction, linear: int, frags: int, seed: int) -> Request:
    """A packet whose frags lie anywhere."""
    draw = random.Random(seed)
    (group,) = net.packet(direction, linear).groups
    segments = (*group.segments, *(page(draw) for _ in range(frags)))
    return Request((Group(direction, segments, net.ROOM),))


def tables(sides: tuple[Direction, ...], count: int, last: int, seed: int) -> Request:
    """Three groups, the first full, in either direction from the second or third on."""
    draw = random.Random(seed)
    first, second, third = sides
    middle = (buffer(draw), *(page(draw) for _ in range(count - 1)))
    end = tuple(buffer(draw) for _ in range(last))
    return Request(
        (
            Group(first, (buffer(draw), buffer(draw)), room=2),
            Group(second, middle, room=TABLE_ROOM),
            Group(third, end, room=3),
        )
    )


def pair(out: int, into: int, seed: int) -> Request:
    """Two groups, one per direction."""
    draw = random.Random(seed)
    sizes = {Direction.OUT: out, Direction.IN: into}
    return Request(
        tuple(
            Group(way, tuple(page(draw) for _ in range(size)), room=4)
            for way, size in sizes.items()
        )
    )


ways = st.tuples(directions, directions, directions).map(lambda sides: tuple(sorted(sides)))
requests = st.one_of(
    st.builds(console.buffer, directions, st.integers(1, 2**32 - 1)),
    st.builds(block, directions, counts, seeds),
    st.builds(packet, directions, st.integers(1, 1514), st.integers(0, net.MAX_SKB_FRAGS), seeds),
    st.builds(pair, st.integers(1, 4), st.integers(1, 4), seeds),
    st.builds(tables, ways, counts | st.integers(1, TABLE_ROOM), st.integers(1, 3), seeds),
)
