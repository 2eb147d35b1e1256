"""The oracle against rings made by hand: a right one passes, each fault is named."""

import dataclasses
import re
import struct
from collections.abc import Callable
from typing import Any

import pytest

import workloads
from bench.ring import oracle
from bench.ring.oracle import Buffer, Ring, RingError, asked
from workloads import Direction, Group, Request, Segment

NEXT, WRITE, INDIRECT = 1, 2, 4
DESC, AVAIL, USED = 0x10000, 0x10080, 0x11000  # a ring of 8 in two pages
NUM = 8
MEMORY_BYTES = 2 * 4096

READ = Request(
    (
        Group(Direction.OUT, (Segment(0x500, 0x1D8, 24, virtual=True),), room=1),
        Group(
            Direction.IN,
            (Segment(0x1000, 0, 4096), Segment(0x1003, 0x200, 512)),
            room=128,
            merge=True,
        ),
        Group(Direction.IN, (Segment(0x500, 0x1F0, 1, virtual=True),), room=1),
    )
)
SEND = Request(
    (
        Group(
            Direction.OUT,
            (Segment(0x600, 0x128, 8, virtual=True), Segment(0x610, 0x40, 66, virtual=True)),
            room=20,
        ),
    )
)


class Bytes:
    """The memory of a ring in which READ lies at 0 to 3, SEND at 4 and 5, and 6 and 7 are free."""

    def __init__(self) -> None:
        self.bytes = bytearray(MEMORY_BYTES)
        self.ring = Ring(self.read, NUM, DESC, AVAIL, USED)
        self.desc(0, 0x5001D8, 24, NEXT, 1)
        self.desc(1, 0x1000000, 4096, NEXT | WRITE, 2)
        self.desc(2, 0x1003200, 512, NEXT | WRITE, 3)
        self.desc(3, 0x5001F0, 1, WRITE, 4)
        self.desc(4, 0x600128, 8, NEXT, 5)
        self.desc(5, 0x610040, 66, 0, 6)
        self.desc(6, 0, 0, 0, 7)
        self.avail(0, 4)

    def read(self, address: int, size: int) -> bytes:
        """Refuse addresses outside the ring: an oracle must not read there."""
        assert DESC <= address <= DESC + MEMORY_BYTES - size
        return bytes(self.bytes[address - DESC : address - DESC + size])

    def desc(self, index: int, address: int, length: int, flags: int, link: int) -> None:
        """Write one descriptor."""
        struct.pack_into("<QIHH", self.bytes, 16 * index, address, length, flags, link)

    def extend(self, index: int, address: int, length: int) -> None:
        """Make one more descriptor the last of SEND."""
        self.desc(5, 0x610040, 66, NEXT, index)
        self.desc(index, address, length, 0, 0)

    def avail(self, *heads: int, first: int = 0, idx: int = 2) -> None:
        """Write avail entries number ``first`` and on."""
        struct.pack_into("<H", self.bytes, AVAIL - DESC + 2, idx)
        for number, head in enumerate(heads, first):
            struct.pack_into("<H", self.bytes, AVAIL - DESC + 4 + 2 * (number % NUM), head)

    def used(self, *entries: tuple[int, int], first: int = 0) -> None:
        """Write used entries number ``first`` and on."""
        struct.pack_into("<H", self.bytes, USED - DESC + 2, (first + len(entries)) % 65536)
        for number, entry in enumerate(entries, first):
            struct.pack_into("<II", self.bytes, USED - DESC + 4 + 8 * (number % NUM), *entry)


Fault = Callable[[Bytes], None]

