"""The split ring of today for kernels: what add does to it, kick, get_buf, a device.

Source: as ``strategies.linux.todays.ring``. Left out: the DMA API, strong barriers, indirect
tables, contexts, the list of layouts that every entry chooses from.
"""

from typing import Any

import numpy as np

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.structs import VRING_USED_ELEM
from strategies.linux.todays.ring import (
    RingParts,
    desc_extra,
    need_event,
    nth,
    remember,
    state_of,
    todays_queue,
)
from strategies.linux.todays.structs import AVAIL_F_NO_INTERRUPT, DESC_F_INDIRECT, STATE_SPLIT
from strategies.linux.views import (
    U16,
    U32,
    U64,
    call1,
    smp_mb,
    smp_rmb,
    smp_wmb,
    trap,
    u16_at,
    u64_at,
    unlikely,
    view,
    vring_avail,
    vring_desc,
    vring_used,
    vring_used_elem,
)
from strategies.linux.virtqueue import (
    AVAIL_RING,
    NEXT,
    NO_NOTIFY,
    NOT_NEXT,
    ONE,
    USED_RING,
    WRITE,
    ZERO,
)

state_split = view(STATE_SPLIT)
NO_INTERRUPT = U16(AVAIL_F_NO_INTERRUPT)
ELEM_SHIFT = U64(VRING_USED_ELEM.itemsize.bit_length() - 1)
INDIRECT = U16(DESC_F_INDIRECT)
NOT_MAPPED = U64(2**64 - 1)  # in a copy's address: its owner mapped it
KICK_AT = U32(0xFFFF)  # requests not kicked: with one more the counters would wrap


@inline
def used_event_at(q: Any) -> Any:
    """Where the driver says which completion it waits for: behind the avail ring."""
    return q.avail + AVAIL_RING + (U64(q.num) << ONE)


@inline
def avail_event_at(q: Any) -> Any:
    """Where the device says which request it waits for: behind the used ring."""
    return q.used + USED_RING + (U64(q.num) << ELEM_SHIFT)


@inline
def slot_of(q: Any, idx: Any) -> Any:
    """``idx & (num - 1)``: a mask, for num is a power of two."""
    return U64(U32(idx) & U32(q.num - U32(1)))


@inline
def wants_kick(q: Any) -> Any:
    """``virtqueue_kick_prepare``: one read of what the device wrote decides."""
    smp_mb()  # avail->idx before what the device asks: else both sides may sleep
    new = U16(q.avail_idx_shadow)
    old = U16(new - U16(q.num_added))
    q.num_added = U32(0)
    if q.event:
        return need_event(U16(u16_at(avail_event_at(q)).value), new, old)
    return not vring_used(q.used).flags & NO_NOTIFY


@inline
def kick_now(vq_address: Any, q: Any) -> Any:
    """``virtqueue_kick``."""
    if wants_kick(q):
        call1(q.notify, (vq_address,))


def kick(vq_address: Any) -> Any:
    """Notify the device of what was added, unless it asked for no notification."""
    kick_now(vq_address, todays_queue(vq_address))
    return 0


@inline
def refuse(vq_address: Any, q: Any, total: Any, out: Any) -> Any:
    """Whether there is no room; then notify if anything goes out, as always."""
    if U64(q.num_free) >= total:
        return False
    if out != ZERO:
        call1(q.notify, (vq_address,))
    return True


@inline
def begin(q: Any) -> Any:
    """(next descriptor, head)."""
    head = U64(q.free_head)
    return head, head


@inline
def describe(desc: Any, i: Any, entry: Any) -> Any:
    """Fill descriptor ``i``, but for its link."""
    addr, length, flags = entry
    vring_desc(nth(desc, i)).flags = flags
    vring_desc(nth(desc, i)).addr = addr
    vring_desc(nth(desc, i)).len = length


@inline
def link(arrays: Any, i: Any) -> Any:
    """Copy the link out of the private free list, and return where it leads."""
    desc, extra = arrays
    following = desc_extra(nth(extra, i)).next
    vring_desc(nth(desc, i)).next = following
    return U64(following)


@inline
def put(q: Any, arrays: Any, place: Any, entry: Any) -> Any:
    """Describe a segment, and keep a copy, as split rings always do."""
    desc, extra = arrays
    i, head = place
    describe(desc, i, entry)
    remember(extra, i, entry)
    return link(arrays, i), head


@inline
def put_without_shadow(q: Any, arrays: Any, place: Any, entry: Any) -> Any:
    """Keep a copy under the DMA API alone, as packed rings do."""
    desc, extra = arrays
    i, head = place
    describe(desc, i, entry)
    if unlikely(U64(q.use_map_api)):
        remember(extra, i, entry)
    return link(arrays, i), head


@inline
def publish(vq_address: Any, q: Any, place: Any, total: Any, token: Any) -> Any:
    """Take the chain off the free list and show it."""
    i, head = place
    q.num_free -= U32(total)
    q.free_head = U32(i)
    state_split(state_of(q, head)).data = token
    state_split(state_of(q, head)).indir_desc = ZERO
    show(vq_address, q, head)


@inline
def show(vq_address: Any, q: Any, head: Any) -> Any:
    """Put a chain's head into avail and store the index, here and not in kick."""
    slot = slot_of(q, q.avail_idx_shadow)
    u16_at(q.avail + AVAIL_RING + (slot << ONE)).value = U16(head)
    smp_wmb()  # descriptors and slot before avail->idx; the device reads idx first
    q.avail_idx_shadow = U16(q.avail_idx_shadow + U16(1))
    vring_avail(q.avail).idx = q.avail_idx_shadow
    q.num_added += U32(1)
    if unlikely(U64(q.num_added == KICK_AT)):
        kick_now(vq_address, q)


