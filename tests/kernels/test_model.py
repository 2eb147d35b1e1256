"""The model of the driver's side: its transitions, and a driver that writes ring bytes."""

import struct

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bench.ring import oracle
from bench.ring.oracle import Ring
from bench.ring.split_ring import END
from tests.kernels.model import ENOSPC, Model
from workloads import Direction, Group, Request, Segment

NEXT, WRITE = 1, 2
NUM = 8
AVAIL, USED = 16 * NUM, 4096


def request(out: int, into: int = 0, page: int = 0x1000) -> Request:
    """A request of ``out`` readable and ``into`` writable pages."""
    pages = [Segment(page + 2 * index, 0, 4096) for index in range(out + into)]
    return Request(
        (
            Group(Direction.OUT, tuple(pages[:out]), room=out),
            Group(Direction.IN, tuple(pages[out:]), room=into),
        )
    )


def served(model: Model, *positions: int) -> list[int | None]:
    """Kick, complete the requests at ``positions``, and get as many tokens."""
    model.kick()
    for position in positions:
        model.complete(position)
    return [model.get() for _ in positions]


def test_add_takes_descriptors_from_the_front_of_the_free_list() -> None:
    """A request gets the first free descriptors in order, linked as the list was."""
    model = Model(NUM)
    assert model.add(request(1, 2), token=11) == 0
    assert model.descriptors() == {
        0: (0x1000000, 4096, NEXT, 1),
        1: (0x1002000, 4096, NEXT | WRITE, 2),
        2: (0x1004000, 4096, WRITE, 3),
    }
    assert model.free == [3, 4, 5, 6, 7]
    assert (model.num_free, model.free_head, model.tokens) == (5, 3, {0: 11})


def test_add_does_not_show_anything_to_the_device() -> None:
    """The avail slot is filled at once, its counter moves with the kick."""
    model = Model(NUM)
    model.add(request(1), token=11)
    model.add(request(2), token=12)
    assert (model.avail_ring, model.avail_idx, model.num_added) == ({0: 0, 1: 1}, 0, 2)
    model.kick()
    assert (model.avail_idx, model.num_added, model.offered) == (2, 0, [0, 1])


def test_a_full_ring_refuses_and_stays_as_it_was() -> None:
    """ENOSPC leaves free list, tokens, avail ring and counters alone."""
    model = Model(NUM)
    model.add(request(6), token=11)
    before = vars(model).copy() | {"free": model.free.copy(), "pending": model.pending.copy()}
    before |= {name: before[name].copy() for name in ("held", "tokens", "avail_ring")}
    assert model.add(request(1, 2), token=12) == -ENOSPC == -28
    assert vars(model) == before


def test_the_last_free_descriptor_can_be_had() -> None:
    """A request that just fits is taken; the list's end keeps its link."""
    model = Model(NUM)
    assert model.add(request(NUM), token=11) == 0
    assert (model.num_free, model.free_head, model.links()) == (0, END, {})
    assert model.descriptors()[7] == (0x100E000, 4096, 0, END)


@pytest.mark.parametrize(
    ("count", "token"), [(0, 1), (NUM + 1, 1), (1, 0)], ids=["none", "too many", "no token"]
)
def test_what_the_driver_must_not_ask_is_refused(count: int, token: int) -> None:
    """Where the kernel has BUG_ON, the model raises."""
    with pytest.raises(ValueError, match=f"BUG_ON: token {token}, {count} buffers"):
        Model(NUM).add(request(count), token)


def test_get_puts_a_chain_in_front_of_the_free_list() -> None:
    """Last freed is first allocated; the chain's end links to the old head."""
    model = Model(NUM)
    for token, count in enumerate((2, 3, 1), 11):
        model.add(request(count), token)
    assert served(model, 0) == [11]
    assert model.free == [0, 1, 6, 7]
    assert model.links() == {0: 1, 1: 6, 6: 7, 7: END}
    assert served(model, 0) == [12]
    assert model.free == [2, 3, 4, 0, 1, 6, 7]
    model.add(request(4), token=14)
    assert list(model.descriptors()) == [5, 2, 3, 4, 0]
    assert model.descriptors()[0][3] == 1


