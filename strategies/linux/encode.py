"""Requests as the bytes that ``map`` reads, and back."""

from collections.abc import Iterator

import numpy as np

from strategies.linux.structs import (
    GROUP,
    PAGE_OFFSET,
    PAGE_SHIFT,
    REQUEST,
    SEGMENT,
    STRUCT_PAGE_BYTES,
    VMEMMAP,
)
from workloads import Direction, Group, Request, Segment


def encode(request: Request) -> bytes:
    """A REQUEST, then its GROUPs, then the SEGMENTs of all groups.

    Raises:
        ValueError: if a group is empty or exceeds its room; if its pages precede its virtual
            addresses; if two groups, not counting the last, have room left: a chained list
            remembers one overwritten link, enough for a driver with one table of data.
    """
    if sum(len(group.segments) < group.room for group in request.groups[:-1]) > 1:
        raise ValueError("only one group, apart from the last, may have room left")
    groups = [_group(group) for group in request.groups]
    segments = [_segment(segment) for group in request.groups for segment in group.segments]
    head = np.array([(len(groups),)], REQUEST)
    return b"".join(
        (head.tobytes(), np.array(groups, GROUP).tobytes(), np.array(segments, SEGMENT).tobytes())
    )


def _group(group: Group) -> tuple[int, ...]:
    if not group.segments:
        raise ValueError("a group without segments")
    virtuals = sum(segment.virtual for segment in group.segments)
    if any(segment.virtual for segment in group.segments[virtuals:]):
        raise ValueError("virtual segments must come first in their group")
    if not group.merge and len(group.segments) > group.room:
        raise ValueError(f"{len(group.segments)} segments in a group with room {group.room}")
    pages = len(group.segments) - virtuals
    return group.direction, group.room, virtuals, pages, group.merge


def _segment(segment: Segment) -> tuple[int, int, int]:
    if segment.virtual:
        return PAGE_OFFSET + (segment.page << PAGE_SHIFT) + segment.offset, segment.length, 0
    return VMEMMAP + segment.page * STRUCT_PAGE_BYTES, segment.length, segment.offset


def decode(text: bytes) -> Request:
    """The request that these bytes are of, but for its header."""
    (count,) = np.frombuffer(text, REQUEST, 1)["groups"]
    groups = np.frombuffer(text, GROUP, count, REQUEST.itemsize)
    segments = iter(np.frombuffer(text, SEGMENT, -1, REQUEST.itemsize + groups.nbytes).tolist())
    return Request(tuple(_read_group(group, segments) for group in groups.tolist()))


def _read_group(group: tuple[int, ...], segments: Iterator[tuple[int, ...]]) -> Group:
    direction, room, virtuals, pages, merge = group
    found = [_read_segment(*next(segments), virtual=n < virtuals) for n in range(virtuals + pages)]
    return Group(Direction(direction), tuple(found), room, bool(merge))


def _read_segment(page: int, length: int, offset: int, *, virtual: bool) -> Segment:
    if virtual:
        number, offset = divmod(page - PAGE_OFFSET, 1 << PAGE_SHIFT)
        return Segment(number, offset, length, virtual)
    return Segment((page - VMEMMAP) // STRUCT_PAGE_BYTES, offset, length)