@inline
def end(q: Any, arrays: Any, last: Any, place: Any) -> Any:
    """Take NEXT back from the last segment, in the ring and in the copy."""
    desc, extra = arrays
    vring_desc(nth(desc, last[0])).flags &= NOT_NEXT
    desc_extra(nth(extra, last[0])).flags &= NOT_NEXT
    return place


@inline
def undo(q: Any, arrays: Any, place: Any, taken: Any) -> Any:
    """Undo nothing: what was described is off no list yet, and no index shows it."""


RING = RingParts(refuse, begin, put, publish, end, undo)
WITHOUT_SHADOW = RingParts(refuse, begin, put_without_shadow, publish)


@inline
def await_used(q: Any) -> Any:
    """Say which completion is waited for, while callbacks are on."""
    if not q.avail_flags_shadow & NO_INTERRUPT:
        u16_at(used_event_at(q)).value = q.last_used_idx
        smp_mb()  # before used->idx is read again


def getter(detach: Kernel) -> Kernel:
    """The ``get_buf`` that frees a chain by ``detach(q, head)``."""

    def get_buf(vq_address: Any, length_address: Any) -> Any:
        """``virtqueue_get_buf``: the token of the next used buffer, which is freed, or 0."""
        q = todays_queue(vq_address)
        if unlikely(U64(q.broken)):
            return 0
        if vring_used(q.used).idx == q.last_used_idx:
            return 0
        smp_rmb()  # used->idx before the element
        elem = vring_used_elem(q.used + USED_RING + (slot_of(q, q.last_used_idx) << ELEM_SHIFT))
        i = U64(elem.id)
        u64_at(length_address).value = U64(elem.len)
        if unlikely(U64(i >= U64(q.num))):
            q.broken = np.uint8(1)
            return 0
        token = state_split(state_of(q, i)).data
        if unlikely(U64(token == ZERO)):
            q.broken = np.uint8(1)
            return 0
        detach(q, i)
        q.last_used_idx = U16(q.last_used_idx + U16(1))
        await_used(q)
        return np.int64(token)

    return get_buf


@inline
def put_in_front(q: Any, head: Any, last: Any) -> Any:
    """Put a chain in front of the free list."""
    desc_extra(nth(q.desc_extra, last)).next = U16(q.free_head)
    q.free_head = U32(head)


def detacher(unmap: Kernel, give_back: Kernel = put_in_front) -> Kernel:
    """``detach_buf_split``, with what it does to a segment: ``unmap(q, i)``, which is the next."""

    @inline
    def detach(q: Any, head: Any) -> Any:
        """Free a chain: NEXT is read in the ring, links in the copy."""
        state_split(state_of(q, head)).data = ZERO
        i = head
        while vring_desc(nth(q.desc, i)).flags & NEXT:
            i = unmap(q, i)
            q.num_free += U32(1)
        unmap(q, i)
        give_back(q, head, i)
        q.num_free += U32(1)

    return detach


@inline
def private_next(q: Any, i: Any) -> Any:
    """Where the driver's own link leads, whatever the ring's says."""
    return U64(desc_extra(nth(q.desc_extra, i)).next)


@inline
def unmap(q: Any, i: Any) -> Any:
    """``vring_unmap_one_split``: nothing to unmap without the DMA API, but it looks at the copy."""
    flags = desc_extra(nth(q.desc_extra, i)).flags
    if flags & INDIRECT:
        if q.use_map_api:
            trap()
    elif q.use_map_api and desc_extra(nth(q.desc_extra, i)).addr != NOT_MAPPED:
        trap()
    return private_next(q, i)


@inline
def unmap_without_shadow(q: Any, i: Any) -> Any:
    """Look at the copy under the DMA API alone."""
    if unlikely(U64(q.use_map_api)):
        trap()
    return private_next(q, i)


get_buf, get_buf_without_shadow = getter(detacher(unmap)), getter(detacher(unmap_without_shadow))


@inline
def writable(desc: Any, i: Any) -> Any:
    """How many bytes a chain lets the device write, modulo 2^32."""
    written = U32(0)
    while True:
        flags = vring_desc(nth(desc, i)).flags
        if flags & WRITE:
            written += vring_desc(nth(desc, i)).len
        if not flags & NEXT:
            return written
        i = U64(vring_desc(nth(desc, i)).next)


def answering(written: Kernel) -> Kernel:
    """The device, to which a chain gives ``written(desc, head)`` bytes to write."""

    def device(vq_address: Any) -> Any:
        """Consume the avail ring in order: walk each chain, fill the used ring. It is the host.

        ``notify`` points here, so it answers within the kick. It then waits for the next request.
        """
        q = todays_queue(vq_address)
        while q.device_idx != vring_avail(q.avail).idx:
            slot = slot_of(q, q.device_idx)
            head = U64(u16_at(q.avail + AVAIL_RING + (slot << ONE)).value)
            elem = vring_used_elem(q.used + USED_RING + (slot << ELEM_SHIFT))
            elem.id = U32(head)
            elem.len = U32(written(q.desc, head))
            q.device_idx = U16(q.device_idx + U16(1))
            smp_wmb()  # the element before used->idx; pairs with get_buf reading idx first
            vring_used(q.used).idx = q.device_idx
        u16_at(avail_event_at(q)).value = q.device_idx
        return 0

    return device


device = answering(writable)
