"""flat_array: one table, stepped with ``sg++``, with its counts as arguments.

Models ``vring_add_buf`` of drivers/virtio/virtio_ring.c at v2.6.24, which virtio ran before and
after the RFC, with virtio_blk's table of header, data and status.

    list memory   [ header | data 0 | data 1 | ... | status ]   32 bytes per entry
    add_buf       (vq, table, out, in, token)

Space is checked once, before anything is written: a failed add costs the same at any length.
Left out: zeroing the table for every request (4192 bytes in virtio_blk), which is an experiment of
its own (``table-init``).

What you should observe: the least work per descriptor of the three layouts. Addresses wait only
for the free list's ``next``, which sets the pace on the Xeons but not on the EPYCs (docs/model.md,
section 6).
"""

from strategies import Role, Strategy
from strategies.linux import prepared_table, small_tables
from strategies.linux.counted_walk import counted_walk
from strategies.linux.mapping import next_entry
from strategies.linux.table import create, map_request
from strategies.linux.virtqueue import publish_by_mask

add_buf, add_by_mask = counted_walk(next_entry), counted_walk(next_entry, publish_by_mask)

STRATEGIES = (
    Strategy("flat_array", create, map_request, add_buf, role=Role.BASELINE),
    Strategy("flat_array", create, map_request, add_by_mask, form="mask", only="ring-size"),
    *prepared_table.strategies("flat_array", add_buf),
    *small_tables.copying("flat_array", add_buf),
)
