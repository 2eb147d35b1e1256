"""``add_buf`` of today's rings from lists that 2025's drivers do not have, or without a list.

``add_rings``    rings of arrays that know their lengths: counting reads a number an array
``add_bio_vecs`` no list: segments are iterated while they are described, their number given
``undone``       nothing is counted: where there turns out to be no room, it is undone

Undoing is what the patch of November 2007 did, on rings that it never saw. Which segment is the
last is known only once it has been described, so NEXT is cleared again, as virtio did until 2025.
"""

from collections.abc import Callable
from typing import Any

from strategies import Kernel
from strategies.compile.codegen import inline
from strategies.linux.mapping import GROUP_BYTES, OUT, first_group, first_segment
from strategies.linux.rings import RING_BYTES
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.todays.bio_vecs import runs
from strategies.linux.todays.ring import (
    LAST_FLAGS,
    SCATTERLISTS,
    Entries,
    RingParts,
    adder,
    as_given,
    both_numbers,
    sg_next,
    todays_queue,
)
from strategies.linux.todays.structs import EIO
from strategies.linux.views import (
    U16,
    U32,
    U64,
    group_at,
    request_at,
    sg_ring,
    trap,
    u64_at,
    unlikely,
)
from strategies.linux.virtqueue import NEXT, ONE, OUTGOING, WRITE, ZERO

Over = Callable[[Kernel], Kernel]  # over(step) walks one direction's entries, step by step


def over_lists(step: Kernel) -> Kernel:
    """The walk over the lists ``n`` to ``end`` of an array of them."""

    @inline
    def walk(q: Any, arrays: Any, state: Any, lists: Any, room: Any) -> Any:
        sgs, n, end = lists
        while n < end:
            sg = u64_at(sgs + (n << U64(3))).value
            while sg != ZERO:
                state, more = step(q, arrays, state, sg, room)
                if not more:
                    return state, False
                sg = sg_next(sg)
            n += ONE
        return state, True

    return walk


def over_rings(size: int) -> Over:
    """The walk over a ring of arrays whose entries have ``size`` bytes; 0 is an empty ring."""
    entry_bytes = U64(size)

    def over(step: Kernel) -> Kernel:
        @inline
        def walk(q: Any, arrays: Any, state: Any, start: Any, room: Any) -> Any:
            ring = start
            while ring != ZERO:
                entry, j = ring + RING_BYTES, U32(0)
                while j < sg_ring(ring).num:
                    state, more = step(q, arrays, state, entry, room)
                    if not more:
                        return state, False
                    entry += entry_bytes
                    j = U32(j + U32(1))
                ring = sg_ring(ring).next
                if ring == start:
                    break
            return state, True

        return walk

    return over


def counted(put: Kernel, direction: Any, entries: Entries) -> Kernel:
    """The step that describes an entry and knows whether it is the last."""
    address, length_of = entries.address, entries.length

    @inline
    def step(q: Any, arrays: Any, state: Any, entry: Any, _room: Any) -> Any:
        place, left = state
        left -= ONE
        flags = U16((NEXT if left != ZERO else LAST_FLAGS) | direction)
        return (put(q, arrays, place, (address(q, entry), length_of(entry), flags)), left), True

    return step


def uncounted(put: Kernel, direction: Any, entries: Entries) -> Kernel:
    """The step that describes an entry as if there were another, if there is room."""
    address, length_of = entries.address, entries.length
    flags = U16(NEXT | direction)

    @inline
    def step(q: Any, arrays: Any, state: Any, entry: Any, room: Any) -> Any:
        place, last, taken = state
        if unlikely(U64(taken == room)):
            return (place, last, taken), False
        last = place
        place = put(q, arrays, place, (address(q, entry), length_of(entry), flags))
        return (place, last, taken + ONE), True

    return step


@inline
def length_of_rings(first: Any, second: Any, third: Any) -> Any:
    """Add up how many entries the arrays of both rings say they have."""
    return length_of_ring(first) + length_of_ring(second), first


@inline
def length_of_ring(start: Any) -> Any:
    """Add up the numbers of a ring's arrays; 0 is an empty ring."""
    total, ring = ZERO, start
    while ring != ZERO:
        total += U64(sg_ring(ring).num)
        ring = sg_ring(ring).next
        if ring == start:
            break
    return total


