"""today_packed_indirect: scatterlists into the packed ring of today, through tables.

Models what drivers/virtio/virtio_ring.c at f6a15d85 does once VIRTIO_F_INDIRECT_DESC was agreed on:
a request of several segments takes a table, if there is one to be had, and one descriptor of the
ring. ``strategies/linux/todays/packed_indirect.py`` has what differs from the packed ring,
``strategies/linux/todays/tables.py`` the forms: where tables come from, and who gets one.

What you should observe: a table costs a short request more than the descriptors that it spares, and
a full ring holds as many requests as it has descriptors. ``add`` alone cannot be asked: the driver
takes back descriptors there, but no tables.
"""

from strategies.linux.todays.packed import kick
from strategies.linux.todays.packed_indirect import add_sgs, get_buf
from strategies.linux.todays.structs import PACKED_INDIRECT
from strategies.linux.todays.tables import forms

STRATEGIES = tuple(forms("today_packed_indirect", PACKED_INDIRECT, kick, add_sgs, get_buf))
