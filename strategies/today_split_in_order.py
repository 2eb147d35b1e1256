"""today_split_in_order: scatterlists into the split ring of today, completed in order.

Models what drivers/virtio/virtio_ring.c at f6a15d85 does once VIRTIO_F_IN_ORDER was agreed on.
``strategies/linux/todays/split_in_order.py`` has what differs from the split ring.

There is no free list, and one used entry reports a whole batch. But ``next`` is still read from
the private copy and stored in the ring for each segment, though it never changes; the form
``nonext`` leaves both out, in get_buf too. And a chain is still walked when it is freed.

What you should observe: an add as the split ring's, or a little more costly; a get_buf cheaper only
by what linking costs; with ``nonext`` a walk that waits for no load of the ring's own.
"""

from dataclasses import replace

from strategies import Strategy
from strategies.linux.todays.lists import create, map_request
from strategies.linux.todays.ring import add_sgs
from strategies.linux.todays.split import kick
from strategies.linux.todays.split_in_order import RING, WITHOUT_NEXT, get_buf, get_buf_without_next
from strategies.linux.todays.structs import FAMILY, SPLIT_IN_ORDER

AS_IT_IS = Strategy(
    "today_split_in_order",
    create,
    map_request,
    add_sgs(RING),
    only=FAMILY,
    kick=kick,
    get_buf=get_buf,
    ring=SPLIT_IN_ORDER,
)
STRATEGIES = (
    AS_IT_IS,
    replace(AS_IT_IS, add_buf=add_sgs(WITHOUT_NEXT), form="nonext", get_buf=get_buf_without_next),
)
