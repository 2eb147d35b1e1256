"""iovec_array: an array of 16-byte entries, {address, length}, with its counts as arguments.

As in a struct iovec, but with the address that the device is to see: map computes it, so that
add_buf copies an entry to a descriptor and divides nothing.

    list memory   [ address, length | address, length | ... ]
    add_buf       (vq, table, out, in, token)

What you should observe: map costs more than that of an array of scatterlists, add less.
"""

from typing import Any

from strategies import Strategy
from strategies.compile.codegen import inline
from strategies.linux.mapping import (
    GROUP_BYTES,
    OUT,
    SEGMENT_BYTES,
    first_group,
    first_segment,
    same_run,
)
from strategies.linux.structs import BUG, ENOSPC, PAGE_OFFSET, struct
from strategies.linux.views import (
    U16,
    U32,
    U64,
    group_at,
    request_at,
    segment_at,
    u64_at,
    unlikely,
    view,
    virtqueue,
    vring_desc,
)
from strategies.linux.virtqueue import (
    NEXT,
    ONE,
    OUTGOING,
    PFN_SHIFT,
    WRITE,
    ZERO,
    desc_at,
    page_to_pfn,
    publish,
)

ENTRY = struct(("address", "u8"), ("length", "u8"))
ENTRY_BYTES, DIRECT_MAP = U64(ENTRY.itemsize), U64(PAGE_OFFSET)
entry_at = view(ENTRY)


def create(list_memory: Any, request: Any) -> Any:
    """Prepare nothing; the table has an entry for each that the groups have room for."""
    group, entries = first_group(request), ZERO
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entries += U64(group_at(group).room)
        group += GROUP_BYTES
    return entries * ENTRY_BYTES


@inline
def set_entry(entry: Any, address: Any, segment: Any) -> Any:
    """Write an entry; return the place of the next one."""
    entry_at(entry).address = address
    entry_at(entry).length = U64(segment_at(segment).length)
    return entry + ENTRY_BYTES


@inline
def map_group(group: Any, segment: Any, entry: Any) -> Any:
    """Map a group's segments from ``entry`` on; return the next entry and the next segment."""
    end = segment + U64(group_at(group).virtuals) * SEGMENT_BYTES
    while segment < end:
        entry = set_entry(entry, segment_at(segment).page - DIRECT_MAP, segment)
        segment += SEGMENT_BYTES
    first, merge = segment, group_at(group).merge
    end = segment + U64(group_at(group).pages) * SEGMENT_BYTES
    while segment < end:
        last = entry - ENTRY_BYTES
        if (
            merge != ZERO
            and segment != first
            and same_run(segment, segment - SEGMENT_BYTES, entry_at(last).length)
        ):
            entry_at(last).length += U64(segment_at(segment).length)
        else:
            page = page_to_pfn(segment_at(segment).page) << PFN_SHIFT
            entry = set_entry(entry, page + U64(segment_at(segment).offset), segment)
        segment += SEGMENT_BYTES
    return entry, segment


def map_request(list_memory: Any, request: Any, words: Any) -> Any:
    """Map all groups into one table, outgoing ones first, and count both directions."""
    entry, out = list_memory, ZERO
    group, segment = first_group(request), first_segment(request)
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        entry, segment = map_group(group, segment, entry)
        if group_at(group).direction == OUT:
            out = (entry - list_memory) // ENTRY_BYTES
        group += GROUP_BYTES
    u64_at(words).value = list_memory
    u64_at(words + U64(8)).value = out
    u64_at(words + U64(16)).value = (entry - list_memory) // ENTRY_BYTES - out
    return 0


@inline
def fill(vq: Any, i: Any, entry: Any, flags: Any) -> Any:
    """Fill descriptor ``i``; return the next free one."""
    vring_desc(desc_at(vq, i)).flags = U16(NEXT | flags)
    vring_desc(desc_at(vq, i)).addr = entry_at(entry).address
    vring_desc(desc_at(vq, i)).len = U32(entry_at(entry).length)
    return U64(vring_desc(desc_at(vq, i)).next)


def add_buf(vq_address: Any, entry: Any, out: Any, in_: Any, token: Any) -> Any:
    """Publish a table of out + in entries."""
    vq = virtqueue(vq_address)
    if unlikely(U64(token == ZERO or out + in_ == ZERO)):
        return BUG
    if U64(vq.num_free) < out + in_:
        return ENOSPC
    vq.num_free -= U32(out + in_)
    head = U64(vq.free_head)
    i = previous = head
    while out > ZERO:
        previous = i
        i = fill(vq, i, entry, OUTGOING)
        entry += ENTRY_BYTES
        out -= ONE
    while in_ > ZERO:
        previous = i
        i = fill(vq, i, entry, WRITE)
        entry += ENTRY_BYTES
        in_ -= ONE
    publish(vq_address, head, previous, i, token)
    return 0


STRATEGIES = (Strategy("iovec_array", create, map_request, add_buf),)