def add_rings(ring: RingParts, entries: Entries) -> Kernel:
    """``add_buf(vq, out ring or 0, in ring or 0, unused, token)`` of a ring."""
    over = over_rings(entries.size)
    fill_out = over(counted(ring.put, OUTGOING, entries))
    fill_in = over(counted(ring.put, WRITE, entries))

    @inline
    def walk(q: Any, arrays: Any, place: Any, words: Any, total: Any) -> Any:
        state, _all_out = fill_out(q, arrays, (place, total), words[0], total)
        state, _all_in = fill_in(q, arrays, state, words[1], total)
        return state[0]

    return adder(ring, walk, length_of_rings)


def add_bio_vecs(ring: RingParts) -> Kernel:
    """``add_buf(vq, request, runs, groups that go out, token)`` of a ring."""
    put = ring.put

    @inline
    def emit(q: Any, context: Any, state: Any, address: Any, length: Any) -> Any:
        desc, extra, direction = context
        place, left = state
        if unlikely(U64(q.use_map_api)):
            trap()  # mapping is not modelled
        left -= ONE
        flags = U16((NEXT if left != ZERO else LAST_FLAGS) | U16(direction))
        return put(q, (desc, extra), place, (address, U32(length), flags)), left

    each_run = runs(emit)

    @inline
    def walk(q: Any, arrays: Any, place: Any, words: Any, total: Any) -> Any:
        group, segment = first_group(words[0]), first_segment(words[0])
        end = group + request_at(words[0]).groups * GROUP_BYTES
        desc, extra = arrays
        state = (place, total)
        while group < end:
            direction = U64(OUTGOING if group_at(group).direction == OUT else WRITE)
            context = desc, extra, direction
            segment, state = each_run(q, context, group, segment, state)
            group += GROUP_BYTES
        return state[0]

    return adder(ring, walk, as_given)


def undone_lists(ring: RingParts) -> Kernel:
    """``add_buf(vq, sgs, out_sgs, in_sgs, token)`` of a ring, which counts nothing."""
    fill_out = over_lists(uncounted(ring.put, OUTGOING, SCATTERLISTS))
    fill_in = over_lists(uncounted(ring.put, WRITE, SCATTERLISTS))

    @inline
    def walk(q: Any, arrays: Any, state: Any, words: Any, room: Any) -> Any:
        out, in_ = both_numbers(words)
        state, more = fill_out(q, arrays, state, (words[0], ZERO, out), room)
        if more:
            state, more = fill_in(q, arrays, state, (words[0], out, out + in_), room)
        return state, more

    @inline
    def goes_out(first: Any, second: Any) -> Any:
        return second

    return adder_undone(ring, walk, goes_out)


def undone_rings(ring: RingParts, entries: Entries) -> Kernel:
    """``add_buf(vq, out ring or 0, in ring or 0, unused, token)``, which counts nothing."""
    over = over_rings(entries.size)
    fill_out = over(uncounted(ring.put, OUTGOING, entries))
    fill_in = over(uncounted(ring.put, WRITE, entries))

    @inline
    def walk(q: Any, arrays: Any, state: Any, words: Any, room: Any) -> Any:
        state, more = fill_out(q, arrays, state, words[0], room)
        if more:
            state, more = fill_in(q, arrays, state, words[1], room)
        return state, more

    @inline
    def goes_out(first: Any, second: Any) -> Any:
        return first

    return adder_undone(ring, walk, goes_out)


def adder_undone(ring: RingParts, walk: Kernel, goes_out: Kernel) -> Kernel:
    """The ``add_buf`` of a ring that fills until it is done, or there is no room.

    ``walk(q, arrays, (place, last, taken), words, room) -> (state, whether that was all)``.
    """
    refuse, begin, publish = ring.refuse, ring.begin, ring.publish
    end, undo = ring.end, ring.undo

    def add_buf(vq_address: Any, first: Any, second: Any, third: Any, token: Any) -> Any:
        q = todays_queue(vq_address)
        if unlikely(U64(token == ZERO)):
            return BUG
        if unlikely(U64(q.broken)):
            return EIO
        arrays, start = (U64(q.desc), U64(q.desc_extra)), begin(q)
        state = (start, start, ZERO)
        (place, last, taken), done = walk(q, arrays, state, (first, second, third), U64(q.num_free))
        if not done:
            undo(q, arrays, place, taken)
            refuse(vq_address, q, taken + ONE, goes_out(first, second))
            return ENOSPC
        if unlikely(U64(taken == ZERO)):
            return BUG
        publish(vq_address, q, end(q, arrays, last, place), taken, token)
        return 0

    return add_buf
