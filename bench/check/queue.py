"""A queue of 2.6.24 in guarded memory, on which the kernels under test are called.

After each call, all that the contract says is compared: the oracle reads what was published, and
queue, rings and free list must be as a driver would have left them.
"""

import ctypes
import signal
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.check.memory import Region
from bench.check.messages import Wrong
from bench.ring.oracle import Ring, asked, check_published, free_list
from bench.ring.split_ring import COUNTERS, DESC, IDX, IDX_AT, RING_AT, USED_ELEM, chains
from bench.worker.memory import PAGE, Executable, function
from strategies.compile.code import Code
from strategies.linux.encode import encode
from strategies.linux.structs import BUG, ENOSPC, USED_F_NO_NOTIFY, VIRTQUEUE, vring_bytes
from workloads import Request

NUM = 256  # descriptors
KERNELS = {"create": 2, "map": 3, "add_buf": 5, "kick": 1, "get_buf": 2}  # name: words it takes
LIST_MAX = 1 << 20  # bytes of list memory, many times what any layout here takes
HANG_S = 1.0  # of processor time in one call, which takes microseconds
TOKEN, TOKEN_BYTES = 0xFFFF_8100_0700_0000, 56  # as addresses of a driver's requests
COMPLETED = COUNTERS - 40  # requests before the first one: counters wrap soon
STEP = 5  # odd: the free list begins in an order of its own
POISON = 0xA4  # in words that map has not written
WORD = struct.Struct("<Q")
WORD_MAX = 2**64 - 1
LISTED = 8  # descriptors in a line
STATUS = {0: "0", ENOSPC: "-ENOSPC", BUG: "BUG"}
CHANGING = ("num_free", "num_added", "free_head", "last_used_idx")  # fields of the queue
CONSTANT = tuple(name for name in VIRTQUEUE.names or () if name not in CHANGING)
FIELDS = (*CHANGING, *CONSTANT)


class Flight:
    """A request that was added and not got back."""

    def __init__(self, request: Request, token: int, free: Sequence[int]) -> None:
        self.request, self.token = request, token
        self.chain = tuple(free[: len(asked(request))])  # its descriptors
        self.writable = sum(one.length for one in asked(request) if one.writable) % 2**32


