"""today_packed_in_order: scatterlists into the packed ring of today, completed in order.

Models what drivers/virtio/virtio_ring.c at f6a15d85 does once VIRTIO_F_IN_ORDER was agreed on.
``strategies/linux/todays/packed_in_order.py`` has what differs from the packed ring.

A buffer is known by its first slot, so that no list of ids is walked, and one used descriptor
reports a whole batch.

What you should observe: a walk that waits for the scatterlist alone.
"""

from strategies import Strategy
from strategies.linux.todays.lists import create, map_request
from strategies.linux.todays.packed import kick
from strategies.linux.todays.packed_in_order import RING, get_buf
from strategies.linux.todays.ring import add_sgs
from strategies.linux.todays.structs import FAMILY, PACKED_IN_ORDER

STRATEGIES = (
    Strategy(
        "today_packed_in_order",
        create,
        map_request,
        add_sgs(RING),
        only=FAMILY,
        kick=kick,
        get_buf=get_buf,
        ring=PACKED_IN_ORDER,
    ),
)
