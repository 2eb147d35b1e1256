"""chained_scatterlist: tables of 128 slots, the last slot a link, walked with ``sg_next``.

Models the API of 2.6.24 (include/linux/scatterlist.h), used as a driver of the time would have had
to use it: virtio itself did not walk with ``sg_next`` before 2013.

    list memory   [header|link] -> [data 0 ... data 126|link] -> [data 127|link] -> [status*]
    add_buf       (vq, first entry, out, in, token)

``page_link`` has bit 0 set in a link and bit 1 in the last entry (*). Tables are chained once, when
the queue is set up. A request with less data than room links to its status from the slot after its
last data slot, which may be the table's own link; the next map restores that slot.
``sg_next`` follows one link, never two: a link is never the first slot of a table.
Left out: zeroing tables, the allocator, and end marks that the next group would have to clear.

What you should observe: on the Xeons, no cost where the test for a link is a branch, as it is
predicted; where the compiler makes it a conditional move, each entry's address waits for a load and
long requests slow down. On the EPYCs that wait makes them faster (docs/model.md, section 6).
"""

from collections.abc import Callable
from typing import Any

from strategies import AS_COMPILED, Strategy
from strategies.compile.codegen import inline, outofline
from strategies.linux.chain import creator, mapper
from strategies.linux.counted_walk import counted_walk
from strategies.linux.scatterlist import follow, follow_by_select, stepper
from strategies.linux.small_tables import AXIS, EXPERIMENT, SIZES

SLOTS = 128  # a page of entries, and SCSI's largest pool: 127 data and a link


def chained(
    sg_next: Callable[[Any], Any], form: str = AS_COMPILED, slots: int = SLOTS, only: str = ""
) -> Strategy:
    """The strategy whose kernels step with ``sg_next``, in tables of ``slots`` slots."""
    return Strategy(
        "chained_scatterlist",
        creator(slots),
        mapper(sg_next, slots),
        counted_walk(sg_next),
        form=form,
        only=only,
        axes=((AXIS, str(slots)),) if only else (),
    )


by_branch, by_select = inline(stepper(follow)), inline(stepper(follow_by_select))
by_call = outofline(stepper(follow), 1)  # sg_next was exported from 2.6.25 on


@inline
def sg_next_called(sg: Any) -> Any:
    """Call ``sg_next``."""
    return by_call((sg,))


DECISIONS = {AS_COMPILED: by_branch, "branch": by_branch, "select": by_select}

STRATEGIES = (
    *(chained(sg_next, form) for form, sg_next in DECISIONS.items()),
    chained(sg_next_called, "outofline"),
    *(
        chained(sg_next, form, slots, EXPERIMENT)
        for slots in SIZES
        for form, sg_next in DECISIONS.items()
    ),
)
