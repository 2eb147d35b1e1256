"""The split ring of Linux 2.6.24: parts of every ``add_buf``, kick, get_buf and a device.

Source: drivers/virtio/virtio_ring.c at v2.6.24. Left out: DEBUG, callbacks, ``restart``, and that
a vring_virtqueue is embedded in its device. Fields of the queue are read where the C reads them;
none is kept in a variable across a store that may alias it.

Descriptor numbers are 64-bit words everywhere; ``vq`` is an address.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from strategies.compile.codegen import inline
from strategies.linux.structs import (
    DESC_F_NEXT,
    DESC_F_WRITE,
    PAGE_SHIFT,
    SG_CHAIN,
    SG_LAST,
    USED_F_NO_NOTIFY,
    VIRTQUEUE,
    VMEMMAP,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
)
from strategies.linux.views import (
    U16,
    U32,
    U64,
    acquire_u16,
    acquire_u64,
    barrier,
    call1,
    mb,
    pause,
    release_u16,
    remainder,
    scatterlist,
    smp_mb,
    u16_at,
    u64_at,
    unlikely,
    virtqueue,
    vring_avail,
    vring_desc,
    vring_used,
    vring_used_elem,
    wmb,
)

ZERO, ONE = U64(0), U64(1)
OUTGOING, NEXT, WRITE = U16(0), U16(DESC_F_NEXT), U16(DESC_F_WRITE)
NOT_NEXT = U16(0xFFFF ^ DESC_F_NEXT)
POINTER = U64(0xFFFF_FFFF_FFFF_FFFF ^ (SG_CHAIN | SG_LAST))
INVERSE_OF_7 = U64(0x6DB6_DB6D_B6DB_6DB7)  # modulo 2^64: x / 56 is a shift by 3 and a multiply
DATA = U64(VIRTQUEUE.itemsize)  # offset of void *data[] after the struct
AVAIL_RING = U64(VRING_AVAIL.itemsize)
IDX = U64(2)  # offset of idx in both rings
USED_RING = U64(VRING_USED.itemsize)
DESC_SHIFT = U64(VRING_DESC.itemsize.bit_length() - 1)
NO_NOTIFY, MEM_MAP, PFN_SHIFT = U16(USED_F_NO_NOTIFY), U64(VMEMMAP), U64(PAGE_SHIFT)


@inline
def desc_at(vq: Any, i: Any) -> Any:
    """``&vq->vring.desc[i]``, with ``desc`` read again."""
    return vq.desc + (i << DESC_SHIFT)


@inline
def page_to_pfn(page: Any) -> Any:
    """``page - mem_map``: an exact division of the difference by sizeof(struct page), 56."""
    return U64(np.int64(page - MEM_MAP) >> np.int64(3)) * INVERSE_OF_7


@inline
def fill_desc(vq: Any, i: Any, sg: Any, flags: Any) -> Any:
    """Fill descriptor ``i`` from entry ``sg``, with NEXT set."""
    vring_desc(desc_at(vq, i)).flags = U16(NEXT | flags)
    page = scatterlist(sg).page_link & POINTER
    vring_desc(desc_at(vq, i)).addr = (page_to_pfn(page) << PFN_SHIFT) + U64(scatterlist(sg).offset)
    vring_desc(desc_at(vq, i)).len = scatterlist(sg).length


@inline
def by_division(idx: Any, num: Any) -> Any:
    """``idx % num``: a real division, as in the source, since num is a variable."""
    return remainder(idx, num)


@inline
def by_mask(idx: Any, num: Any) -> Any:
    """``idx & (num - 1)``: the same if num is a power of two."""
    return idx & U32(num - U32(1))


def publisher(slot_of: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A ``publish`` that finds an index's slot in the avail ring with ``slot_of``."""

    @inline
    def publish(vq_address: Any, head: Any, last: Any, following: Any, token: Any) -> Any:
        """End the chain at ``last``, unlink it from the free list, put its head into avail."""
        vq = virtqueue(vq_address)
        vring_desc(desc_at(vq, last)).flags &= NOT_NEXT
        vq.free_head = U32(following)
        u64_at(vq_address + DATA + (head << U64(3))).value = token
        slot = U32(U32(vring_avail(vq.avail).idx) + vq.num_added)
        vq.num_added += U32(1)
        slot = U32(slot_of(slot, vq.num))
        u16_at(vq.avail + AVAIL_RING + (U64(slot) << ONE)).value = U16(head)

    return publish


