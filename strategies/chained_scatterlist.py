"""chained_scatterlist: tables of 128 slots, the last slot a link, walked with ``sg_next``.

Models the API on offer in 2.6.24 (include/linux/scatterlist.h), used as a driver of the time
would have had to: virtio itself never walked with ``sg_next`` before 2013.

    list memory   [header|link] -> [data 0 ... data 126|link] -> [data 127|link] -> [status*]
    add_buf       (vq, first entry, out, in, token)

``page_link`` has bit 0 set in a link and bit 1 in the last entry (*). Tables are chained once, when
the queue is made. A request with less data than room links its status behind its last data slot,
over the table's own link where that is the next slot; the next map puts back what stood there.
``sg_next`` follows one link, never two: a link is never the first slot of a table.
Left out: zeroing tables, the allocator, end marks that the next group would have to take away.

What you should observe: nothing where the link is a branch, for it is predicted; where a compiler
makes it a conditional move, each entry's address waits for a load and long requests slow down.
"""

from collections.abc import Callable
from typing import Any

from strategies import AS_COMPILED, Strategy
from strategies.codegen import inline, outofline
from strategies.counted import counted_walk
from strategies.mapping import (
    GROUP_BYTES,
    OUT,
    SG_BYTES,
    first_group,
    first_segment,
    group_mapper,
)
from strategies.scatterlist import (
    CHAIN,
    follow,
    follow_by_select,
    leaving,
    sg_assign_page,
    sg_mark_end,
    stepper,
)
from strategies.views import U64, group_at, request_at, scatterlist, u64_at
from strategies.virtqueue import ONE, ZERO

SLOTS = U64(128)  # a page of entries, and SCSI's largest pool: 127 data and a link

# At the start of list memory, before the tables:
WAS_AT, WAS = U64(0), U64(8)  # the slot that the last request's link took, and what stood there
TABLE = U64(16)  # address of each group's first table
TABLES = U64(64)


def create(list_memory: Any, request: Any) -> Any:
    """Chain all tables: those of a group, and each group's last slot to the next group."""
    u64_at(list_memory + WAS_AT).value = ZERO
    group, table, number = first_group(request), list_memory + TABLES, ZERO
    end = group + request_at(request).groups * GROUP_BYTES
    while group < end:
        u64_at(list_memory + TABLE + number * U64(8)).value = table
        last = group + GROUP_BYTES == end
        slots = U64(group_at(group).room) + (ZERO if last else ONE)
        while slots > SLOTS:
            following = table + SLOTS * SG_BYTES
            scatterlist(following - SG_BYTES).page_link = following | CHAIN
            table = following
            slots -= SLOTS - ONE
        table += slots * SG_BYTES
        if not last:
            scatterlist(table - SG_BYTES).page_link = table | CHAIN
        group += GROUP_BYTES
        number += ONE
    return table - list_memory


def mapper(sg_next: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the ``map`` that goes from entry to entry with ``sg_next``."""
    map_group = group_mapper(leaving(sg_next), sg_assign_page)

    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        """Map each group into its tables, linked behind the last entry of the one before."""
        was_at = u64_at(list_memory + WAS_AT).value
        if was_at != ZERO:
            scatterlist(was_at).page_link = u64_at(list_memory + WAS).value
            u64_at(list_memory + WAS_AT).value = ZERO
        group, segment, number = first_group(request), first_segment(request), ZERO
        end = group + request_at(request).groups * GROUP_BYTES
        out, in_, sg = ZERO, ZERO, ZERO
        while group < end:
            table = u64_at(list_memory + TABLE + number * U64(8)).value
            entries, sg, segment = map_group(group, segment, table)
            if group_at(group).direction == OUT:
                out += entries
            else:
                in_ += entries
            following = u64_at(list_memory + TABLE + (number + ONE) * U64(8)).value
            if group + GROUP_BYTES < end and entries < U64(group_at(group).room):
                link = sg + SG_BYTES
                u64_at(list_memory + WAS_AT).value = link
                u64_at(list_memory + WAS).value = scatterlist(link).page_link
                scatterlist(link).page_link = following | CHAIN
            group += GROUP_BYTES
            number += ONE
        sg_mark_end(sg)
        u64_at(words).value = u64_at(list_memory + TABLE).value
        u64_at(words + U64(8)).value = out
        u64_at(words + U64(16)).value = in_
        return 0

    return map_request


def chained(sg_next: Callable[[Any], Any], form: str = AS_COMPILED) -> Strategy:
    """Return the strategy whose kernels step with ``sg_next``."""
    return Strategy(
        "chained_scatterlist", create, mapper(sg_next), counted_walk(sg_next), form=form
    )


by_branch, by_select = inline(stepper(follow)), inline(stepper(follow_by_select))
by_call = outofline(stepper(follow), 1)  # sg_next was exported from 2.6.25 on


@inline
def sg_next_called(sg: Any) -> Any:
    """Call ``sg_next``."""
    return by_call((sg,))


STRATEGIES = (
    chained(by_branch),
    chained(by_branch, "branch"),
    chained(by_select, "select"),
    chained(sg_next_called, "outofline"),
)
