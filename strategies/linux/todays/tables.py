"""Where tables for indirect descriptors come from: three ways, and when one is asked for.

``kmalloc``       a free list for each power of two: a pop in add, a push in get_buf
``cached``        a free list of the queue's own, of tables for the longest request
``preallocated``  a table for each slot of the ring, always the same

It is asked for by any request of more than one segment, as in the source; by one of more than eight
(``threshold``); or by any of several while more than a tenth of the ring is taken (``filled``).

A table has room for its descriptors and for as many private copies behind them. ``kmalloc`` is a
model: its size class is computed, its list popped, and a table's class found by its address when it
is freed, as a slab is. Left out are the atomic instructions, accounting and slow paths of the
kernel's, so it costs less here than there. Lists that are empty are carved from memory that no
table was in yet; where that ends there is no table, and the request goes directly.

A queue's memory for tables::

    [ struct TABLES | class of each line of objects | objects ... | a table a slot ... ]

Layouts of one ring share all of it, as they share the ring.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from strategies import AS_COMPILED, Kernel, Strategy
from strategies.compile.codegen import inline, intrinsic
from strategies.linux.structs import struct
from strategies.linux.todays.lists import create, map_request
from strategies.linux.todays.ring import state_of
from strategies.linux.todays.structs import CLASSES, FAMILY, TABLE_BYTES, TABLES
from strategies.linux.views import U64, u64_at, unlikely, view
from strategies.linux.virtqueue import ONE, ZERO

tables_of, u8_at = view(TABLES), view(struct(("value", "u1")))
LISTS_AT = U64(TABLES.itemsize - 8 * CLASSES)  # of the heads of lists, one a class
LINE_SHIFT, WORD_SHIFT = U64(6), U64(3)
OWN = ZERO  # the class whose list is of cached tables
WHOLE = U64(TABLE_BYTES)
TEN, NINE, FEW = U64(10), U64(9), U64(8)


@dataclass(frozen=True)
class TableSource:
    """Where tables come from, and where they go back to."""

    take: Kernel  # take(q, bytes, slot) -> table, or 0
    give: Kernel  # give(q, table)


@intrinsic
def log2_up(_typing: Any, size: Any) -> Any:
    """The power of two that holds ``size`` bytes, of which there are at least two."""
    del size

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        less = builder.sub(arguments[0], ir.Constant(arguments[0].type, 1))
        zeros = builder.ctlz(less, ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(arguments[0].type, 64), zeros)

    return types.uint64(types.uint64), generate


@inline
def list_of(q: Any, number: Any) -> Any:
    """Where the head of a class's free list is."""
    return q.tables + LISTS_AT + (number << WORD_SHIFT)


@inline
def pop(head: Any) -> Any:
    """Take the first object off a list that is not empty."""
    table = u64_at(head).value
    u64_at(head).value = u64_at(table).value
    return table


@inline
def push(head: Any, table: Any) -> Any:
    """Put an object in front of a list."""
    u64_at(table).value = u64_at(head).value
    u64_at(head).value = table


@inline
def carve(q: Any, number: Any, size: Any) -> Any:
    """Memory that no table was in yet, its class noted; 0 if there is none left."""
    pool = tables_of(q.tables)
    table = pool.next
    if table + size > pool.end:
        return ZERO
    pool.next = table + size
    u8_at(pool.classes + ((table - pool.objects) >> LINE_SHIFT)).value = np.uint8(number)
    return table


@inline
def kmalloc(q: Any, size: Any, slot: Any) -> Any:
    """An object of the next power of two."""
    number = log2_up(size)
    if unlikely(U64(number >= U64(CLASSES))):
        return ZERO
    head = list_of(q, number)
    if unlikely(U64(u64_at(head).value == ZERO)):
        return carve(q, number, ONE << number)
    return pop(head)


@inline
def kfree(q: Any, table: Any) -> Any:
    """Give an object back to the list of its class, which is found by its address."""
    pool = tables_of(q.tables)
    number = u8_at(pool.classes + ((table - pool.objects) >> LINE_SHIFT)).value
    push(list_of(q, U64(number)), table)


@inline
def from_cache(q: Any, size: Any, slot: Any) -> Any:
    """One of the queue's tables."""
    if unlikely(U64(size > WHOLE)):
        return ZERO
    head = list_of(q, OWN)
    if unlikely(U64(u64_at(head).value == ZERO)):
        return carve(q, OWN, WHOLE)
    return pop(head)


@inline
def to_cache(q: Any, table: Any) -> Any:
    """Give it back."""
    push(list_of(q, OWN), table)


@inline
def of_slot(q: Any, size: Any, slot: Any) -> Any:
    """The table of a slot."""
    if unlikely(U64(size > WHOLE)):
        return ZERO
    return tables_of(q.tables).slots + slot * WHOLE


@inline
def keep(q: Any, table: Any) -> Any:
    """Leave a slot's table where it is."""


def freeing(detach: Kernel, state: Kernel, tables: TableSource) -> Kernel:
    """The ``detach`` that also gives back the table of what it frees, if there is one."""
    give = tables.give

    @inline
    def detach_with_table(q: Any, i: Any) -> Any:
        detach(q, i)
        table = state(state_of(q, i)).indir_desc
        if table != ZERO:
            give(q, table)
            state(state_of(q, i)).indir_desc = ZERO

    return detach_with_table


KMALLOC, CACHED, PREALLOCATED = (
    TableSource(kmalloc, kfree),
    TableSource(from_cache, to_cache),
    TableSource(of_slot, keep),
)


def asking(more: Callable[[Any, Any], Any] | None = None) -> Kernel:
    """Whether a request of ``total`` segments gets a table: the source's test, and ``more``."""

    @inline
    def any_of_several(q: Any, total: Any) -> Any:
        return total > ONE and U64(q.num_free) != ZERO

    if more is None:
        return any_of_several

    @inline
    def these(q: Any, total: Any) -> Any:
        return any_of_several(q, total) and more(q, total)

    return these


@inline
def is_long(q: Any, total: Any) -> Any:
    """Whether it has more than eight segments."""
    return total > FEW


@inline
def is_filled(q: Any, total: Any) -> Any:
    """Whether more than a tenth of the ring is taken."""
    return U64(q.num_free) * TEN < U64(q.num) * NINE


ALWAYS, IF_LONG, IF_FILLED = asking(), asking(is_long), asking(is_filled)
FORMS = {  # form: when there is a table, and where from; as compiled, as the source
    AS_COMPILED: (ALWAYS, KMALLOC),
    "cached": (ALWAYS, CACHED),
    "preallocated": (ALWAYS, PREALLOCATED),
    "threshold": (IF_LONG, KMALLOC),
    "filled": (IF_FILLED, KMALLOC),
}


def forms(
    name: str, ring: str, kick: Kernel, add_sgs: Kernel, get_buf: Callable[[TableSource], Kernel]
) -> Iterator[Strategy]:
    """The forms of a layout whose requests may take tables, in the whole cycle alone.

    ``add_sgs(wanted, tables)`` and ``get_buf(tables)`` make its kernels.
    """
    for form, (wanted, tables) in FORMS.items():
        yield Strategy(
            name,
            create,
            map_request,
            add_sgs(wanted, tables),
            form=form,
            phases=("cycle",),
            only=FAMILY,
            kick=kick,
            get_buf=get_buf(tables),
            ring=ring,
        )
