"""today_packed: scatterlists into the packed ring of today.

Models ``virtqueue_add_sgs`` and ``virtqueue_add_packed`` of drivers/virtio/virtio_ring.c at
f6a15d85, and kick, get_buf and detach of the same ring. ``strategies/linux/todays/lists.py`` has
the lists, ``strategies/linux/todays/packed.py`` the ring.

Descriptors lie side by side in the order in which they are added. No private copy is kept without
the DMA API; one ``next`` a segment is read off the list of ids. The flags of a buffer's first
descriptor are stored last: that one store shows all of it. A buffer is freed by as many stores
however long it is.

What you should observe: three stores a segment fewer than the split ring in add; get_buf
that costs the same for any request.
"""

from strategies import Strategy
from strategies.linux.todays.fills import forms
from strategies.linux.todays.lists import create, map_request
from strategies.linux.todays.packed import RING, get_buf, kick
from strategies.linux.todays.ring import add_sgs
from strategies.linux.todays.structs import FAMILY, PACKED

AS_IT_IS = Strategy(
    "today_packed",
    create,
    map_request,
    add_sgs(RING),
    only=FAMILY,
    kick=kick,
    get_buf=get_buf,
    ring=PACKED,
)
STRATEGIES = (AS_IT_IS, *forms(AS_IT_IS, RING))
