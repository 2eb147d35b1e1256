"""The two low bits of ``page_link``, as in include/linux/scatterlist.h of 2.6.24."""

from collections.abc import Callable
from typing import Any

from strategies.compile.codegen import inline
from strategies.linux.mapping import SG_BYTES
from strategies.linux.structs import SG_CHAIN, SG_LAST
from strategies.linux.views import U32, U64, scatterlist, select, trap, unlikely
from strategies.linux.virtqueue import POINTER, ZERO

CHAIN, LAST = U64(SG_CHAIN), U64(SG_LAST)
NOT_LAST, NOT_CHAIN, LOW_BITS = U64(2**64 - 1 - 2), U64(2**64 - 1 - 1), U64(3)


@inline
def follow(sg: Any) -> Any:
    """``sg``, or the target of its link: a link is unlikely."""
    if unlikely(scatterlist(sg).page_link & CHAIN):
        return scatterlist(sg).page_link & POINTER
    return sg


@inline
def follow_by_select(sg: Any) -> Any:
    """``sg``, or the target of its link, by a conditional move."""
    link = scatterlist(sg).page_link
    return select(link & CHAIN, link & POINTER, sg)


def stepper(following: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``sg_next``: the entry after ``sg``, or 0; two tests per step."""

    def sg_next(sg: Any) -> Any:
        if scatterlist(sg).page_link & LAST:
            return ZERO
        return following(sg + SG_BYTES)

    return sg_next


def leaving(sg_next: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The step to the next entry in blk_rq_map_sg, with this ``sg_next``."""

    @inline
    def go_on(sg: Any) -> Any:
        """Clear the end mark: this may have been an earlier request's last entry."""
        scatterlist(sg).page_link &= NOT_LAST
        return sg_next(sg)

    return go_on


@inline
def sg_chain(slot: Any, table: Any) -> Any:
    """Make ``slot`` a link to ``table``."""
    scatterlist(slot).offset = U32(0)
    scatterlist(slot).length = U32(0)
    scatterlist(slot).page_link = table | CHAIN


@inline
def sg_mark_end(sg: Any) -> Any:
    """Mark ``sg`` as the last entry."""
    scatterlist(sg).page_link = (scatterlist(sg).page_link | LAST) & NOT_CHAIN


@inline
def sg_assign_page(sg: Any, page: Any) -> Any:
    """Set an entry's page and keep its low bits; a page's own must be clear, which is tested."""
    if unlikely(page & LOW_BITS):
        trap()
    scatterlist(sg).page_link = (scatterlist(sg).page_link & LOW_BITS) | page