def test_a_chain_freed_into_an_empty_list_ends_it() -> None:
    """With nothing else free, the freed chain's last link is the end's again."""
    model = Model(NUM)
    model.add(request(3), token=11)
    model.add(request(5), token=12)
    assert served(model, 0) == [11]
    assert model.links() == {0: 1, 1: 2, 2: END}


def test_get_returns_tokens_in_the_order_of_completion() -> None:
    """The device may complete out of order; the used ring has its order."""
    model = Model(NUM)
    for token in (11, 12, 13):
        model.add(request(1), token)
    assert served(model, 2, 0, 0) == [13, 11, 12]
    assert model.used_ring == {0: (2, 0), 1: (0, 0), 2: (1, 0)}
    assert model.free == [1, 0, 2, 3, 4, 5, 6, 7]


def test_get_returns_none_while_nothing_is_completed() -> None:
    """Neither an added nor an offered request has a token to give back."""
    model = Model(NUM)
    model.add(request(1), token=11)
    assert model.get() is None
    model.kick()
    assert model.get() is None
    assert (model.last_used_idx, model.tokens) == (0, {0: 11})


def test_counters_wrap_at_16_bits() -> None:
    """Entry 65535 takes the last slot, entry 0 the first, and the counters read 1."""
    model = Model(NUM, completed=65535)
    model.add(request(2), token=11)
    model.add(request(1), token=12)
    assert served(model, 0, 0) == [11, 12]
    assert model.avail_ring == {7: 0, 0: 2}
    assert model.used_ring == {7: (0, 0), 0: (2, 0)}
    assert (model.avail_idx, model.used_idx, model.last_used_idx) == (1, 1, 1)


class Driver:
    """The calls of Linux 2.6.24 on bytes, with a device."""

    def __init__(self, completed: int) -> None:
        self.bytes = bytearray(2 * 4096)
        self.free_head, self.num_free, self.num_added = 0, NUM, 0
        self.last_used_idx = completed
        self.data = [0] * NUM
        for index in range(NUM - 1):
            self.put("H", 16 * index + 14, index + 1)
        self.put("H", AVAIL + 2, completed)
        self.put("H", USED + 2, completed)

    def put(self, kind: str, at: int, value: int) -> None:
        """Store one little-endian integer."""
        struct.pack_into(f"<{kind}", self.bytes, at, value)

    def take(self, kind: str, at: int) -> int:
        """Load one little-endian integer."""
        return int(struct.unpack_from(f"<{kind}", self.bytes, at)[0])

    def add(self, asked: Request, token: int) -> int:
        """Fill descriptors from the free list, clear NEXT on the last, fill the avail slot."""
        buffers = [(segment, group) for group in asked.groups for segment in group.segments]
        if self.num_free < len(buffers):
            return -28
        self.num_free -= len(buffers)
        head = last = index = self.free_head
        for segment, group in buffers:
            self.put("H", 16 * index + 12, NEXT | WRITE * group.direction)
            self.put("Q", 16 * index, (segment.page << 12) + segment.offset)
            self.put("I", 16 * index + 8, segment.length)
            last, index = index, self.take("H", 16 * index + 14)
        self.put("H", 16 * last + 12, self.take("H", 16 * last + 12) & ~NEXT)
        self.free_head, self.data[head] = index, token
        slot = (self.take("H", AVAIL + 2) + self.num_added) % NUM
        self.put("H", AVAIL + 4 + 2 * slot, head)
        self.num_added += 1
        return 0

    def kick(self) -> None:
        """Move the avail counter."""
        self.put("H", AVAIL + 2, (self.take("H", AVAIL + 2) + self.num_added) & 0xFFFF)
        self.num_added = 0

    def complete(self, head: int, written: int) -> None:
        """Fill the used slot and move its counter, as the device."""
        idx = self.take("H", USED + 2)
        self.put("I", USED + 4 + 8 * (idx % NUM), head)
        self.put("I", USED + 8 + 8 * (idx % NUM), written)
        self.put("H", USED + 2, (idx + 1) & 0xFFFF)

    def get(self) -> int | None:
        """Detach the chain of the next used entry."""
        if self.last_used_idx == self.take("H", USED + 2):
            return None
        head = index = self.take("I", USED + 4 + 8 * (self.last_used_idx % NUM))
        token, self.data[head] = self.data[head], 0
        while self.take("H", 16 * index + 12) & NEXT:
            index = self.take("H", 16 * index + 14)
            self.num_free += 1
        self.put("H", 16 * index + 14, self.free_head)
        self.free_head = head
        self.num_free += 1
        self.last_used_idx = (self.last_used_idx + 1) & 0xFFFF
        return token


