"""What each call must do to a ring of today, as lists, without ring bytes."""

from bench.ring.oracle import asked
from bench.ring.packed_ring import F_AVAIL, F_NEXT, F_USED, F_WRITE, START, Place
from bench.ring.split_ring import COUNTERS
from strategies.linux.todays.structs import NO_BATCH
from tests.kernels.model import ENOSPC, Descriptor, Model
from workloads import Request


class SplitModel(Model):
    """The split ring: ``add`` shows a request at once, and ``kick`` only tells of it."""

    def __init__(self, num: int, completed: int = 0, *, event_idx: bool = True) -> None:
        super().__init__(num, completed)
        self.event_idx = event_idx
        self.added = 0  # requests since the last kick
        self.awaited = completed % COUNTERS  # avail_event: the request that the device waits for
        self.silent = False  # NO_NOTIFY: what it says where there is no event idx

    def add(self, request: Request, token: int) -> int:
        """Return 0, or ``-ENOSPC`` with nothing changed."""
        fits = len(asked(request)) <= self.num
        status = super().add(request, token) if fits else -ENOSPC
        if status == 0:
            super().kick()
            self.added += 1
        return status

    def tell(self) -> bool:
        """Kick; return whether the device is told."""
        old, self.added = (self.avail_idx - self.added) % COUNTERS, 0
        if not self.event_idx:
            return not self.silent
        new = (self.avail_idx - old) % COUNTERS
        return any((old + step) % COUNTERS == self.awaited for step in range(new))

    def serve(self) -> None:
        """Complete all that is offered, in order, and wait for the next request."""
        for head in self.offered.copy():
            buffers = self.held[head].buffers
            written = sum(buffer.length for buffer in buffers if buffer.writable)
            self.complete(0, written % 2**32)
        self.awaited = self.avail_idx


class PackedModel:
    """The packed ring: slots in order, ids from a list of their own."""

    def __init__(self, num: int, start: Place = START, *, event_idx: bool = True) -> None:
        self.num, self.event_idx = num, event_idx
        self.free = list(range(num))  # ids, in the order in which they are given out
        self.tokens: dict[int, int] = {}  # by id
        self.ids: dict[int, tuple[int, ...]] = {}  # by id: all that its buffer took
        self.lengths: dict[int, int] = {}  # by id: the bytes that it lets write
        self.offered: list[int] = []  # ids the device may use
        self.done: list[tuple[int, int]] = []  # id and length of what was used and not got back
        self.next = self.served = self.last_used = start  # places of driver, device, driver
        # What was written last: the rounds before left every slot used, in this one or the last.
        both = {wrap: (F_AVAIL | F_USED) * wrap for wrap in (0, 1)}
        self.slots = {
            slot: (0, 0, 0, both[start.wrap ^ (slot >= start.slot)]) for slot in range(num)
        }
        self.added = 0  # descriptors since the last kick
        self.awaited = start
        self.silent = False

    @property
    def num_free(self) -> int:
        """Descriptors that may be given out."""
        return len(self.free)

    def add(self, request: Request, token: int) -> int:
        """Return 0, or ``-ENOSPC`` with nothing changed."""
        buffers = asked(request)
        count = len(buffers)
        if count > self.num_free:
            return -ENOSPC
        ids, self.free = tuple(self.free[:count]), self.free[count:]
        number = ids[0]
        self.ids[number], self.tokens[number] = ids, token
        self.lengths[number] = sum(buffer.length for buffer in buffers if buffer.writable)
        for step, buffer in enumerate(buffers):
            here = self.next.on(step, self.num)
            flags = F_AVAIL if here.wrap else F_USED
            flags |= F_WRITE * buffer.writable | F_NEXT * (step < count - 1)
            self.slots[here.slot] = (buffer.address, buffer.length, number, flags)
        self.next = self.next.on(count, self.num)
        self.offered.append(number)
        self.added += count
        return 0

    def tell(self) -> bool:
        """Kick; return whether the device is told."""
        added, self.added = self.added, 0
        if not self.event_idx:
            return not self.silent
        first = self.next.back(added, self.num)
        return any(first.on(step, self.num) == self.awaited for step in range(added))

    def complete(self, position: int = 0, written: int = 0) -> tuple[Place, int, int]:
        """Use, as the device, one of the offered buffers; return place, id and length."""
        number, place = self.offered.pop(position), self.served
        address = self.slots[place.slot][0]
        flags = (F_AVAIL | F_USED) if place.wrap else 0
        self.slots[place.slot] = (address, written, number, flags)
        self.served = place.on(len(self.ids[number]), self.num)
        self.done.append((number, written))
        return place, number, written

    def serve(self) -> None:
        """Use all that is offered, in order, and wait for the next buffer."""
        for number in self.offered.copy():
            self.complete(0, self.lengths[number] % 2**32)
        self.awaited = self.served

    def get(self) -> tuple[int, int] | None:
        """Return token and length of what was used first, or None."""
        if not self.done:
            return None
        number, length = self.done.pop(0)
        ids = self.ids.pop(number)
        self.free[:0] = ids
        self.last_used = self.last_used.on(len(ids), self.num)
        return self.tokens.pop(number), length


