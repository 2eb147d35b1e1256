"""The packed ring of today for kernels: what add does to it, kick, get_buf, a device.

Source: as ``strategies.linux.todays.ring``. Descriptors lie in the order in which they are added;
what a buffer is known by is its id, and ids have a free list of their own, ``desc_extra``'s. Left
out: as of the split ring.
"""

from typing import Any

import numpy as np

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.structs import struct
from strategies.linux.todays.ring import (
    RingParts,
    desc_extra,
    need_event,
    nth,
    remember,
    state_of,
    todays_queue,
)
from strategies.linux.todays.structs import (
    DESC_F_AVAIL,
    DESC_F_USED,
    EVENT_DESC,
    EVENT_DISABLE,
    PACKED_DESC,
    PACKED_EVENT,
    STATE_PACKED,
)
from strategies.linux.views import (
    U16,
    U32,
    U64,
    call1,
    smp_mb,
    smp_rmb,
    smp_wmb,
    trap,
    u64_at,
    unlikely,
    view,
)
from strategies.linux.virtqueue import NEXT, NOT_NEXT, ONE, WRITE, ZERO

packed_desc, packed_event, state_packed = view(PACKED_DESC), view(PACKED_EVENT), view(STATE_PACKED)
u32_at = view(struct(("value", "u4")))
AVAIL, BOTH = U16(DESC_F_AVAIL), U16(DESC_F_AVAIL | DESC_F_USED)
TO_AVAIL, TO_USED, TO_WRAP = U64(7), U64(15), U64(15)  # bits
POSITION = U16(0x7FFF)
AT_ONE, DISABLED = U16(EVENT_DESC), U16(EVENT_DISABLE)


@inline
def wants_kick(q: Any) -> Any:
    """``virtqueue_kick_prepare_packed``: one read of what the device wrote, flags and place."""
    smp_mb()  # flags of descriptors before what the device asks: else both sides may sleep
    new = U16(q.next_avail_idx)
    old = U16(new - U16(q.num_added))
    q.num_added = U32(0)
    asked = U32(u32_at(q.used).value)
    flags = U16(asked >> U32(16))
    if flags != AT_ONE:
        return flags != DISABLED
    place = U16(asked)
    event = U16(place & POSITION)
    if U64(place) >> TO_WRAP != U64(q.avail_wrap_counter):
        event = U16(event - U16(q.num))
    return need_event(event, new, old)


def kick(vq_address: Any) -> Any:
    """Notify the device of what was added, unless it asked for no notification."""
    q = todays_queue(vq_address)
    if wants_kick(q):
        call1(q.notify, (vq_address,))
    return 0


@inline
def refuse(vq_address: Any, q: Any, total: Any, out: Any) -> Any:
    """Whether there is no room; nobody is notified."""
    return U64(q.num_free) < total


@inline
def begin(q: Any) -> Any:
    """(next slot, first slot, the buffer's id, next id, last id, the first slot's flags)."""
    head, buffer = U64(q.next_avail_idx), U64(q.free_head)
    return head, head, buffer, buffer, buffer, ZERO


@inline
def describe(desc: Any, i: Any, buffer: Any, entry: Any) -> Any:
    """Fill the descriptor in slot ``i``, but for its flags."""
    addr, length, _ = entry
    packed_desc(nth(desc, i)).addr = addr
    packed_desc(nth(desc, i)).len = length
    packed_desc(nth(desc, i)).id = U16(buffer)


@inline
def put(q: Any, arrays: Any, place: Any, entry: Any) -> Any:
    """Describe a segment; the first one's flags are held back, as they show all of them."""
    desc, extra = arrays
    i, head, buffer, current, _, head_flags = place
    flags = U16(q.avail_used_flags | entry[2])
    describe(desc, i, buffer, entry)
    if i == head:
        head_flags = U64(flags)
    else:
        packed_desc(nth(desc, i)).flags = flags
    if unlikely(U64(q.use_map_api)):
        remember(extra, current, entry)
    last, current = current, U64(desc_extra(nth(extra, current)).next)
    i += ONE
    if unlikely(U64(i >= U64(q.num))):
        i = ZERO
        q.avail_used_flags = U16(q.avail_used_flags ^ BOTH)
    return i, head, buffer, current, last, head_flags


@inline
def publish(vq_address: Any, q: Any, place: Any, total: Any, token: Any) -> Any:
    """Take the ids off their list, and show the buffer."""
    i, head, buffer, current, last, head_flags = place
    if i <= head:
        q.avail_wrap_counter = np.uint8(q.avail_wrap_counter ^ np.uint8(1))
    q.num_free -= U32(total)
    q.next_avail_idx = U16(i)
    q.free_head = U32(current)
    state_packed(state_of(q, buffer)).num = U16(total)
    state_packed(state_of(q, buffer)).data = token
    state_packed(state_of(q, buffer)).indir_desc = ZERO
    state_packed(state_of(q, buffer)).last = U16(last)
    show(q, head, head_flags, total)


@inline
def show(q: Any, head: Any, head_flags: Any, total: Any) -> Any:
    """Store the flags of a buffer's first slot, which show all of it."""
    smp_wmb()  # all else before them
    packed_desc(nth(q.desc, head)).flags = U16(head_flags)
    q.num_added += U32(total)


@inline
def end(q: Any, arrays: Any, last: Any, place: Any) -> Any:
    """Take NEXT back from the last segment, whose flags are stored unless it is the first."""
    i, head, buffer, current, prev, head_flags = place
    if last[0] == head:
        head_flags &= U64(NOT_NEXT)
    else:
        packed_desc(nth(arrays[0], last[0])).flags &= NOT_NEXT
    return i, head, buffer, current, prev, head_flags


