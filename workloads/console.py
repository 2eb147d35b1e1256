"""virtio_console: one buffer per request, in tables of one entry (Linux 2.6.24).

``put_chars`` adds, kicks and spins on ``get_buf``; ``add_inbuf`` offers a page to fill.
"""

from workloads import PAGE_SIZE, Direction, Group, Request, Segment, Shape, Workload, fixed

LINE_BYTES = 16  # that hvc_console passes to put_chars at once (N_OUTBUF)


def buffer(direction: Direction, length: int) -> Request:
    """A request of one buffer at a virtual address; ``length`` in bytes."""
    return Request((Group(direction, (Segment(0x700, 0, length, virtual=True),), room=1),))


WORKLOAD = Workload(
    "console",
    (
        Shape("put_chars", fixed(buffer(Direction.OUT, LINE_BYTES))),
        Shape("add_inbuf", fixed(buffer(Direction.IN, PAGE_SIZE))),
    ),
)
