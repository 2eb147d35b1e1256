"""Lists in small pieces: their sizes, and a table that is copied from such a list."""

from collections.abc import Iterator
from typing import Any

from strategies import Kernel, Strategy
from strategies.compile.codegen import inline
from strategies.linux.chain import TABLE, creator
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    first_group,
    first_segment,
    group_mapper,
    hand_over,
    rooms,
)
from strategies.linux.scatterlist import follow, leaving, sg_assign_page, sg_mark_end, stepper
from strategies.linux.table import map_group
from strategies.linux.views import U64, group_at, request_at, u64_at
from strategies.linux.virtqueue import ONE, ZERO

EXPERIMENT, AXIS = "pieces", "piece"
SIZES = (4, 8, 16, 32, 64, 128)  # slots of a table, entries of an array
PIECES, ARRAY = U64(0), U64(64)  # in list memory: the pieces' address; the table, before the pieces

sg_next = inline(stepper(follow))
map_into_pieces = group_mapper(leaving(sg_next), sg_assign_page)


def copying(name: str, add_buf: Kernel) -> Iterator[Strategy]:
    """Forms of one table that receives its data as chained pieces, one form per size of pieces.

    ``map`` first builds the pieces, as the caller of such a driver does, then copies them entry by
    entry, as virtio-scsi did until 2013; header and status are set in the table itself.
    ``add_buf`` is that of the table.
    """
    for size in SIZES:
        create, axes = _create(inline(creator(size))), ((AXIS, str(size)),)
        yield Strategy(name, create, map_request, add_buf, "copy", only=EXPERIMENT, axes=axes)


def _create(create_pieces: Kernel) -> Kernel:
    def create(list_memory: Any, request: Any) -> Any:
        pieces = list_memory + ARRAY + rooms(request) * SG_BYTES
        u64_at(list_memory + PIECES).value = pieces
        return pieces - list_memory + U64(create_pieces(pieces, request))

    return create


@inline
def copied(to: Any, entry: Any, count: Any) -> Any:
    """Copy ``count`` chained entries to an array; return the end of the array."""
    while count > ZERO:
        for at in (U64(0), U64(8), U64(16), U64(24)):
            u64_at(to + at).value = u64_at(entry + at).value
        to += SG_BYTES
        entry = sg_next(entry)
        count -= ONE
    return to


def map_request(list_memory: Any, request: Any, words: Any) -> Any:
    """Copy block data from pieces; map everything else straight into the table."""
    pieces = u64_at(list_memory + PIECES).value
    sg, out, in_, number = list_memory + ARRAY, ZERO, ZERO, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        if group_at(group).merge != ZERO:
            first = u64_at(pieces + TABLE + number * U64(8)).value
            entries, last, segment = map_into_pieces(group, segment, first)
            sg_mark_end(last)
            sg = copied(sg, first, entries)
        else:
            entries, _, segment = map_group(group, segment, sg)
            sg += entries * SG_BYTES
        if group_at(group).direction == OUT:
            out += entries
        else:
            in_ += entries
        group += GROUP_BYTES
        number += ONE
    hand_over(words, list_memory + ARRAY, out, in_)
    return 0
