"""A shape file as a workload: each shape as a stream of one request, and parts of the capture.

The segments of a request are whole pages and a rest if that fits, else of equal length; none is
adjacent to another, so that nothing merges. No layout reads a length.
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

MIX, ORDER = "mix", "order"  # suffixes of a header: its short and its long stream of all shapes
MIX_LENGTH = 64  # requests: like the suite's own mixes, so that all lists stay in cache
ORDER_LENGTH = 512  # more than a predictor can learn; each list is used as soon as it is made
FIRST_PAGE = 0x1000
BARE_ROOM = 128  # entries of a table without a header
WAYS = {"out": Direction.OUT, "in": Direction.IN}


def workload(file: ShapeFile) -> Workload:
    """A workload with every shape, and with streams of shapes that share a header."""
    single = (Shape(one.name, fixed(request(one))) for one in file.shapes)
    return Workload(file.name, (*single, *mixes(file)))


def mixes(file: ShapeFile) -> tuple[Shape, ...]:
    """Streams for each header that several shapes share, as their tables are the same.

    Only captures have a long one: drawn requests have no order that could be learnt.
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
    """The headers of a file's shapes."""
    return tuple(dict.fromkeys(one.header for one in file.shapes))


def stream(file: ShapeFile, header: str) -> tuple[FileShape, ...]:
    """Consecutive requests with a header; drawn by weight if the file has no order.

    Of ``ordered``, the part whose shares of shapes are closest to their weights.
    """
    shapes = [one for one in file.shapes if one.header == header]
    weights = [float(one.weight) for one in shapes]
    long = ordered(file, header)
    if long:
        return part(long, shapes, weights, MIX_LENGTH)
    return tuple(random.Random(STREAM_SEED).choices(shapes, weights, k=MIX_LENGTH))


def ordered(file: ShapeFile, header: str) -> tuple[FileShape, ...]:
    """A longer part of the capture, chosen likewise; empty if the file has no order.

    It need not begin the capture, as the first requests may be unlike all others.
    """
    shapes = [one for one in file.shapes if one.header == header]
    known = [file.shapes[number] for number in file.order]
    same = [one for one in known if one.header == header]
    return part(same, shapes, [float(one.weight) for one in shapes], ORDER_LENGTH)


def part(
    order: Sequence[FileShape], shapes: Sequence[FileShape], weights: Sequence[float], length: int
) -> tuple[FileShape, ...]:
    """The ``length`` consecutive requests whose shares are closest to the weights."""
    places = {one.name: at for at, one in enumerate(shapes)}
    start = most_alike([places[one.name] for one in order], weights, length)
    return tuple(order[start : start + length])


def most_alike(order: Sequence[int], weights: Sequence[float], length: int) -> int:
    """The index at which the ``length`` numbers begin whose shares are closest to the weights.

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
    """A shape file as one line, with only the measured part of its order."""
    numbers = {one.name: number for number, one in enumerate(file.shapes)}
    kept = [numbers[one.name] for header in headers(file) for one in ordered(file, header)]
    return msgspec.json.encode(msgspec.structs.replace(file, order=tuple(kept))).decode()


def request(shape: FileShape) -> Request:
    """The request of a driver for a shape."""
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
    """Segments of these lengths, none of which is adjacent to another."""
    step = 3 + max(lengths) // PAGE_SIZE
    return tuple(Segment(FIRST_PAGE + step * n, 0, length) for n, length in enumerate(lengths))