class GuardedQueue:
    """The queue, and what it must hold.

    Every method raises ``Wrong`` or ``RingError`` if a kernel does what it must not.
    """

    def __init__(self, codes: Mapping[str, Code]) -> None:
        self.avail_at, self.used_at, size = vring_bytes(NUM)
        self.ring = Region("the ring", size, align=PAGE)
        self.vq = Region("the virtqueue", VIRTQUEUE.itemsize + 8 * NUM)
        self.words = Region("the three words", 3 * WORD.size)
        self.length = Region("get_buf's length", WORD.size)
        self.request = Region("the request", 2 * PAGE)
        self.list = self.scratch = Region("list memory", LIST_MAX)
        self.lists: dict[tuple[int, ...], Region] = {}  # by rooms
        self.doing = "create"  # the kernel that ran last
        self.now: Request | None = None  # what it ran for
        self.mapped = b""  # list memory as map left it
        self.free = [STEP * step % NUM for step in range(NUM)]  # in the order of allocation
        self.flights: list[Flight] = []
        self.kicked = 0  # of them
        self.avail = self.used = COMPLETED
        self.heads = [0] * NUM  # in avail's slots
        self.token = TOKEN
        self._executable, self.functions = _placed(codes)
        base = self.ring.base
        self.seen = Ring(ctypes.string_at, NUM, base, base + self.avail_at, base + self.used_at)
        self._set_up()

    def add(self, request: Request) -> bool:
        """Map a request and add it; False if there was no room."""
        words = self.map(request)
        self.token += TOKEN_BYTES
        flight = Flight(request, self.token, self.free)
        fits = len(asked(request)) <= len(self.free)
        if fits:
            self.flights.append(flight)
        used = self.ring.read()[self.used_at :]
        status = self._call("add_buf", self.vq.base, *words, self.token)
        expected = 0 if fits else ENOSPC
        if status != expected:
            raise Wrong(
                f"add_buf returned {STATUS.get(status, status)}, expected {STATUS[expected]}: the "
                f"request takes {len(asked(request))} descriptors, {len(self.free)} are free"
            )
        if fits:
            self.free = self.free[len(flight.chain) :]
            slot = (self.avail + len(self.flights) - 1 - self.kicked) % NUM
            self.heads[slot] = flight.chain[0]
        if self.ring.read()[self.used_at :] != used:
            raise Wrong("it wrote to the used ring, which is the device's")
        self.hold(self.flights[-1:] if fits else self.flights)
        return fits

    def map(self, request: Request) -> tuple[int, int, int]:
        """Map a request; the words of its list."""
        self.now, self.mapped = request, b""
        self.list = self._created(request)
        self._hand(request)
        self.words.write(bytes([POISON]) * self.words.size)
        status = self._call("map", self.list.base, self.request.base, self.words.base)
        self.mapped = self.list.read()
        if status != 0:
            raise Wrong(f"map returned {status}, expected 0")
        return self.given

    def forbidden(self, request: Request) -> None:
        """Add what BUG_ON forbids: no token, or three words of 0."""
        words = self.map(request)
        for given, token, what in ((words, 0, "no token"), ((0, 0, 0), TOKEN, "three words of 0")):
            before = self.ring.read(), self.vq.read()
            status = self._call("add_buf", self.vq.base, *given, token)
            if status != BUG:
                answer = STATUS.get(status, status)
                raise Wrong(f"add_buf of {what} returned {answer}, expected BUG (-1)")
            if (self.ring.read(), self.vq.read()) != before:
                raise Wrong(f"add_buf of {what} wrote to the ring or the queue")

    def take_back(self) -> None:
        """Kick, serve everything as a device that answers the last one first, and get it all."""
        self._call("kick", self.vq.base)
        self.avail = (self.avail + len(self.flights) - self.kicked) % COUNTERS
        self.kicked = len(self.flights)
        self.hold(self.flights)
        served = self.flights[::-1]
        for number, flight in enumerate(served):
            slot = (self.used + number) % NUM
            entry = USED_ELEM.pack(flight.chain[0], flight.writable)
            self.ring.write(entry, self.used_at + RING_AT + slot * USED_ELEM.size)
        self.ring.write(IDX.pack((self.used + len(served)) % COUNTERS), self.used_at + IDX_AT)
        for flight in served:
            self._get(flight)
        self.hold(self.flights)

    def hold(self, newest: Sequence[Flight]) -> None:
        """Compare queue and rings with what they must hold; of requests, read the newest."""
        last = self.avail - self.kicked + len(self.flights)
        first = last - len(newest)
        check_published(self.seen, first, last, [flight.request for flight in newest])
        for (_, chain), flight in zip(chains(self.seen, first, last), newest, strict=True):
            taken = tuple(index for index, _ in chain)
            if taken != flight.chain:
                raise Wrong(f"it took descriptors {_few(taken)}, free were {_few(flight.chain)}")
        for name, found, expected in self._fields():
            if found != expected:
                raise Wrong(f"{name} is {found}, expected {expected}")
        free = free_list(self.seen, int(self._queue()["free_head"]), len(self.free))
        if free != tuple(self.free):
            raise Wrong(f"the free list is {_few(free)}, expected {_few(self.free)}")

    def _fields(self) -> Iterator[tuple[str, int, int]]:
        """What must have one value: fields of the queue, tokens, avail; found and expected."""
        queue = self._queue()
        found = {name: int(queue[name]) for name in FIELDS}
        expected = found | self._constant
        expected["num_free"] = len(self.free)
        expected["num_added"] = len(self.flights) - self.kicked
        expected["last_used_idx"] = self.used
        if self.free:
            expected["free_head"] = self.free[0]
        yield from ((f"vq->{name}", found[name], expected[name]) for name in FIELDS)
        tokens = struct.unpack_from(f"<{NUM}Q", self.vq.read(), VIRTQUEUE.itemsize)
        given = {flight.chain[0]: flight.token for flight in self.flights}
        for index, token in enumerate(tokens):
            yield f"vq->data[{index}]", token, given.get(index, 0)
        flags, idx, *heads = struct.unpack_from(f"<{2 + NUM}H", self.ring.read(), self.avail_at)
        yield from (("avail->flags", flags, 0), ("avail->idx", idx, self.avail))
        for slot, (head, shown) in enumerate(zip(heads, self.heads, strict=True)):
            yield f"avail->ring[{slot}]", head, shown

    def _get(self, flight: Flight) -> None:
        """Get the next request that the device has served."""
        token = self._call("get_buf", self.vq.base, self.length.base) & WORD_MAX
        if token != flight.token:
            raise Wrong(f"get_buf returned the token {token:#x}, expected {flight.token:#x}")
        self.used = (self.used + 1) % COUNTERS
        self.flights.remove(flight)
        self.kicked -= 1
        self.free = [*flight.chain, *self.free]

    def _created(self, request: Request) -> Region:
        """The list memory of requests with these rooms, prepared on first use."""
        rooms = tuple(group.room for group in request.groups)
        if rooms not in self.lists:
            self._hand(request)
            self.list = self.scratch
            self.scratch.write(bytes(LIST_MAX))
            size = self._call("create", self.scratch.base, self.request.base)
            if not 0 < size <= LIST_MAX:
                raise Wrong(f"create returned {size}: the bytes of list memory, up to {LIST_MAX}")
            self.list = Region("list memory", size)
            again = self._call("create", self.list.base, self.request.base)
            if again != size:
                raise Wrong(f"create returned {size} and, called again, {again}")
            self.lists[rooms] = self.list
        return self.lists[rooms]

    def _hand(self, request: Request) -> None:
        self.request.write(encode(request))
        self.request.read_only()

    def _call(self, kernel: str, *words: int) -> int:
        """Call a kernel; it has to write where it may, and to come back."""
        self.doing = kernel
        signal.setitimer(signal.ITIMER_PROF, HANG_S)
        result = int(self.functions[kernel](*words))
        signal.setitimer(signal.ITIMER_PROF, 0)
        for region in self.regions:
            region.check()
        return result

    @property
    def regions(self) -> tuple[Region, ...]:
        """What a kernel is given."""
        return self.list, self.ring, self.vq, self.words, self.length, self.request

    @property
    def given(self) -> tuple[int, int, int]:
        """What map wrote."""
        first, second, third = struct.unpack("<3Q", self.words.read())
        return first, second, third

    def _queue(self) -> np.void:
        found: np.void = np.frombuffer(self.vq.read(), VIRTQUEUE, 1)[0]
        return found

    def _set_up(self) -> None:
        links = dict(zip(self.free, self.free[1:], strict=False))
        for index, link in links.items():
            self.ring.write(IDX.pack(link), index * DESC.size + DESC.size - IDX.size)
        self.ring.write(IDX.pack(self.avail), self.avail_at + IDX_AT)
        self.ring.write(struct.pack("<2H", USED_F_NO_NOTIFY, self.used), self.used_at)
        queue = np.zeros(1, VIRTQUEUE)
        base = self.ring.base
        queue[["num", "num_free", "free_head"]] = (NUM, NUM, self.free[0])
        queue[["desc", "avail", "used"]] = (base, base + self.avail_at, base + self.used_at)
        queue["last_used_idx"] = self.used
        self.vq.write(queue.tobytes())
        self._constant = {name: int(queue[name][0]) for name in CONSTANT}


def _placed(codes: Mapping[str, Code]) -> tuple[Executable, dict[str, Any]]:
    """Executable memory, which must be kept, and the kernels in it, each in a page of its own."""
    executable = Executable(pages=len(KERNELS))
    begin, draw = np.zeros(len(KERNELS), np.int64), np.random.default_rng(0)
    starts = executable.place([codes[kernel].text for kernel in KERNELS], begin, draw)
    return executable, {
        kernel: function(start + codes[kernel].entry, words)
        for start, (kernel, words) in zip(starts, KERNELS.items(), strict=True)
    }


def _few(indices: Sequence[int]) -> str:
    shown = ", ".join(map(str, indices[:LISTED]))
    return f"{shown}, ..." if len(indices) > LISTED else shown or "none"
