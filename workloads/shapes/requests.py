"""A shape file as a workload: each shape a stream of one request, and all of them in order.

What a shape's segments are, none beside another, so that nothing merges: whole pages and a rest
where that fits, else alike. No layout reads a length.
"""

import random
from collections import Counter

import msgspec

from workloads import (
    PAGE_SIZE,
    STREAM_SEED,
    Direction,
    Group,
    Request,
    Segment,
    Shape,
    Workload,
    blk,
    fixed,
    net,
)
from workloads.shapes.records import FileShape, ShapeFile

MIX = "mix"  # behind a header: the stream of all its shapes, in the order of the capture
STREAM = 256  # requests of it: their lists still lie in a cache of the second level
FIRST_PAGE = 0x1000
BARE_ROOM = 128  # entries of a table without a header
WAYS = {"out": Direction.OUT, "in": Direction.IN}


def workload(file: ShapeFile) -> Workload:
    """A workload with every shape, and the streams of those with the same header."""
    single = (Shape(one.name, fixed(request(one))) for one in file.shapes)
    return Workload(file.name, (*single, *mixes(file)))


def mixes(file: ShapeFile) -> tuple[Shape, ...]:
    """A stream for each header that several shapes have: their tables are the same."""
    found = []
    for header in dict.fromkeys(one.header for one in file.shapes):
        if sum(one.header == header for one in file.shapes) > 1:
            drawn = (request(one) for one in stream(file, header))
            found.append(Shape(f"{header}-{MIX}", fixed(*drawn)))
    return tuple(found)


def stream(file: ShapeFile, header: str) -> tuple[FileShape, ...]:
    """The first requests with a header as captured; without an order, by their weights."""
    order = [file.shapes[number] for number in file.order]
    known = [one for one in order if one.header == header]
    if known:
        return tuple(known[:STREAM])
    shapes = [one for one in file.shapes if one.header == header]
    weights = [float(one.weight) for one in shapes]
    return tuple(random.Random(STREAM_SEED).choices(shapes, weights, k=STREAM))


def measured(file: ShapeFile) -> str:
    """A shape file in a line, with no more of its order than its streams take."""
    left = Counter({one.header: STREAM for one in file.shapes})
    end = 0
    for at, number in enumerate(file.order):
        header = file.shapes[number].header
        end = at + 1 if left[header] > 0 else end
        left[header] -= 1
    return msgspec.json.encode(msgspec.structs.replace(file, order=file.order[:end])).decode()


def request(shape: FileShape) -> Request:
    """Return what a driver asks for."""
    direction, lengths = WAYS[shape.direction], split(shape.bytes, shape.segments)
    if shape.header == "blk":
        return blk.request(direction, apart(lengths))
    if shape.header == "none":
        return Request((Group(direction, apart(lengths), room=BARE_ROOM),))
    linear = lengths[0]
    if shape.segments > 1:
        linear = min(net.GSO_LINEAR_BYTES, shape.bytes - shape.segments + 1)
        lengths = split(shape.bytes - linear, shape.segments - 1)
    head = Segment(net.LINEAR_PAGE, net.LINEAR_OFFSET, linear, virtual=True)
    frags = apart(lengths) if shape.segments > 1 else ()
    return Request((Group(direction, (net.HEADER, head, *frags), room=net.ROOM),))


def split(total: int, count: int) -> tuple[int, ...]:
    """The bytes of each segment: whole pages and a rest, or else as equal as can be."""
    rest = total - (count - 1) * PAGE_SIZE
    if 0 < rest <= PAGE_SIZE:
        return (*[PAGE_SIZE] * (count - 1), rest)
    each, more = divmod(total, count)
    return (*[each + 1] * more, *[each] * (count - more))


def apart(lengths: tuple[int, ...]) -> tuple[Segment, ...]:
    """Segments of these lengths, of which none ends where another begins."""
    step = 3 + max(lengths) // PAGE_SIZE
    return tuple(Segment(FIRST_PAGE + step * n, 0, length) for n, length in enumerate(lengths))
