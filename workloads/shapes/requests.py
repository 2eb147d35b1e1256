"""A shape file as a workload: each shape a stream of one request, and parts of the capture.

What a shape's segments are, none beside another, so that nothing merges: whole pages and a rest
where that fits, else alike. No layout reads a length.
"""

import random
from collections.abc import Sequence

import msgspec
import numpy as np

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

MIX, ORDER = "mix", "order"  # behind a header: streams of all its shapes, a short and a long one
MIX_LENGTH = 64  # requests: as of the suite's own mixes, so that all their lists are in cache
ORDER_LENGTH = 512  # more than a predictor knows by heart; each list is used as soon as it is made
FIRST_PAGE = 0x1000
BARE_ROOM = 128  # entries of a table without a header
WAYS = {"out": Direction.OUT, "in": Direction.IN}


def workload(file: ShapeFile) -> Workload:
    """A workload with every shape, and the streams of those with the same header."""
    single = (Shape(one.name, fixed(request(one))) for one in file.shapes)
    return Workload(file.name, (*single, *mixes(file)))


def mixes(file: ShapeFile) -> tuple[Shape, ...]:
    """Return streams for each header that several shapes have: their tables are the same.

    The long one is of captures alone: what is drawn has no order to be learnt.
    """
    found = []
    for header in headers(file):
        if sum(one.header == header for one in file.shapes) > 1:
            short, long = stream(file, header), ordered(file, header)
            found.append(Shape(f"{header}-{MIX}", fixed(*map(request, short))))
            if len(long) > len(short):
                found.append(Shape(f"{header}-{ORDER}", fixed(*map(request, long))))
    return tuple(found)


def headers(file: ShapeFile) -> tuple[str, ...]:
    """Return the headers of a file's shapes."""
    return tuple(dict.fromkeys(one.header for one in file.shapes))


def stream(file: ShapeFile, header: str) -> tuple[FileShape, ...]:
    """Return requests with a header that followed one another; without an order, drawn by weight.

    Those of ``ordered`` whose shapes are nearest to their weights.
    """
    shapes = [one for one in file.shapes if one.header == header]
    weights = [float(one.weight) for one in shapes]
    long = ordered(file, header)
    if long:
        return part(long, shapes, weights, MIX_LENGTH)
    return tuple(random.Random(STREAM_SEED).choices(shapes, weights, k=MIX_LENGTH))


def ordered(file: ShapeFile, header: str) -> tuple[FileShape, ...]:
    """Return a longer part of the capture, likewise; nothing where there is no order.

    The first requests of a capture may be like no others.
    """
    shapes = [one for one in file.shapes if one.header == header]
    known = [file.shapes[number] for number in file.order]
    same = [one for one in known if one.header == header]
    return part(same, shapes, [float(one.weight) for one in shapes], ORDER_LENGTH)


def part(
    order: Sequence[FileShape], shapes: Sequence[FileShape], weights: Sequence[float], length: int
) -> tuple[FileShape, ...]:
    """Return ``length`` requests that followed one another, whose shares are most like weights."""
    places = {one.name: at for at, one in enumerate(shapes)}
    start = most_alike([places[one.name] for one in order], weights, length)
    return tuple(order[start : start + length])


def most_alike(order: Sequence[int], weights: Sequence[float], length: int) -> int:
    """Return where those ``length`` numbers of ``order`` begin whose shares are most like weights.

    By the sum of absolute differences; the first of several.
    """
    if len(order) <= length:
        return 0
    shares = np.asarray(weights) / sum(weights)
    taken = np.zeros((len(order) + 1, len(shares)), np.int16)
    np.cumsum(np.asarray(order)[:, np.newaxis] == np.arange(len(shares)), axis=0, out=taken[1:])
    counts = taken[length:] - taken[:-length]
    return int(np.abs(counts / length - shares).sum(axis=1).argmin())


def measured(file: ShapeFile) -> str:
    """Return a shape file in a line, its order cut to what is measured of it."""
    numbers = {one.name: number for number, one in enumerate(file.shapes)}
    kept = [numbers[one.name] for header in headers(file) for one in ordered(file, header)]
    return msgspec.json.encode(msgspec.structs.replace(file, order=tuple(kept))).decode()


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
