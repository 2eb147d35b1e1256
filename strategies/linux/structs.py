"""Structs with the byte layout of Linux 2.6.24 on x86-64, and their constants.

Imports only NumPy, so worker processes can lay out memory without numba. Sources of every size and
offset: ``docs/model.md``, section 1. ``tests/strategies/test_structs.py`` checks them.
"""

from typing import Any

import numpy as np


def struct(*fields: tuple[str, str] | tuple[str, str, int]) -> np.dtype[Any]:
    """A C struct, with fields at their natural alignment."""
    return np.dtype(list(fields), align=True)


SCATTERLIST = struct(
    ("page_link", "u8"),
    ("offset", "u4"),
    ("length", "u4"),
    ("dma_address", "u8"),
    ("dma_length", "u4"),
)
SG_RING = struct(("next", "u8"), ("prev", "u8"), ("num", "u4"), ("max", "u4"))  # then sg[]
VRING_DESC = struct(("addr", "u8"), ("len", "u4"), ("flags", "u2"), ("next", "u2"))
VRING_AVAIL = struct(("flags", "u2"), ("idx", "u2"))  # then u16 ring[num]
VRING_USED = struct(("flags", "u2"), ("idx", "u2"))  # then VRING_USED_ELEM ring[num]
VRING_USED_ELEM = struct(("id", "u4"), ("len", "u4"))
VIRTQUEUE = struct(  # struct vring_virtqueue, then void *data[num]
    ("callback", "u8"),
    ("vdev", "u8"),
    ("vq_ops", "u8"),
    ("priv", "u8"),
    ("num", "u4"),  # struct vring from here to ``used``
    ("desc", "u8"),
    ("avail", "u8"),
    ("used", "u8"),
    ("broken", "u1"),
    ("num_free", "u4"),
    ("free_head", "u4"),
    ("num_added", "u4"),
    ("last_used_idx", "u2"),
    ("notify", "u8"),
)

# The input of ``map``. The drivers have no such records: they stand for bio_vec and skb_frag_t
# (16 bytes each, as ``SEGMENT``) and for the arguments of do_req and start_xmit.
REQUEST = struct(("groups", "u8"))  # then GROUP[groups], then the SEGMENTs of all groups
GROUP = struct(
    ("direction", "u4"),  # 0: read by the device; 1: written by it
    ("room", "u4"),  # entries the driver declares for the table
    ("virtuals", "u4"),  # number of segments at virtual addresses; they come first
    ("pages", "u4"),  # number of segments in pages
    ("merge", "u8"),  # whether blk_rq_map_sg's merge test runs
)
SEGMENT = struct(
    ("page", "u8"), ("length", "u4"), ("offset", "u4")
)  # page: struct page * or void *

PAGE_SHIFT = 12
VMEMMAP = 0xFFFF_E200_0000_0000  # base of mem_map, an imaginary array of struct page
STRUCT_PAGE_BYTES = 56
PAGE_OFFSET = 0xFFFF_8100_0000_0000  # base of the direct mapping

SG_CHAIN, SG_LAST = 1, 2  # low bits of page_link: link to the next table, last entry
DESC_F_NEXT, DESC_F_WRITE = 1, 2
USED_F_NO_NOTIFY = 1

ENOSPC = -28
BUG = -1  # BUG_ON: the kernel would have stopped here


def power_of_two(num: int) -> bool:
    """Whether a ring of ``num`` slots survives the wrap of its 16-bit indices."""
    return num & (num - 1) == 0


def vring_bytes(num: int) -> tuple[int, int, int]:
    """Offsets of avail and used, and size, in bytes, of a ring of ``num`` slots in 2.6.24.

    The used ring starts on a page if ``num`` is a power of two. On the day of the RFC rings had
    2^n - 1 slots, and the used ring began where 2^n slots would end.
    """
    avail = num * VRING_DESC.itemsize
    end = avail + VRING_AVAIL.itemsize + 2 * num
    used = -(-end // 4096) * 4096 if power_of_two(num) else (num + 1) * (VRING_DESC.itemsize + 2)
    return avail, used, used + VRING_USED.itemsize + num * VRING_USED_ELEM.itemsize
