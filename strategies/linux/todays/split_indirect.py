"""The split ring of today with indirect descriptors, for kernels: its differences from the split.

A request's descriptors may lie in a table of their own, which one descriptor of the ring leads to.
Source: as ``strategies.linux.todays.ring``. Behind the table's descriptors lie as many private
copies, whose links are written when the table is taken. One loop fills table or ring. Addresses of
tables are those of the direct mapping.
"""

from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.mapping import DIRECT_MAP
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.todays.ring import (
    by_walking,
    desc_extra,
    filler,
    nth,
    state_of,
    todays_queue,
)
from strategies.linux.todays.split import (
    INDIRECT,
    answering,
    detacher,
    getter,
    put,
    refuse,
    show,
    state_split,
    unmap,
    writable,
)
from strategies.linux.todays.structs import EIO
from strategies.linux.todays.tables import TableSource, freeing
from strategies.linux.views import U16, U32, U64, unlikely, vring_desc
from strategies.linux.virtqueue import DESC_SHIFT, ONE, OUTGOING, WRITE, ZERO

WITH_COPIES = DESC_SHIFT + ONE  # a descriptor and its copy


@inline
def link_copies(extra: Any, total: Any) -> Any:
    """Link each private copy of a table to the one behind it."""
    i = ZERO
    while i < total:
        following = i + ONE
        desc_extra(nth(extra, i)).next = U16(following)
        i = following


def add_sgs(wanted: Kernel, tables: TableSource) -> Kernel:  # noqa: C901  (the source's)
    """``add_buf(vq, sgs, out_sgs, in_sgs, token)``; ``wanted(q, total)`` says who gets a table."""
    take, give = tables.take, tables.give
    fill_out, fill_in = filler(put, OUTGOING), filler(put, WRITE)

    def add_buf(vq_address: Any, sgs: Any, out: Any, in_: Any, token: Any) -> Any:
        q = todays_queue(vq_address)
        total, goes_out = by_walking(sgs, out, in_)
        if unlikely(U64(token == ZERO)):
            return BUG
        if unlikely(U64(q.broken)):
            return EIO
        if unlikely(U64(total == ZERO)):
            return BUG
        table = ZERO
        if wanted(q, total):
            table = take(q, total << WITH_COPIES, U64(q.free_head))
            if table != ZERO:
                link_copies(nth(table, total), total)
        need = ONE if table != ZERO else total
        if refuse(vq_address, q, need, goes_out):
            if table != ZERO:
                give(q, table)
            return ENOSPC
        head = U64(q.free_head)
        desc, extra, first = U64(q.desc), U64(q.desc_extra), head
        if table != ZERO:
            desc, extra, first = table, nth(table, total), ZERO
        place, left = fill_out(q, (desc, extra), (first, head), (sgs, ZERO, out), total)
        place, left = fill_in(q, (desc, extra), place, (sgs, out, out + in_), left)
        following = place[0]
        if table != ZERO:
            entry = table - DIRECT_MAP, U32(total << DESC_SHIFT), INDIRECT
            following = put(q, (U64(q.desc), U64(q.desc_extra)), (head, head), entry)[0]
        q.num_free -= U32(need)
        q.free_head = U32(following)
        state_split(state_of(q, head)).data = token
        state_split(state_of(q, head)).indir_desc = table
        show(vq_address, q, head)
        return 0

    return add_buf


def get_buf(tables: TableSource) -> Kernel:
    """The ``get_buf`` that gives tables back."""
    return getter(freeing(detacher(unmap), state_split, tables))


@inline
def written(desc: Any, head: Any) -> Any:
    """How many bytes a chain lets the device write, in the ring or in a table."""
    if vring_desc(nth(desc, head)).flags & INDIRECT:
        return writable(vring_desc(nth(desc, head)).addr + DIRECT_MAP, ZERO)
    return writable(desc, head)


device = answering(written)