RULES_BROKEN: dict[str, tuple[Fault, str]] = {
    "NEXT left on the last, into a free one": (
        lambda m: m.desc(5, 0x610040, 66, NEXT, 6),
        "entry 1, slot 1: head 4, descriptor 6: zero length",
    ),
    "NEXT left on the last, into the next chain": (
        lambda m: m.desc(3, 0x5001F0, 1, NEXT | WRITE, 4),
        "entry 0, slot 0: head 0, descriptor 4: readable after writable",
    ),
    "WRITE missing on the last": (
        lambda m: m.desc(3, 0x5001F0, 1, 0, 4),
        "head 0, descriptor 3: readable after writable",
    ),
    "IN before OUT": (
        lambda m: m.desc(0, 0x1000000, 4096, NEXT | WRITE, 5),
        "head 0, descriptor 5: readable after writable",
    ),
    "avail slots off by one": (
        lambda m: m.avail(0, 4, first=1),
        "entry 1, slot 1: head 0, descriptor 0: shared with avail entry 0",
    ),
    "chains that meet": (
        lambda m: m.desc(5, 0x610040, 66, NEXT, 2),
        "entry 1, slot 1: head 4, descriptor 2: shared with avail entry 0",
    ),
    "loop": (
        lambda m: m.desc(3, 0x5001F0, 1, NEXT | WRITE, 1),
        "head 0, descriptor 1: loop",
    ),
    "loop of one": (
        lambda m: m.desc(4, 0x600128, 8, NEXT, 4),
        "head 4, descriptor 4: loop",
    ),
    "head out of range": (
        lambda m: m.avail(0, 8),
        "entry 1, slot 1: head 8 is not below 8",
    ),
    "next out of range": (
        lambda m: m.desc(1, 0x1000000, 4096, NEXT | WRITE, 8),
        "head 0, descriptor 1: next 8 is not below 8",
    ),
    "zero length": (
        lambda m: m.desc(2, 0x1003200, 0, NEXT | WRITE, 3),
        "head 0, descriptor 2: zero length",
    ),
    "indirect": (
        lambda m: m.desc(5, 0x610040, 66, INDIRECT, 6),
        "head 4, descriptor 5: unknown flags 0x4",
    ),
}

REQUESTS_MISSED: dict[str, tuple[Fault, str]] = {
    "WRITE missing on the first of two": (
        lambda m: m.desc(1, 0x1000000, 4096, NEXT, 2),
        "request 0, head 0, descriptor 1: asked IN 4096 bytes at 0x1000000, found OUT 4096",
    ),
    "WRITE where none was asked": (
        lambda m: m.desc(5, 0x610040, 66, WRITE, 6),
        "request 1, head 4, descriptor 5: asked OUT 66 bytes at 0x610040, found IN 66",
    ),
    "last segment dropped": (
        lambda m: m.desc(2, 0x1003200, 512, WRITE, 3),
        "request 0, head 0, after descriptor 2: asked IN 1 bytes at 0x5001f0, found none",
    ),
    "segment skipped": (
        lambda m: m.desc(1, 0x1000000, 4096, NEXT | WRITE, 3),
        "descriptor 3: asked IN 512 bytes at 0x1003200, found IN 1 bytes",
    ),
    "link slot taken for data": (
        lambda m: m.extend(6, 0x7000, 32),
        "request 1, head 4, descriptor 6: asked none, found OUT 32 bytes at 0x7000",
    ),
    "low bits left in an address": (
        lambda m: m.desc(1, 0x1000002, 4096, NEXT | WRITE, 2),
        "descriptor 1: asked IN 4096 bytes at 0x1000000, found IN 4096 bytes at 0x1000002",
    ),
    "offset forgotten": (
        lambda m: m.desc(0, 0x500000, 24, NEXT, 1),
        "descriptor 0: asked OUT 24 bytes at 0x5001d8, found OUT 24 bytes at 0x500000",
    ),
    "address cut to 32 bits": (
        lambda m: m.desc(5, 0x1_0061_0040, 66, 0, 6),
        "found OUT 66 bytes at 0x100610040",
    ),
    "wrong length": (
        lambda m: m.desc(2, 0x1003200, 4096, NEXT | WRITE, 3),
        "descriptor 2: asked IN 512 bytes at 0x1003200, found IN 4096 bytes",
    ),
    "merged although apart": (
        lambda m: m.desc(1, 0x1000000, 4608, NEXT | WRITE, 3),
        "descriptor 1: asked IN 4096 bytes at 0x1000000, found IN 4608 bytes",
    ),
    "requests out of order": (
        lambda m: m.avail(4, 0),
        "request 0, head 4, descriptor 4: asked OUT 24 bytes at 0x5001d8, found OUT 8 bytes",
    ),
}


@pytest.fixture
def memory() -> Bytes:
    """A right ring."""
    return Bytes()


def refused(message: str) -> pytest.RaisesExc[RingError]:
    """Expect a RingError of one line that contains ``message``."""
    return pytest.RaisesExc(
        RingError, match=re.escape(message), check=lambda error: "\n" not in str(error)
    )


def data(*segments: Segment, merge: bool = True) -> Request:
    """A request of one group."""
    return Request((Group(Direction.IN, segments, room=128, merge=merge),))


def test_asked_keeps_the_order_and_the_direction_of_groups() -> None:
    """A request is its groups in order; an address is the page's plus the offset."""
    assert asked(READ) == (
        Buffer(0x5001D8, 24, writable=False),
        Buffer(0x1000000, 4096, writable=True),
        Buffer(0x1003200, 512, writable=True),
        Buffer(0x5001F0, 1, writable=True),
    )


