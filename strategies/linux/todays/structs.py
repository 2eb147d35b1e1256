"""Structs of the virtqueue of today at the byte layout of x86-64, and where a queue's parts lie.

Sizes and offsets of what the kernel declares: ``docs/today.md``, section 1. The queue itself is
ours: its first 96 bytes are those of 2.6.24's, so that one driver serves both, and the order of
what follows is no source's. Needs NumPy alone, as ``strategies.linux.structs``.
"""

from dataclasses import dataclass

from strategies.linux.structs import VIRTQUEUE, VRING_AVAIL, VRING_DESC, VRING_USED, struct

FAMILY = "today"  # of the experiments that ask of these rings
PLAIN_RING = "2.6.24"  # of a strategy that names no ring
SPLIT, PACKED = "split", "packed"
SPLIT_IN_ORDER, PACKED_IN_ORDER = "split-in-order", "packed-in-order"
SPLIT_INDIRECT, PACKED_INDIRECT = "split-indirect", "packed-indirect"

EIO = -5  # of a queue that is broken
AVAIL_F_NO_INTERRUPT = 1
DESC_F_INDIRECT = 4
DESC_F_AVAIL, DESC_F_USED = 1 << 7, 1 << 15  # of a packed ring's descriptors
EVENT_DISABLE, EVENT_DESC = 1, 2  # of its event structures: no kick; a kick at one place
NO_BATCH = 2**32 - 1
WRAP_BIT = 15  # of a place in them: the wrap counter
USED_BYTES = 8  # of an element of the used ring

DESC_EXTRA = struct(("addr", "u8"), ("len", "u4"), ("flags", "u2"), ("next", "u2"))
# struct phys_vec: an address and a length, 4 bytes of padding in which map keeps an offset
PHYS_VEC = struct(("paddr", "u8"), ("length", "u4"), ("offset", "u4"))
STATE_SPLIT = struct(("data", "u8"), ("indir_desc", "u8"), ("total_in_len", "u4"))
STATE_PACKED = struct(
    ("data", "u8"), ("indir_desc", "u8"), ("num", "u2"), ("last", "u2"), ("total_in_len", "u4")
)
PACKED_DESC = struct(("addr", "u8"), ("len", "u4"), ("id", "u2"), ("flags", "u2"))
PACKED_EVENT = struct(("off_wrap", "u2"), ("flags", "u2"))
STATE_BYTES = 24  # of a state of any ring
CLASSES = 14  # of sizes of tables: powers of two up to 8192 bytes
TABLE_BYTES = 130 * 32  # of the longest request's table: descriptors and as many copies
OBJECTS_BYTES = 8192 + TABLE_BYTES  # a slot of the ring: of kmalloc's largest, and the queue's own
TABLES = struct(  # of a queue; the first class has tables of TABLE_BYTES
    ("next", "u8"),  # memory that no table was in yet
    ("end", "u8"),
    ("objects", "u8"),
    ("classes", "u8"),
    ("slots", "u8"),  # a table for each
    ("lists", "u8", CLASSES),
)

TODAYS_QUEUE = struct(
    *((name, str(VIRTQUEUE[name].str[1:])) for name in VIRTQUEUE.names or ()),
    ("desc_state", "u8"),
    ("desc_extra", "u8"),
    ("avail_flags_shadow", "u2"),
    ("avail_idx_shadow", "u2"),
    ("event", "u1"),  # VIRTIO_F_EVENT_IDX was agreed on
    ("use_map_api", "u1"),  # of the DMA API; a kernel here stops if it is set
    ("avail_wrap_counter", "u1"),  # from here on of a packed ring
    ("next_avail_idx", "u2"),
    ("avail_used_flags", "u2"),
    ("event_flags_shadow", "u2"),
    ("last_used", "u2"),  # in order, split: the descriptor that the next completed chain begins at
    ("batch_id", "u4"),  # in order: the last buffer of a batch that is being taken, or NO_BATCH
    ("batch_len", "u4"),
    ("device_idx", "u2"),  # the device's own: the next place of the ring it looks at
    ("device_wrap", "u1"),
    ("tables", "u8"),  # where those of indirect descriptors come from
)


@dataclass(frozen=True)
class Parts:
    """Where the parts of a queue and its ring begin, in bytes from either's start."""

    state: int  # of the queue
    extra: int
    queue: int  # the queue's size
    avail: int  # of the ring; in a packed one the driver's event structure
    used: int  # in a packed one the device's event structure
    ring: int  # the ring's size


def parts_of_split(num: int) -> Parts:
    """The parts of a split queue of ``num`` descriptors, a power of two.

    As ``vring_init`` with event idx: ``used_event`` behind the avail ring, the used ring on a page,
    ``avail_event`` behind it. State and extra begin on cache lines of their own.
    """
    state, extra, queue = private_parts(num)
    avail = num * VRING_DESC.itemsize
    used = -(-(avail + VRING_AVAIL.itemsize + 2 * num + 2) // 4096) * 4096
    return Parts(
        state=state,
        extra=extra,
        queue=queue,
        avail=avail,
        used=used,
        ring=used + VRING_USED.itemsize + USED_BYTES * num + 2,
    )


def parts_of_packed(num: int) -> Parts:
    """The parts of a packed queue of ``num`` descriptors, up to 32,768.

    The driver's event structure is on a cache line behind the descriptors, the device's on another.
    """
    state, extra, queue = private_parts(num)
    avail = line(num * PACKED_DESC.itemsize)
    used = line(avail + PACKED_EVENT.itemsize)
    return Parts(state, extra, queue, avail, used, ring=used + PACKED_EVENT.itemsize)


def private_parts(num: int) -> tuple[int, int, int]:
    """Where a queue's states and copies begin, and where it ends."""
    state = line(TODAYS_QUEUE.itemsize)
    extra = line(state + STATE_BYTES * num)
    return state, extra, extra + DESC_EXTRA.itemsize * num


def parts_of_tables(num: int) -> tuple[int, int, int, int]:
    """Where classes, objects and slots' tables begin in a queue's memory, and its size."""
    classes = line(TABLES.itemsize)
    objects = line(classes + num * OBJECTS_BYTES // 64)
    slots = objects + num * OBJECTS_BYTES
    return classes, objects, slots, slots + num * TABLE_BYTES


def line(offset: int) -> int:
    """The first offset from there on where a cache line of 64 bytes begins."""
    return -(-offset // 64) * 64
