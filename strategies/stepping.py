"""stepping: one table whose next entry is found freely, by a conditional move or through a load.

Experiment ``serialise`` finds what limits a walk by changing one thing at a time. The table is
flat_array's, with a word in each entry that is always zero, the unused ``dma_address``. A step
loads that word after the descriptor's stores; only its use differs:

======  ==============================================================================
free    none: the next entry is ``stride`` bytes further, which is known many steps ahead
select  ``word & 1 ? word : sg + stride``, a conditional move that is never taken
load    ``sg + stride + word``: the next entry's address waits for a load of this one
======  ==============================================================================

And for each of them, the order of a step's loads (``free`` is that of the source):

==========  ==========================================================================
free        ``vring.desc`` is read again after each store: 8 loads and 3 stores per step
free-kept   it is kept in a register: 5 loads; the entry is read between the stores
free-first  likewise, and all loads of a step, including ``next``, precede its stores
==========  ==========================================================================

    list memory   [ header | data 0 | ... | data n-1 | status ]   an entry every ``stride`` bytes
    add_buf       (vq, table, out, in, token)

``apart`` is the offset of the table in its page, in bytes, or ``drawn`` as for all lists;
descriptors begin on a page. At 0 an entry is ahead of every descriptor with a pending store; at
3072 the 64th entry has the offset of the 64th descriptor.

What you should observe: if the longest chain is the limit, ``free`` at least as fast as ``load``,
and ``select`` slower than both. If loads that run ahead are the limit, the reverse.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from strategies import Kernel, Strategy
from strategies.compile.codegen import inline
from strategies.linux.counted_walk import counted_walk
from strategies.linux.mapping import SG_BYTES, assign_page, group_mapper, rooms
from strategies.linux.structs import BUG, ENOSPC
from strategies.linux.table import mapper as table_mapper
from strategies.linux.views import (
    U16,
    U32,
    U64,
    scatterlist,
    select,
    unlikely,
    used,
    virtqueue,
    vring_desc,
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
    publish,
)

EXPERIMENT = "serialise"
DRAWN = "drawn"
STRIDES = (32, 64, 160)  # bytes between entries: two, one, or 0.4 entries per cache line
PLACES = ("0", "3072")  # offsets in the page, in bytes
PAGE_BYTES = U64(4096)


@inline
def freely(following: Any, word: Any) -> Any:
    """Step to ``following``; the loaded word is not used."""
    used(word)
    return following


@inline
def by_select(following: Any, word: Any) -> Any:
    """Step to ``following``, or to the word if it is odd: a conditional move."""
    return select(word & ONE, word, following)


@inline
def by_load(following: Any, word: Any) -> Any:
    """Step to ``following`` plus the word."""
    return following + word


WAYS = {"free": freely, "select": by_select, "load": by_load}


def stepper(way: Kernel, stride: int) -> Kernel:
    """A step in the source's order, which reads the word after all stores."""
    apart = U64(stride)

    @inline
    def step(sg: Any) -> Any:
        return way(sg + apart, scatterlist(sg).dma_address)

    return step


def kept_step(way: Kernel) -> Kernel:
    """A step with the descriptor table as an argument: stores and loads alternate."""

    @inline
    def take(desc: Any, i: Any, sg: Any, flags: Any) -> Any:
        """Fill descriptor ``i``; return the next entry and the next descriptor."""
        at = desc + (i << DESC_SHIFT)
        vring_desc(at).flags = U16(NEXT | flags)
        page = scatterlist(sg).page_link & POINTER
        vring_desc(at).addr = (page_to_pfn(page) << PFN_SHIFT) + U64(scatterlist(sg).offset)
        vring_desc(at).len = scatterlist(sg).length
        sg = way(sg + SG_BYTES, scatterlist(sg).dma_address)
        return sg, U64(vring_desc(at).next)

    return take