def test_asked_keeps_all_bits_of_an_address() -> None:
    """Pages above 4 GiB keep their upper bits."""
    assert asked(data(Segment(0x123456, 8, 16)))[0].address == 0x1_2345_6008


@pytest.mark.parametrize(
    ("segments", "entries"),
    [
        pytest.param(
            [(0x10, 0, 4096), (0x11, 0, 4096)], [(0x10000, 8192)], id="neighbouring pages"
        ),
        pytest.param(
            [(0x10, 0, 512), (0x10, 512, 512)], [(0x10000, 1024)], id="neighbours in a page"
        ),
        pytest.param(
            [(0x10, 0, 512), (0x11, 0, 512)], [(0x10000, 512), (0x11000, 512)], id="a gap"
        ),
        pytest.param(
            [(0x11, 0, 4096), (0x10, 0, 4096)], [(0x11000, 4096), (0x10000, 4096)], id="backwards"
        ),
        pytest.param(
            [(0x10 + page, 0, 4096) for page in range(16)], [(0x10000, 65536)], id="64 KiB"
        ),
        pytest.param(
            [(0x10 + page, 0, 4096) for page in range(18)],
            [(0x10000, 65536), (0x20000, 8192)],
            id="above 64 KiB a new entry begins, and merges on",
        ),
        pytest.param(
            [(0x10, 1, 65535), (0x20, 0, 2)], [(0x10001, 65535), (0x20000, 2)], id="64 KiB + 1"
        ),
        pytest.param(
            [(0xFFFFE, 0, 4096), (0xFFFFF, 0, 4096)], [(0xFFFFE000, 8192)], id="up to 4 GiB"
        ),
        pytest.param(
            [(0xFFFFF, 0, 4096), (0x100000, 0, 4096)],
            [(0xFFFFF000, 4096), (0x1_0000_0000, 4096)],
            id="across 4 GiB",
        ),
        pytest.param(
            [(0x100000, 0, 4096), (0x100001, 0, 4096)], [(0x1_0000_0000, 8192)], id="from 4 GiB"
        ),
    ],
)
def test_asked_merges_as_the_block_layer_did(
    segments: list[tuple[int, int, int]], entries: list[tuple[int, int]]
) -> None:
    """Physical neighbours become one entry within 64 KiB and within a 4 GiB window."""
    request = data(*(Segment(*segment) for segment in segments))
    assert asked(request) == tuple(Buffer(*entry, writable=True) for entry in entries)


def test_asked_merges_only_where_the_driver_does() -> None:
    """Without ``merge`` neighbours stay apart."""
    request = data(Segment(0x10, 0, 4096), Segment(0x11, 0, 4096), merge=False)
    assert len(asked(request)) == 2


def test_asked_does_not_merge_across_groups() -> None:
    """A neighbour in the next group is another entry: groups are separate tables."""
    groups = (*data(Segment(0x10, 0, 4096)).groups, *data(Segment(0x11, 0, 4096)).groups)
    assert len(asked(Request(groups))) == 2


@pytest.mark.parametrize("name", workloads.load())
def test_asked_puts_readable_before_writable_in_every_workload(name: str) -> None:
    """No workload breaks the rules, with IN before OUT or an empty buffer."""
    for shape in workloads.load()[name].shapes:
        for buffers in map(asked, shape.stream(1)):
            assert sorted(buffers, key=lambda buffer: buffer.writable) == list(buffers)
            assert all(buffer.length for buffer in buffers)


def test_asked_halves_the_pages_of_merge_read() -> None:
    """32 pages in neighbouring pairs make 16 entries, between header and status."""
    (shape,) = (shape for shape in workloads.load()["blk"].shapes if shape.name == "merge-read")
    (buffers,) = map(asked, shape.stream(1))
    assert [buffer.length for buffer in buffers] == [24, *[8192] * 16, 1]


def test_published_reads_requests_back(memory: Bytes) -> None:
    """Heads and buffers come back in the order of the avail ring."""
    assert oracle.published(memory.ring, 0, 2) == ((0, asked(READ)), (4, asked(SEND)))


def test_published_reads_only_the_entries_in_question(memory: Bytes) -> None:
    """A part of the avail ring can be read, or none of it."""
    assert oracle.published(memory.ring, 1, 2) == ((4, asked(SEND)),)
    assert oracle.published(memory.ring, 2, 2) == ()


def test_published_wraps_with_its_counter(memory: Bytes) -> None:
    """Entry 65535 lies in the last slot, and entry 0 follows it."""
    memory.avail(0, 4, first=65535, idx=1)
    assert [head for head, _ in oracle.published(memory.ring, 65535, 1)] == [0, 4]


