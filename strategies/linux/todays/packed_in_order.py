"""The packed ring of today in order, for kernels: its differences from ``packed``.

A buffer is known by its first slot, and state and copies lie by slot, so that no list of ids is
read or written. Used descriptors report batches, as the split ring's entries do in order. Source:
as ``strategies.linux.todays.ring``.
"""

from typing import Any

import numpy as np

from strategies.compile.codegen import inline
from strategies.linux.todays.packed import (
    BOTH,
    POSITION,
    TO_WRAP,
    await_used,
    buffer_at,
    describe,
    is_available,
    is_used,
    packed_desc,
    packed_event,
    refuse,
    show,
    state_packed,
)
from strategies.linux.todays.ring import RingParts, nth, remember, state_of, todays_queue
from strategies.linux.todays.structs import NO_BATCH
from strategies.linux.views import U16, U32, U64, smp_rmb, smp_wmb, trap, u64_at, unlikely
from strategies.linux.virtqueue import ONE, WRITE, ZERO

NONE = U32(NO_BATCH)


@inline
def begin(q: Any) -> Any:
    """(next slot, first slot, last slot, first slot's flags, bytes the device may write)."""
    head = U64(q.next_avail_idx)
    return head, head, head, ZERO, ZERO


@inline
def put(q: Any, arrays: Any, place: Any, entry: Any) -> Any:
    """Describe a segment; the first one's flags are held back, as they show all of them."""
    desc, extra = arrays
    i, head, _, head_flags, in_len = place
    flags = U16(q.avail_used_flags | entry[2])
    describe(desc, i, head, entry)
    if i == head:
        head_flags = U64(flags)
    else:
        packed_desc(nth(desc, i)).flags = flags
    if entry[2] & WRITE:
        in_len += U64(entry[1])
    if unlikely(U64(q.use_map_api)):
        remember(extra, i, entry)
    last = i
    i += ONE
    if unlikely(U64(i >= U64(q.num))):
        i = ZERO
        q.avail_used_flags = U16(q.avail_used_flags ^ BOTH)
        q.avail_wrap_counter = np.uint8(q.avail_wrap_counter ^ np.uint8(1))
    return i, head, last, head_flags, in_len


@inline
def publish(vq_address: Any, q: Any, place: Any, total: Any, token: Any) -> Any:
    """Remember the buffer by its first slot, and show it."""
    i, head, last, head_flags, in_len = place
    q.num_free -= U32(total)
    q.next_avail_idx = U16(i)
    state_packed(state_of(q, head)).total_in_len = U32(in_len)
    state_packed(state_of(q, head)).num = U16(total)
    state_packed(state_of(q, head)).data = token
    state_packed(state_of(q, head)).indir_desc = ZERO
    state_packed(state_of(q, head)).last = U16(last)
    show(q, head, head_flags, total)


RING = RingParts(refuse, begin, put, publish)


def get_buf(vq_address: Any, length_address: Any) -> Any:
    """The next token, or 0; within a batch the ring is not read."""
    q = todays_queue(vq_address)
    if unlikely(U64(q.broken)):
        return 0
    at = U16(q.last_used_idx)
    i, wrap = U64(at & POSITION), U64(at) >> TO_WRAP
    if q.batch_id == NONE:
        if not is_used(packed_desc(nth(q.desc, i)).flags, wrap):
            return 0
        smp_rmb()  # the flags before id and length
        q.batch_id = U32(packed_desc(nth(q.desc, i)).id)
        q.batch_len = packed_desc(nth(q.desc, i)).len
    token = state_packed(state_of(q, i)).data
    if unlikely(U64(q.batch_id >= q.num)) or unlikely(U64(token == ZERO)):
        q.broken = np.uint8(1)
        return 0
    if U64(q.batch_id) == i:
        u64_at(length_address).value = U64(q.batch_len)
        q.batch_id = NONE
    else:
        u64_at(length_address).value = U64(state_packed(state_of(q, i)).total_in_len)
    slots = U64(state_packed(state_of(q, i)).num)
    detach(q, i)
    i += slots
    if unlikely(U64(i >= U64(q.num))):
        i -= U64(q.num)
        wrap ^= ONE
    q.last_used_idx = U16(i | (wrap << TO_WRAP))
    await_used(q)
    return np.int64(token)


@inline
def detach(q: Any, head: Any) -> Any:
    """Give the buffer's slots back."""
    state_packed(state_of(q, head)).data = ZERO
    q.num_free += U32(state_packed(state_of(q, head)).num)
    if unlikely(U64(q.use_map_api)):
        trap()


def device(vq_address: Any) -> Any:
    """Use all that is available, and report it in one used descriptor, in the first slot."""
    q = todays_queue(vq_address)
    i, wrap = U64(q.device_idx), U64(q.device_wrap)
    first, round_of_first, buffer, written = i, wrap, ZERO, U32(0)
    any_used = False
    while is_available(packed_desc(nth(q.desc, i)).flags, wrap):
        smp_rmb()  # the flags before all else
        buffer, written, slots = buffer_at(q, i)
        any_used = True
        i += slots
        if i >= U64(q.num):
            i -= U64(q.num)
            wrap ^= ONE
    if any_used:
        packed_desc(nth(q.desc, first)).id = U16(buffer)
        packed_desc(nth(q.desc, first)).len = U32(written)
        smp_wmb()  # id and length before the flags that show them; pairs with get_buf
        packed_desc(nth(q.desc, first)).flags = BOTH if round_of_first != ZERO else U16(0)
    q.device_idx, q.device_wrap = U16(i), np.uint8(wrap)
    packed_event(q.used).off_wrap = U16(i | (wrap << TO_WRAP))
    return 0