def first_step(way: Kernel) -> Kernel:
    """A step with the descriptor table as an argument: its loads precede its stores."""

    @inline
    def take(desc: Any, i: Any, sg: Any, flags: Any) -> Any:
        """Fill descriptor ``i``; return the next entry and the next descriptor."""
        at = desc + (i << DESC_SHIFT)
        following = U64(vring_desc(at).next)
        page = scatterlist(sg).page_link & POINTER
        offset, length = U64(scatterlist(sg).offset), scatterlist(sg).length
        sg = way(sg + SG_BYTES, scatterlist(sg).dma_address)
        vring_desc(at).flags = U16(NEXT | flags)
        vring_desc(at).addr = (page_to_pfn(page) << PFN_SHIFT) + offset
        vring_desc(at).len = length
        return sg, following

    return take


ORDERS = {"kept": kept_step, "first": first_step}


def walk_with(take: Kernel) -> Kernel:
    """The ``add_buf`` of ``counted_walk``, with ``vring.desc`` read once."""

    def add_buf(vq_address: Any, sg: Any, out: Any, in_: Any, token: Any) -> Any:
        vq = virtqueue(vq_address)
        if unlikely(U64(token == ZERO)):
            return BUG
        if unlikely(U64(out + in_ > U64(vq.num))):
            return BUG
        if unlikely(U64(out + in_ == ZERO)):
            return BUG
        if U64(vq.num_free) < out + in_:
            return ENOSPC
        vq.num_free -= U32(out + in_)
        head = U64(vq.free_head)
        desc = vq.desc
        i = previous = head
        while out > ZERO:
            previous = i
            sg, i = take(desc, i, sg, OUTGOING)
            out -= ONE
        while in_ > ZERO:
            previous = i
            sg, i = take(desc, i, sg, WRITE)
            in_ -= ONE
        publish(vq_address, head, previous, i, token)
        return 0

    return add_buf


def begin(apart: str) -> Kernel:
    """The address of a table in its list memory."""
    into = ZERO if apart == DRAWN else U64(int(apart))
    page = ONE if apart == DRAWN else PAGE_BYTES

    @inline
    def first(list_memory: Any, _request: Any) -> Any:
        return ((list_memory + page - ONE) & ~(page - ONE)) + into

    return first


@cache
def creator(stride: int, apart: str) -> Kernel:
    """The ``create`` that returns the size of a table, including its offset."""
    bytes_apart = U64(stride)
    before = ZERO if apart == DRAWN else PAGE_BYTES + U64(int(apart))

    def create(list_memory: Any, request: Any) -> Any:
        return before + bytes_apart * rooms(request)

    return create


@cache
def mapper(stride: int, apart: str) -> Kernel:
    """The ``map`` of all groups into one table, in order, at its offset in a page."""
    bytes_apart = U64(stride)
    map_apart = group_mapper(inline(lambda sg: sg + bytes_apart), assign_page)
    return table_mapper(begin(apart), map_apart, bytes_apart)


def stepping(form: str, add_buf: Kernel, stride: int, apart: str) -> Strategy:
    """A form that belongs to this stride and offset."""
    return Strategy(
        "stepping",
        creator(stride, apart),
        mapper(stride, apart),
        add_buf,
        form=form,
        phases=("add",),
        only=EXPERIMENT,
        axes=(("apart", apart), ("stride", str(stride))),
    )


def strategies() -> Iterator[Strategy]:
    """Every use of the word, in the source's order at each point, in other orders at one."""
    plain = STRIDES[0]
    for name, way in WAYS.items():
        for stride in STRIDES:
            yield stepping(name, counted_walk(stepper(way, stride)), stride, DRAWN)
        for apart in PLACES:
            yield stepping(name, counted_walk(stepper(way, plain)), plain, apart)
        for order, step in ORDERS.items():
            yield stepping(f"{name}-{order}", walk_with(step(way)), plain, DRAWN)


STRATEGIES = tuple(strategies())
