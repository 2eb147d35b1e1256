"""What the rings of today share: walks over scatterlists that fill descriptors.

Source of steps and orders: drivers/virtio/virtio_ring.c at f6a15d85, without the DMA API and with
weak barriers (``docs/today.md``). Fields of the queue are read where that source reads them.

A ring is four functions for kernels, which pass on a tuple of words, ``place``:

``refuse(vq, q, total, out) -> bool``     whether there is no room; notifies the device if it must
``begin(q) -> place``                     where the first descriptor goes
``put(q, arrays, place, entry) -> place`` describe a segment: its address, length and flags
``publish(vq, q, place, total, token)``   take what was filled off the free list and show it
"""

from dataclasses import dataclass
from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline, outofline
from strategies.linux.scatterlist import follow, stepper
from strategies.linux.structs import BUG, ENOSPC, SCATTERLIST
from strategies.linux.todays.structs import DESC_EXTRA, EIO, PHYS_VEC, STATE_BYTES, TODAYS_QUEUE
from strategies.linux.views import (
    U16,
    U64,
    scatterlist,
    trap,
    u64_at,
    unlikely,
    view,
)
from strategies.linux.virtqueue import (
    DESC_SHIFT,
    NEXT,
    ONE,
    OUTGOING,
    PFN_SHIFT,
    POINTER,
    WRITE,
    ZERO,
    page_to_pfn,
)

STATE = U64(STATE_BYTES)
LAST_FLAGS = U16(0)  # the flags of a chain's last segment
HALF = U64(0xFFFF_FFFF)

todays_queue = view(TODAYS_QUEUE)
phys_vec = view(PHYS_VEC)
desc_extra = view(DESC_EXTRA)
sg_next_of_lib = outofline(stepper(follow), 1)  # exported by lib/scatterlist.c: a call an entry


def always_counted(*_words: Any) -> Any:
    """A placeholder: this ring is never filled without counting."""
    raise NotImplementedError


@dataclass(frozen=True)
class RingParts:
    """How a ring takes what a walk hands it."""

    refuse: Kernel
    begin: Kernel
    put: Kernel
    publish: Kernel
    end: Kernel = always_counted  # else end(q, arrays, last, place) -> place
    undo: Kernel = always_counted  # and undo(q, arrays, place, taken)


@inline
def sg_next(sg: Any) -> Any:
    """Call ``sg_next``: the entry behind ``sg``, or 0."""
    return sg_next_of_lib((sg,))


@inline
def sg_phys(q: Any, sg: Any) -> Any:
    """An entry's physical address, which is the device's without the DMA API."""
    if unlikely(U64(q.use_map_api)):
        trap()  # mapping is not modelled
    page = scatterlist(sg).page_link & POINTER
    return (page_to_pfn(page) << PFN_SHIFT) + U64(scatterlist(sg).offset)


@inline
def nth(table: Any, i: Any) -> Any:
    """The address of element ``i`` of a table of descriptors or of their copies."""
    return table + (i << DESC_SHIFT)


@inline
def state_of(q: Any, i: Any) -> Any:
    """``&vq->desc_state[i]``."""
    return q.desc_state + i * STATE


@inline
def remember(extra: Any, i: Any, entry: Any) -> Any:
    """Store the driver's own copy of it, which no device can alter."""
    addr, length, flags = entry
    desc_extra(nth(extra, i)).addr = addr
    desc_extra(nth(extra, i)).len = length
    desc_extra(nth(extra, i)).flags = flags


@inline
def need_event(event: Any, new: Any, old: Any) -> Any:
    """``vring_need_event``: whether ``event`` lies in what is new, all of them modulo 65536."""
    return U16(new - event - U16(1)) < U16(new - old)


@inline
def count_lists(sgs: Any, lists: Any) -> Any:
    """Walk every list with ``sg_next``, only to count: the first pass of ``virtqueue_add_sgs``."""
    total, n = ZERO, ZERO
    while n < lists:
        sg = u64_at(sgs + (n << U64(3))).value
        while sg != ZERO:
            total += ONE
            sg = sg_next(sg)
        n += ONE
    return total


def filler(put: Kernel, direction: Any) -> Kernel:
    """A loop that fills descriptors with the lists ``n`` to ``end``, all of one direction."""

    @inline
    def fill(q: Any, arrays: Any, place: Any, lists: Any, left: Any) -> Any:
        sgs, n, end = lists
        while n < end:
            sg = u64_at(sgs + (n << U64(3))).value
            while sg != ZERO:
                left -= ONE
                flags = U16((NEXT if left != ZERO else LAST_FLAGS) | direction)
                place = put(q, arrays, place, (sg_phys(q, sg), scatterlist(sg).length, flags))
                sg = sg_next(sg)
            n += ONE
        return place, left

    return fill