@inline
def undo(q: Any, arrays: Any, place: Any, taken: Any) -> Any:
    """Make what was described unavailable: a later buffer that is shorter ends before it.

    Backwards, through the rounds that it was in; the first one's flags were never stored.
    """
    i = place[0]
    if taken != ZERO:
        while taken > ONE:
            i = before(q, i)
            packed_desc(nth(arrays[0], i)).flags = U16(q.avail_used_flags ^ AVAIL)
            taken -= ONE
        before(q, i)


@inline
def before(q: Any, i: Any) -> Any:
    """The slot before ``i``; the bits are flipped where it lies in the round before."""
    if unlikely(U64(i == ZERO)):
        i = U64(q.num)
        q.avail_used_flags ^= BOTH
    return i - ONE


RING = RingParts(refuse, begin, put, publish, end, undo)


@inline
def is_used(flags: Any, wrap: Any) -> Any:
    """Whether a descriptor was used in a round with this wrap counter: both bits equal it."""
    avail, used = (U64(flags) >> TO_AVAIL) & ONE, (U64(flags) >> TO_USED) & ONE
    return avail == wrap and used == wrap


def getter(detach: Kernel) -> Kernel:
    """The ``get_buf`` that frees a buffer by ``detach(q, id)``."""

    def get_buf(vq_address: Any, length_address: Any) -> Any:
        """``virtqueue_get_buf``: the token of the next used buffer, which is freed, or 0."""
        q = todays_queue(vq_address)
        if unlikely(U64(q.broken)):
            return 0
        at = U16(q.last_used_idx)
        i, wrap = U64(at & POSITION), U64(at) >> TO_WRAP
        if not is_used(packed_desc(nth(q.desc, i)).flags, wrap):
            return 0
        smp_rmb()  # the flags before id and length
        buffer = U64(packed_desc(nth(q.desc, i)).id)
        u64_at(length_address).value = U64(packed_desc(nth(q.desc, i)).len)
        if unlikely(U64(buffer >= U64(q.num))):
            q.broken = np.uint8(1)
            return 0
        token = state_packed(state_of(q, buffer)).data
        if unlikely(U64(token == ZERO)):
            q.broken = np.uint8(1)
            return 0
        i += U64(state_packed(state_of(q, buffer)).num)
        detach(q, buffer)
        if unlikely(U64(i >= U64(q.num))):
            i -= U64(q.num)
            wrap ^= ONE
        q.last_used_idx = U16(i | (wrap << TO_WRAP))
        await_used(q)
        return np.int64(token)

    return get_buf


@inline
def await_used(q: Any) -> Any:
    """Say which completion is waited for, while callbacks are on."""
    if q.event_flags_shadow == AT_ONE:
        packed_event(q.avail).off_wrap = q.last_used_idx
        smp_mb()  # before the flags are read again


@inline
def detach(q: Any, buffer: Any) -> Any:
    """Put the buffer's ids in front of the list: as many stores, however long it is."""
    state_packed(state_of(q, buffer)).data = ZERO
    last = U64(state_packed(state_of(q, buffer)).last)
    desc_extra(nth(q.desc_extra, last)).next = U16(q.free_head)
    q.free_head = U32(buffer)
    q.num_free += U32(state_packed(state_of(q, buffer)).num)
    if unlikely(U64(q.use_map_api)):
        trap()


get_buf = getter(detach)


@inline
def is_available(flags: Any, wrap: Any) -> Any:
    """Whether a descriptor was made available in a round with this wrap counter."""
    avail, used = (U64(flags) >> TO_AVAIL) & ONE, (U64(flags) >> TO_USED) & ONE
    return avail == wrap and used != wrap


@inline
def buffer_at(q: Any, i: Any) -> Any:
    """The id of the buffer that begins in a slot, the bytes it lets the device write, its slots."""
    written, slots = U32(0), ONE
    while packed_desc(nth(q.desc, i)).flags & NEXT:
        if packed_desc(nth(q.desc, i)).flags & WRITE:
            written += packed_desc(nth(q.desc, i)).len
        i = i + ONE if i + ONE < U64(q.num) else ZERO
        slots += ONE
    if packed_desc(nth(q.desc, i)).flags & WRITE:
        written += packed_desc(nth(q.desc, i)).len
    return U64(packed_desc(nth(q.desc, i)).id), written, slots


def answering(buffer_in: Kernel) -> Kernel:
    """The device, which reads the buffer in a slot by ``buffer_in(q, i)``."""

    def device(vq_address: Any) -> Any:
        """Use what is available, in order: write the used descriptor in the buffer's first slot.

        ``notify`` points here, so it answers within the kick. It then waits for the next buffer.
        """
        q = todays_queue(vq_address)
        i, wrap = U64(q.device_idx), U64(q.device_wrap)
        while is_available(packed_desc(nth(q.desc, i)).flags, wrap):
            smp_rmb()  # the flags before all else
            buffer, written, slots = buffer_in(q, i)
            packed_desc(nth(q.desc, i)).id = U16(buffer)
            packed_desc(nth(q.desc, i)).len = U32(written)
            smp_wmb()  # id and length before the flags that show them; pairs with get_buf
            packed_desc(nth(q.desc, i)).flags = BOTH if wrap != ZERO else U16(0)
            i += slots
            if i >= U64(q.num):
                i -= U64(q.num)
                wrap ^= ONE
        q.device_idx, q.device_wrap = U16(i), np.uint8(wrap)
        packed_event(q.used).off_wrap = U16(i | (wrap << TO_WRAP))
        return 0

    return device


device = answering(buffer_at)
