"""today_split: scatterlists into the split ring of today.

Models ``virtqueue_add_sgs`` and ``virtqueue_add_split`` of drivers/virtio/virtio_ring.c at
f6a15d85, and kick, get_buf and detach of the same ring. ``strategies/linux/todays/lists.py`` has
the lists, ``strategies/linux/todays/split.py`` the ring.

Lists are walked twice, to count and to fill. Each segment takes four stores into the ring and three
into a copy of its own, ``desc_extra``, whose ``next`` is the free list. In the form ``noshadow``
the copy is kept under the DMA API alone, as packed rings do.

What you should observe: the copy's three stores cost next to nothing where the ring is in the
cache, for the walk waits for ``next`` and for ``sg_next``.
"""

from dataclasses import replace

from strategies import Strategy
from strategies.linux.todays.fills import forms
from strategies.linux.todays.lists import create, map_request
from strategies.linux.todays.ring import add_sgs
from strategies.linux.todays.split import (
    RING,
    WITHOUT_SHADOW,
    get_buf,
    get_buf_without_shadow,
    kick,
)
from strategies.linux.todays.structs import FAMILY, SPLIT

AS_IT_IS = Strategy(
    "today_split",
    create,
    map_request,
    add_sgs(RING),
    only=FAMILY,
    kick=kick,
    get_buf=get_buf,
    ring=SPLIT,
)
STRATEGIES = (
    AS_IT_IS,
    replace(
        AS_IT_IS,
        add_buf=add_sgs(WITHOUT_SHADOW),
        form="noshadow",
        get_buf=get_buf_without_shadow,
    ),
    *forms(AS_IT_IS, RING),
)