def filler_of_array(put: Kernel, direction: Any, entries: "Entries") -> Kernel:
    """A loop that fills descriptors with the next ``count`` entries of an array, one direction."""
    address, length_of, size = entries.address, entries.length, U64(entries.size)

    @inline
    def fill(q: Any, arrays: Any, place: Any, entries: Any, left: Any) -> Any:
        entry, count = entries
        while count > ZERO:
            left -= ONE
            flags = U16((NEXT if left != ZERO else LAST_FLAGS) | direction)
            place = put(q, arrays, place, (address(q, entry), length_of(entry), flags))
            entry += size
            count -= ONE
        return place, left, entry

    return fill


@dataclass(frozen=True)
class Entries:
    """What an array is made of: functions for kernels, and the bytes of an entry."""

    address: Kernel  # address(q, entry)
    length: Kernel
    size: int


def adder(ring: RingParts, walk: Kernel, count: Kernel) -> Kernel:
    """The ``add_buf`` of a ring that counts a list and walks it.

    ``count(first, second, third) -> (total, out)``: how many entries there are in all, and a word
    that is not 0 if any goes out; ``walk(q, arrays, place, words, total) -> place``.
    """
    refuse, begin, publish = ring.refuse, ring.begin, ring.publish

    def add_buf(vq_address: Any, first: Any, second: Any, third: Any, token: Any) -> Any:
        q = todays_queue(vq_address)
        total, out = count(first, second, third)
        if unlikely(U64(token == ZERO)):
            return BUG
        if unlikely(U64(q.broken)):
            return EIO
        if unlikely(U64(total == ZERO)):
            return BUG
        if refuse(vq_address, q, total, out):
            return ENOSPC
        arrays = U64(q.desc), U64(q.desc_extra)
        place = walk(q, arrays, begin(q), (first, second, third), total)
        publish(vq_address, q, place, total, token)
        return 0

    return add_buf


def lists_walk(put: Kernel, unpack: Kernel) -> Kernel:
    """The walk over out lists, then in lists; ``unpack(words)`` gives their numbers."""
    fill_out, fill_in = filler(put, OUTGOING), filler(put, WRITE)

    @inline
    def walk(q: Any, arrays: Any, place: Any, words: Any, total: Any) -> Any:
        out, in_ = unpack(words)
        place, left = fill_out(q, arrays, place, (words[0], ZERO, out), total)
        place, left = fill_in(q, arrays, place, (words[0], out, out + in_), left)
        return place

    return walk


@inline
def both_numbers(words: Any) -> Any:
    """How many lists go out and how many come in: a word each."""
    return words[1], words[2]


@inline
def packed_numbers(words: Any) -> Any:
    """The same out of the two halves of the third word: the second is the count."""
    return words[2] & HALF, words[2] >> U64(32)


@inline
def by_walking(first: Any, second: Any, third: Any) -> Any:
    """Count the entries of all lists, as ``virtqueue_add_sgs`` does."""
    return count_lists(first, second + third), second


@inline
def as_given(first: Any, second: Any, third: Any) -> Any:
    """Take the count from the caller, as ``virtqueue_add_outbuf`` does."""
    return second, third & HALF


@inline
def both_counts(first: Any, second: Any, third: Any) -> Any:
    """Add what goes out and what comes in."""
    return second + third, second


def add_sgs(ring: RingParts) -> Kernel:
    """``add_buf(vq, sgs, out_sgs, in_sgs, token)`` of a ring: count, then fill."""
    return adder(ring, lists_walk(ring.put, both_numbers), by_walking)


def add_counted(ring: RingParts) -> Kernel:
    """``add_buf(vq, sgs, total, out_sgs | in_sgs << 32, token)``: fill without counting."""
    return adder(ring, lists_walk(ring.put, packed_numbers), as_given)


def add_array(ring: RingParts, entries: Entries) -> Kernel:
    """``add_buf(vq, array, out, in, token)`` of a ring, over an array of entries."""
    fill_out = filler_of_array(ring.put, OUTGOING, entries)
    fill_in = filler_of_array(ring.put, WRITE, entries)

    @inline
    def walk(q: Any, arrays: Any, place: Any, words: Any, total: Any) -> Any:
        place, left, entry = fill_out(q, arrays, place, (words[0], words[1]), total)
        place, left, entry = fill_in(q, arrays, place, (entry, words[2]), left)
        return place

    return adder(ring, walk, both_counts)


@inline
def sg_length(sg: Any) -> Any:
    """An entry's length."""
    return scatterlist(sg).length


@inline
def phys_address(q: Any, entry: Any) -> Any:
    """The address that an entry of 16 bytes has, without the DMA API."""
    if unlikely(U64(q.use_map_api)):
        trap()
    return phys_vec(entry).paddr


@inline
def phys_length(entry: Any) -> Any:
    """The length that an entry of 16 bytes has."""
    return phys_vec(entry).length


SCATTERLISTS = Entries(sg_phys, sg_length, SCATTERLIST.itemsize)
PHYS_VECS = Entries(phys_address, phys_length, PHYS_VEC.itemsize)