def test_an_entry_behind_the_wrap_is_named_by_its_counter(memory: Bytes) -> None:
    """The entry after 65535 is number 0 in messages, too."""
    memory.avail(0, 8, first=65535, idx=1)
    with refused("avail entry 0, slot 0: head 8"):
        oracle.published(memory.ring, 65535, 1)


def test_published_refuses_more_entries_than_slots(memory: Bytes) -> None:
    """Nine entries cannot be in flight in a ring of eight."""
    with refused("entries 0 to 9: 9 do not fit a ring of 8"):
        oracle.published(memory.ring, 0, 9)


def test_the_next_of_a_last_descriptor_is_not_followed(memory: Bytes) -> None:
    """Without NEXT, the field may hold anything."""
    memory.desc(5, 0x610040, 66, 0, 0xFFFF)
    oracle.check_published(memory.ring, 0, 2, [READ, SEND])


def test_a_chain_may_fill_the_ring() -> None:
    """As many descriptors as the ring has are not a loop."""
    memory = Bytes()
    for index in range(NUM):
        memory.desc(index, 0x1000 * (index + 1), 1, NEXT * (index < NUM - 1), index + 1)
    ((_, buffers),) = oracle.published(memory.ring, 0, 1)
    assert len(buffers) == NUM


@pytest.mark.parametrize(("fault", "message"), RULES_BROKEN.values(), ids=RULES_BROKEN)
def test_a_broken_rule_is_named(memory: Bytes, fault: Fault, message: str) -> None:
    """What no driver may publish is refused, whatever the request."""
    fault(memory)
    with refused(message):
        oracle.published(memory.ring, 0, 2)


def test_a_right_ring_is_accepted(memory: Bytes) -> None:
    """The ring contains the requests and nothing else."""
    oracle.check_published(memory.ring, 0, 2, [READ, SEND])


@pytest.mark.parametrize(
    ("fault", "message"),
    [*RULES_BROKEN.values(), *REQUESTS_MISSED.values()],
    ids=[*RULES_BROKEN, *REQUESTS_MISSED],
)
def test_a_difference_is_named(memory: Bytes, fault: Fault, message: str) -> None:
    """The first difference is reported with its request, descriptor and both sides."""
    fault(memory)
    with refused(message):
        oracle.check_published(memory.ring, 0, 2, [READ, SEND])


@pytest.mark.parametrize("name", REQUESTS_MISSED)
def test_a_difference_breaks_no_rule(memory: Bytes, name: str) -> None:
    """The second table has faults that only the request reveals."""
    fault, _ = REQUESTS_MISSED[name]
    fault(memory)
    assert len(oracle.published(memory.ring, 0, 2)) == 2


def test_a_missing_merge_is_named(memory: Bytes) -> None:
    """Two descriptors where the driver merged into one are a difference."""
    request = data(Segment(0x10, 0, 4096), Segment(0x11, 0, 4096))
    memory.desc(0, 0x10000, 4096, NEXT | WRITE, 1)
    memory.desc(1, 0x11000, 4096, WRITE, 2)
    with refused("descriptor 0: asked IN 8192 bytes at 0x10000, found IN 4096 bytes"):
        oracle.check_published(memory.ring, 0, 1, [request])


def test_a_missing_request_is_named(memory: Bytes) -> None:
    """The number of requests counts, too."""
    with refused("asked 2 requests, found 1"):
        oracle.check_published(memory.ring, 0, 1, [READ, SEND])


def test_in_flight_names_descriptors(memory: Bytes) -> None:
    """Published descriptors are not free."""
    assert oracle.in_flight(memory.ring, 0, 2) == {0, 1, 2, 3, 4, 5}


def test_a_right_free_list_is_accepted(memory: Bytes) -> None:
    """Free and used descriptors together are the table, in any order."""
    oracle.check_free_list(memory.ring, 6, 2, {0, 1, 2, 3, 4, 5})
    oracle.check_free_list(memory.ring, 4, 4, {0, 1, 2, 3})
    assert oracle.free_list(memory.ring, 4, 4) == (4, 5, 6, 7)


def test_an_empty_free_list_has_no_head(memory: Bytes) -> None:
    """With nothing free, the head may hold anything."""
    oracle.check_free_list(memory.ring, 0xFFFF, 0, set(range(NUM)))


