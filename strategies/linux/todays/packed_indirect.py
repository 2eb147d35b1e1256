"""The packed ring of today with indirect descriptors, for kernels: its differences from the packed.

Source: as ``strategies.linux.todays.ring``. A table's descriptors have neither id nor NEXT, for all
of it is one buffer. Private copies behind them are linked when the table is taken, as in a split
ring's, though nothing reads those links. Table and ring are filled by different loops.
"""

from typing import Any

import numpy as np

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.mapping import DIRECT_MAP
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.todays.packed import (
    BOTH,
    RING,
    answering,
    buffer_at,
    detach,
    getter,
    packed_desc,
    refuse,
    show,
    state_packed,
)
from strategies.linux.todays.ring import (
    both_numbers,
    by_walking,
    desc_extra,
    filler,
    lists_walk,
    nth,
    state_of,
    todays_queue,
)
from strategies.linux.todays.split import INDIRECT
from strategies.linux.todays.split_indirect import WITH_COPIES, link_copies
from strategies.linux.todays.structs import EIO
from strategies.linux.todays.tables import TableSource, freeing
from strategies.linux.views import U16, U32, U64, unlikely
from strategies.linux.virtqueue import DESC_SHIFT, ONE, OUTGOING, WRITE, ZERO


@inline
def put_in_table(q: Any, table: Any, i: Any, entry: Any) -> Any:
    """Describe a segment in a table."""
    addr, length, flags = entry
    packed_desc(nth(table, i)).addr = addr
    packed_desc(nth(table, i)).len = length
    packed_desc(nth(table, i)).flags = U16(flags & WRITE)
    return i + ONE


@inline
def lead_to(q: Any, table: Any, total: Any, token: Any) -> Any:
    """Have one descriptor of the ring lead to a table, and show it."""
    head, buffer = U64(q.next_avail_idx), U64(q.free_head)
    packed_desc(nth(q.desc, head)).addr = table - DIRECT_MAP
    packed_desc(nth(q.desc, head)).len = U32(total << DESC_SHIFT)
    packed_desc(nth(q.desc, head)).id = U16(buffer)
    flags = U16(q.avail_used_flags | INDIRECT)
    i = head + ONE
    if unlikely(U64(i >= U64(q.num))):
        i = ZERO
        q.avail_wrap_counter = np.uint8(q.avail_wrap_counter ^ np.uint8(1))
        q.avail_used_flags = U16(q.avail_used_flags ^ BOTH)
    q.num_free -= U32(1)
    q.next_avail_idx = U16(i)
    q.free_head = U32(desc_extra(nth(q.desc_extra, buffer)).next)
    state_packed(state_of(q, buffer)).num = U16(1)
    state_packed(state_of(q, buffer)).data = token
    state_packed(state_of(q, buffer)).indir_desc = table
    state_packed(state_of(q, buffer)).last = U16(buffer)
    show(q, head, flags, ONE)


def add_sgs(wanted: Kernel, tables: TableSource) -> Kernel:
    """``add_buf(vq, sgs, out_sgs, in_sgs, token)``; ``wanted(q, total)`` says who gets a table."""
    take, give = tables.take, tables.give
    begin, publish, walk = RING.begin, RING.publish, lists_walk(RING.put, both_numbers)
    fill_out, fill_in = filler(put_in_table, OUTGOING), filler(put_in_table, WRITE)

    def add_buf(  # noqa: PLR0911  (the source's)
        vq_address: Any, sgs: Any, out: Any, in_: Any, token: Any
    ) -> Any:
        q = todays_queue(vq_address)
        total, goes_out = by_walking(sgs, out, in_)
        if unlikely(U64(token == ZERO)):
            return BUG
        if unlikely(U64(q.broken)):
            return EIO
        if unlikely(U64(total == ZERO)):
            return BUG
        if wanted(q, total):
            table = take(q, total << WITH_COPIES, U64(q.free_head))
            if table != ZERO:
                link_copies(nth(table, total), total)
                if refuse(vq_address, q, ONE, goes_out):
                    give(q, table)
                    return ENOSPC
                i, left = fill_out(q, table, ZERO, (sgs, ZERO, out), total)
                fill_in(q, table, i, (sgs, out, out + in_), left)
                lead_to(q, table, total, token)
                return 0
        if refuse(vq_address, q, total, goes_out):
            return ENOSPC
        at = U64(q.desc), U64(q.desc_extra)
        place = walk(q, at, begin(q), (sgs, out, in_), total)
        publish(vq_address, q, place, total, token)
        return 0

    return add_buf


def get_buf(tables: TableSource) -> Kernel:
    """The ``get_buf`` that gives tables back."""
    return getter(freeing(detach, state_packed, tables))


@inline
def buffer_in(q: Any, i: Any) -> Any:
    """A buffer's id, the bytes it lets the device write, its slots, with a table or without."""
    if not packed_desc(nth(q.desc, i)).flags & INDIRECT:
        return buffer_at(q, i)
    table, left = packed_desc(nth(q.desc, i)).addr + DIRECT_MAP, packed_desc(nth(q.desc, i)).len
    written = U32(0)
    while left:
        if packed_desc(table).flags & WRITE:
            written += packed_desc(table).len
        table = nth(table, ONE)
        left -= U32(16)
    return U64(packed_desc(nth(q.desc, i)).id), written, ONE


device = answering(buffer_in)