publish, publish_by_mask = publisher(by_division), publisher(by_mask)


def kicker(wmb: Callable[[], None], mb: Callable[[], None]) -> Callable[[Any], Any]:
    """A ``kick`` with these two barriers."""

    def kick(vq_address: Any) -> Any:
        """``vring_kick``: expose what was added; notify the device unless it declined."""
        vq = virtqueue(vq_address)
        wmb()  # descriptors and avail ring before avail->idx; the device reads idx first
        vring_avail(vq.avail).idx += U16(vq.num_added)
        vq.num_added = U32(0)
        mb()  # avail->idx before used->flags, or both sides may sleep
        if not vring_used(vq.used).flags & NO_NOTIFY:
            call1(vq.notify, (vq_address,))
        return 0

    return kick


kick = kicker(wmb, mb)  # as in 2.6.24
kick_smp = kicker(barrier, smp_mb)  # as today: smp_wmb has been a compiler barrier since 2010
kick_bare = kicker(barrier, barrier)  # compiler barriers only, as without a second CPU


def get_buf(vq_address: Any, length_address: Any) -> Any:
    """``vring_get_buf``: free the next used buffer and return its token, or 0."""
    vq = virtqueue(vq_address)
    if vq.broken:
        return 0
    if vring_used(vq.used).idx == vq.last_used_idx:
        return 0
    slot = U64(remainder(U32(vq.last_used_idx), vq.num))
    elem = vring_used_elem(vq.used + USED_RING + (slot << U64(3)))
    i = U64(elem.id)
    u64_at(length_address).value = U64(elem.len)
    if unlikely(U64(i >= U64(vq.num))):
        vq.broken = np.uint8(1)
        return 0
    token = u64_at(vq_address + DATA + (i << U64(3))).value
    if unlikely(U64(token == ZERO)):
        vq.broken = np.uint8(1)
        return 0
    detach_buf(vq_address, i)
    vq.last_used_idx += U16(1)
    return np.int64(token)


@inline
def detach_buf(vq_address: Any, head: Any) -> Any:
    """Put the chain of ``head`` at the front of the free list."""
    vq = virtqueue(vq_address)
    u64_at(vq_address + DATA + (head << U64(3))).value = ZERO
    i = head
    while vring_desc(desc_at(vq, i)).flags & NEXT:
        i = U64(vring_desc(desc_at(vq, i)).next)
        vq.num_free += U32(1)
    vring_desc(desc_at(vq, i)).next = U16(vq.free_head)
    vq.free_head = U32(head)
    vq.num_free += U32(1)


def device(vq_address: Any) -> Any:
    """The host: consume the avail ring, walk each chain, fill the used ring.

    ``notify`` points here, as an lguest launcher could answer within the hypercall. The device
    keeps its position in ``used->idx``, as it completes in order.
    """
    vq = virtqueue(vq_address)
    while vring_used(vq.used).idx != vring_avail(vq.avail).idx:
        idx = vring_used(vq.used).idx
        answer(vq_address, idx)
        wmb()  # the used element before used->idx; pairs with get_buf reading idx first
        vring_used(vq.used).idx = U16(idx + U16(1))
    return 0


def far_device(vq_address: Any, stop_address: Any) -> Any:
    """``device`` on another core: poll for requests until the word at ``stop`` is set."""
    vq = virtqueue(vq_address)
    while acquire_u64(stop_address) == ZERO:
        idx = vring_used(vq.used).idx
        if acquire_u16(vq.avail + IDX) == idx:  # pairs with kick's wmb before avail->idx
            pause()
        else:
            answer(vq_address, idx)
            release_u16(vq.used + IDX, U16(idx + U16(1)))  # pairs with get_buf, as above
    return 0


@inline
def answer(vq_address: Any, idx: Any) -> Any:
    """Walk the chain at this index of the avail ring and write its element of the used ring."""
    vq = virtqueue(vq_address)
    slot = U64(remainder(U32(idx), vq.num))
    head = U64(u16_at(vq.avail + AVAIL_RING + (slot << ONE)).value)
    written = U32(0)
    i = head
    while True:
        flags = vring_desc(desc_at(vq, i)).flags
        if flags & WRITE:
            written += vring_desc(desc_at(vq, i)).len
        if not flags & NEXT:
            break
        i = U64(vring_desc(desc_at(vq, i)).next)
    elem = vring_used_elem(vq.used + USED_RING + (slot << U64(3)))
    elem.id = U32(head)
    elem.len = written