@pytest.mark.parametrize(
    ("head", "count", "in_use", "message"),
    [
        pytest.param(6, 2, {0, 1, 2, 3}, "2 neither free nor in use, the first is", id="leak"),
        pytest.param(6, 1, set(range(6)), "the first is descriptor 7", id="num_free too small"),
        pytest.param(5, 3, set(range(6)), "step 0: descriptor 5 is in use", id="given out"),
        pytest.param(8, 1, set(range(7)), "step 0: descriptor 8 is not below 8", id="range"),
    ],
)
def test_a_fault_of_the_free_list_is_named(
    memory: Bytes, head: int, count: int, in_use: set[int], message: str
) -> None:
    """A descriptor that is lost, in use or out of range is refused."""
    with refused(message):
        oracle.check_free_list(memory.ring, head, count, in_use)


def test_a_loop_of_the_free_list_is_named(memory: Bytes) -> None:
    """A circular list would allocate a descriptor twice."""
    memory.desc(7, 0, 0, 0, 6)
    with refused("free list, step 2: descriptor 6 is listed twice"):
        oracle.check_free_list(memory.ring, 6, 3, set(range(6)))


def test_used_entries_are_read_across_the_wrap(memory: Bytes) -> None:
    """Entry 65535 lies in the last slot, and entry 0 follows it."""
    memory.used((0, 4609), (4, 0), first=65535)
    assert oracle.used_entries(memory.ring, 65535, 1) == ((0, 4609), (4, 0))
    oracle.check_used(memory.ring, 65535, 1, [0, 4])


def test_requests_may_be_completed_in_any_order(memory: Bytes) -> None:
    """The used ring keeps the device's order, not the driver's."""
    memory.used((4, 0), (0, 1))
    oracle.check_used(memory.ring, 0, 2, [0, 4])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        pytest.param([(0, 1), (1, 1)], "entry 1, slot 1: id 1 is not the head", id="no head"),
        pytest.param([(0, 1), (9, 1)], "entry 1, slot 1: id 9 is not the head", id="out of range"),
        pytest.param([(4, 0), (4, 0)], "entry 1, slot 1: id 4 is not the head", id="twice"),
        pytest.param(
            [(0, 4610)], "slot 0: id 0 has 4610 bytes written in a room of 4609", id="too long"
        ),
        pytest.param([(4, 1)], "id 4 has 1 bytes written in a room of 0", id="written to OUT"),
    ],
)
def test_a_fault_of_the_used_ring_is_named(
    memory: Bytes, entries: list[tuple[int, int]], message: str
) -> None:
    """Only requests in flight can be completed, once, with at most the bytes offered."""
    memory.used(*entries)
    with refused(message):
        oracle.check_used(memory.ring, 0, len(entries), [0, 4])


def test_counters_are_compared_modulo_their_width(memory: Bytes) -> None:
    """Two published and none completed; 65536 more of either look the same."""
    oracle.check_counters(memory.ring, 2, 0)
    oracle.check_counters(memory.ring, 65538, 65536)


@pytest.mark.parametrize(
    ("avail", "used", "message"),
    [(1, 0, "avail idx: asked 1, found 2"), (2, 1, "used idx: asked 1, found 0")],
)
def test_a_counter_that_did_not_move_is_named(
    memory: Bytes, avail: int, used: int, message: str
) -> None:
    """A forgotten kick or completion shows in the counter."""
    with refused(message):
        oracle.check_counters(memory.ring, avail, used)


@pytest.mark.parametrize(
    ("num", "avail", "used"), [(8, 0x80, 0x1000), (128, 0x800, 0x1000), (256, 0x1000, 0x2000)]
)
def test_the_layout_of_2_6_24_is_accepted(memory: Bytes, num: int, avail: int, used: int) -> None:
    """The avail ring follows the table, the used ring begins on the next page."""
    oracle.check_layout(Ring(memory.read, num, DESC, DESC + avail, DESC + used))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num": 127}, "num 127 is not a power of 2"),
        ({"num": 0}, "num 0 is not a power of 2"),
        ({"num": 65536}, "num 65536 is not a power of 2"),
        ({"desc": DESC + 16}, "desc 0x10010 is not at the start of a page"),
        ({"avail": AVAIL + 2}, "avail: asked 0x10080, found 0x10082"),
        ({"used": USED + 4096}, "used: asked 0x11000, found 0x12000"),
        ({"used": AVAIL + 20}, "used: asked 0x11000, found 0x10094"),
    ],
)
def test_another_layout_is_refused(memory: Bytes, change: dict[str, Any], message: str) -> None:
    """A part out of place, or a number on which free-running counters break, is named."""
    with refused(message):
        oracle.check_layout(dataclasses.replace(memory.ring, **change))