class SplitInOrderModel(SplitModel):
    """The split ring in order: descriptors go round, one used entry tells of a batch."""

    def __init__(self, num: int, completed: int = 0, *, event_idx: bool = True) -> None:
        super().__init__(num, completed, event_idx=event_idx)
        self.behind = 0  # the descriptor that the next request begins with
        self.lengths: dict[int, int] = {}  # by head
        self.ends: dict[int, int] = {}  # by head of what was completed: the last one of its batch
        self.taking = NO_BATCH  # the last one of the batch that is being taken
        self.length = 0  # of what was got last

    @property
    def free_head(self) -> int:
        """The descriptor the next request begins with, whether it is free or not."""
        return self.behind

    def add(self, request: Request, token: int) -> int:
        """Return 0, or ``-ENOSPC`` with nothing changed."""
        status = super().add(request, token)
        if status == 0:
            self.behind = (self.behind + len(asked(request))) % self.num
        return status

    def complete_batch(self, count: int, written: int) -> int:
        """Complete the first ``count`` of what is offered; return the last one's head."""
        heads, self.offered = self.offered[:count], self.offered[count:]
        self.used_ring[self.used_idx % self.num] = (heads[-1], written)
        self.used_idx = (self.used_idx + count) % COUNTERS
        self.used += heads
        for head in heads:
            buffers = self.held[head].buffers
            self.lengths[head] = sum(b.length for b in buffers if b.writable) % 2**32
            self.ends[head] = heads[-1]
        self.lengths[heads[-1]] = written
        return heads[-1]

    def serve(self) -> None:
        """Complete all that is offered by one entry, and wait for the next request."""
        if self.offered:
            head = self.offered[-1]
            buffers = self.held[head].buffers
            self.complete_batch(
                len(self.offered), sum(b.length for b in buffers if b.writable) % 2**32
            )
        self.awaited = self.avail_idx

    def get(self) -> int | None:
        """Return the token of the oldest completed request, or None."""
        if not self.used:
            return None
        head = self.used.pop(0)
        self.length, end = self.lengths.pop(head), self.ends.pop(head)
        self.taking = NO_BATCH if head == end else end
        self.last_used_idx = (self.last_used_idx + 1) % COUNTERS
        self.free += self.held.pop(head).indices
        return self.tokens.pop(head)

    def descriptors(self) -> dict[int, Descriptor]:
        """Return what the table must hold at each index that is not free."""
        return {
            index: (*found[:3], (index + 1) % self.num)
            for index, found in super().descriptors().items()
        }

    def links(self) -> dict[int, int]:
        """Return what ``next`` must be at each index that is free."""
        return {index: (index + 1) % self.num for index in self.free}


class PackedInOrderModel(PackedModel):
    """The packed ring in order: buffers are known by slots, batches told by one descriptor."""

    def __init__(self, num: int, start: Place = START, *, event_idx: bool = True) -> None:
        super().__init__(num, start, event_idx=event_idx)
        self.free = [(start.slot + step) % num for step in range(num)]
        self.ends: dict[int, int] = {}  # by id of what was used: the last one of its batch
        self.taking = NO_BATCH

    def complete_batch(self, count: int, written: int) -> tuple[Place, int]:
        """Use the first ``count`` of what is offered; return place and id that tell of it."""
        numbers, self.offered, place = self.offered[:count], self.offered[count:], self.served
        address = self.slots[place.slot][0]
        flags = (F_AVAIL | F_USED) if place.wrap else 0
        self.slots[place.slot] = (address, written, numbers[-1], flags)
        for number in numbers:
            self.served = self.served.on(len(self.ids[number]), self.num)
            self.ends[number] = numbers[-1]
            self.done.append((number, self.lengths[number] % 2**32))
        self.done[-1] = (numbers[-1], written)
        return place, numbers[-1]

    def serve(self) -> None:
        """Use all that is offered by one descriptor, and wait for the next buffer."""
        if self.offered:
            self.complete_batch(len(self.offered), self.lengths[self.offered[-1]] % 2**32)
        self.awaited = self.served

    def get(self) -> tuple[int, int] | None:
        """Return token and length of what was used first, or None."""
        if not self.done:
            return None
        number, length = self.done.pop(0)
        ids, end = self.ids.pop(number), self.ends.pop(number)
        self.free += ids
        self.taking = NO_BATCH if number == end else end
        self.last_used = self.last_used.on(len(ids), self.num)
        return self.tokens.pop(number), length
