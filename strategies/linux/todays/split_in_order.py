"""The split ring of today in order, for kernels: its differences from ``split``.

A device that completes in the order of the avail ring may report a batch in one used entry, whose
id is the last buffer's. Descriptors are then taken and given back as they lie, so that there is no
free list, and ``next`` is always the one behind. Source: as ``strategies.linux.todays.ring``.
"""

from typing import Any

import numpy as np

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.todays.ring import RingParts, remember, state_of, todays_queue
from strategies.linux.todays.split import (
    ELEM_SHIFT,
    avail_event_at,
    await_used,
    describe,
    detacher,
    link,
    refuse,
    show,
    slot_of,
    state_split,
    unmap,
    writable,
)
from strategies.linux.todays.structs import NO_BATCH
from strategies.linux.views import (
    U16,
    U32,
    U64,
    smp_rmb,
    smp_wmb,
    u16_at,
    u64_at,
    unlikely,
    vring_avail,
    vring_used,
    vring_used_elem,
)
from strategies.linux.virtqueue import AVAIL_RING, ONE, USED_RING, WRITE, ZERO

NONE = U32(NO_BATCH)


@inline
def begin(q: Any) -> Any:
    """(next descriptor, head, bytes that the device may write)."""
    head = U64(q.free_head)
    return head, head, ZERO


@inline
def one_on(q: Any, i: Any) -> Any:
    """The descriptor behind ``i``."""
    i += ONE
    return ZERO if unlikely(U64(i >= U64(q.num))) else i


def putter(step: Kernel) -> Kernel:
    """The ``put`` that goes to the next descriptor by ``step``."""

    @inline
    def put(q: Any, arrays: Any, place: Any, entry: Any) -> Any:
        """Describe a segment, and keep a copy, as split rings always do."""
        desc, extra = arrays
        i, head, in_len = place
        describe(desc, i, entry)
        remember(extra, i, entry)
        if entry[2] & WRITE:
            in_len += U64(entry[1])
        return step(q, arrays, i), head, in_len

    return put


@inline
def by_link(q: Any, arrays: Any, i: Any) -> Any:
    """Copy the private link into the ring and follow it, though it is always the same."""
    return link(arrays, i)


@inline
def by_order(q: Any, arrays: Any, i: Any) -> Any:
    """Go on to the one behind: the ring's links were written once, when it was made."""
    return one_on(q, i)


@inline
def publish(vq_address: Any, q: Any, place: Any, total: Any, token: Any) -> Any:
    """Take as many descriptors as were filled, and show the chain."""
    _, head, in_len = place
    q.num_free -= U32(total)
    following = U32(head + total)
    q.free_head = following if following < q.num else U32(following - q.num)
    state_split(state_of(q, head)).total_in_len = U32(in_len)
    state_split(state_of(q, head)).data = token
    state_split(state_of(q, head)).indir_desc = ZERO
    show(vq_address, q, head)


RING = RingParts(refuse, begin, putter(by_link), publish)
WITHOUT_NEXT = RingParts(refuse, begin, putter(by_order), publish)


@inline
def unmap_in_order(q: Any, i: Any) -> Any:
    """Look at the copy, as ever, and go on to the one behind."""
    unmap(q, i)
    return one_on(q, i)


@inline
def leave(q: Any, head: Any, last: Any) -> Any:
    """Put a chain in no list: there is none."""


def getter(unmap_one: Kernel) -> Kernel:
    """The ``get_buf`` that does ``unmap_one`` to a segment, which says where the next one is."""
    detach = detacher(unmap_one, leave)  # the chain is walked all the same, only to count it

    def get_buf(vq_address: Any, length_address: Any) -> Any:
        """The next token, or 0; within a batch the used ring is not read."""
        q = todays_queue(vq_address)
        if unlikely(U64(q.broken)):
            return 0
        head = U64(q.last_used)
        if q.batch_id == NONE:
            if vring_used(q.used).idx == q.last_used_idx:
                return 0
            smp_rmb()  # used->idx before the element
            elem = vring_used_elem(q.used + USED_RING + (slot_of(q, q.last_used_idx) << ELEM_SHIFT))
            q.batch_id = elem.id
            q.batch_len = elem.len
        token = state_split(state_of(q, head)).data
        if unlikely(U64(q.batch_id >= q.num)) or unlikely(U64(token == ZERO)):
            q.broken = np.uint8(1)
            return 0
        if U64(q.batch_id) == head:
            u64_at(length_address).value = U64(q.batch_len)
            q.batch_id = NONE
        else:
            u64_at(length_address).value = U64(state_split(state_of(q, head)).total_in_len)
        free = U32(q.num_free)
        detach(q, head)
        q.last_used_idx = U16(q.last_used_idx + U16(1))
        q.last_used = U16(slot_of(q, U32(U32(head) + U32(q.num_free) - free)))
        await_used(q)
        return np.int64(token)

    return get_buf


get_buf, get_buf_without_next = getter(unmap), getter(unmap_in_order)


def device(vq_address: Any) -> Any:
    """Consume all that is available, and report it in one used entry: the last buffer's."""
    q = todays_queue(vq_address)
    first = U16(q.device_idx)
    head, written = ZERO, U32(0)
    while q.device_idx != vring_avail(q.avail).idx:
        slot = slot_of(q, q.device_idx)
        head = U64(u16_at(q.avail + AVAIL_RING + (slot << ONE)).value)
        written = U32(writable(q.desc, head))
        q.device_idx = U16(q.device_idx + U16(1))
    if q.device_idx != first:
        elem = vring_used_elem(q.used + USED_RING + (slot_of(q, first) << ELEM_SHIFT))
        elem.id = U32(head)
        elem.len = written
        smp_wmb()  # the element before used->idx; pairs with get_buf reading idx first
        vring_used(q.used).idx = q.device_idx
    u16_at(avail_event_at(q)).value = q.device_idx
    return 0