class Lockstep(RuleBasedStateMachine):
    """The driver on bytes and the model get the same calls, across the counters' wrap."""

    def __init__(self) -> None:
        super().__init__()
        self.model, self.driver = Model(NUM, completed=65530), Driver(65530)
        self.ring = Ring(lambda at, size: bytes(self.driver.bytes[at:][:size]), NUM, 0, AVAIL, USED)
        self.requests: list[Request] = []  # pending
        self.token = 0

    @rule(out=st.integers(0, 3), into=st.integers(0, 3), page=st.integers(0, 1 << 40))
    def add(self, out: int, into: int, page: int) -> None:
        """Add a request of one to six buffers."""
        asked = request(out or not into, into, page)
        self.token += 1
        status = self.driver.add(asked, self.token)
        assert self.model.add(asked, self.token) == status
        if status == 0:
            self.requests.append(asked)

    @rule()
    def kick(self) -> None:
        """Publish; the oracle reads back what was added since the last kick."""
        before = self.model.avail_idx
        self.driver.kick()
        self.model.kick()
        oracle.check_published(self.ring, before, self.model.avail_idx, self.requests)
        self.requests = []

    @precondition(lambda self: self.model.offered)
    @rule(draw=st.data())
    def complete(self, draw: st.DataObject) -> None:
        """Complete any request in flight."""
        waiting, before = list(self.model.offered), self.model.used_idx
        head = self.model.complete(draw.draw(st.integers(0, len(waiting) - 1)))
        self.driver.complete(head, 0)
        oracle.check_used(self.ring, before, self.model.used_idx, waiting)

    @rule()
    def get(self) -> None:
        """Get a token, or none."""
        assert self.driver.get() == self.model.get()

    @invariant()
    def memory_is_as_modelled(self) -> None:
        """Each meaningful byte matches the model."""
        driver, model = self.driver, self.model
        for index, descriptor in model.descriptors().items():
            assert struct.unpack_from("<QIHH", driver.bytes, 16 * index) == descriptor
        for index, link in model.links().items():
            assert driver.take("H", 16 * index + 14) == link
        for slot, head in model.avail_ring.items():
            assert driver.take("H", AVAIL + 4 + 2 * slot) == head
        for slot, entry in model.used_ring.items():
            assert struct.unpack_from("<II", driver.bytes, USED + 4 + 8 * slot) == entry
        assert driver.data == [model.tokens.get(head, 0) for head in range(NUM)]
        assert (driver.free_head, driver.num_free) == (model.free_head, model.num_free)
        oracle.check_counters(self.ring, model.avail_idx, model.used_idx)
        oracle.check_free_list(
            self.ring, driver.free_head, driver.num_free, set(model.descriptors())
        )


TestLockstep = Lockstep.TestCase
TestLockstep.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
