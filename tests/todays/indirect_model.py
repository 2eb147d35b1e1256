"""What rings of today with tables must do besides: one descriptor stands for a request."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.ring.oracle import asked
from bench.ring.packed_ring import F_AVAIL, F_INDIRECT, F_USED, START, Place
from bench.ring.split_ring import COUNTERS, DESC
from tests.kernels.model import Descriptor, Held
from tests.todays.model import PackedModel, SplitModel
from workloads import Request

Policy = Callable[[int, int, int], bool]  # segments, free descriptors, all descriptors
POLICIES: dict[str, Policy] = {
    "threshold": lambda total, _free, _num: total > 8,
    "filled": lambda total, free, num: total > 1 and 10 * free < 9 * num,
}


def several(total: int, _free: int, _num: int) -> bool:
    """Return whether a request has more than one segment, as the source asks."""
    return total > 1


@dataclass(frozen=True)
class HeldTable(Held):
    """The content of an add whose descriptors lie in a table."""

    address: int = 0  # of the table, physical; unknown until it is found in the ring

    def descriptors(self) -> dict[int, Descriptor]:
        """Return the required descriptor at the one index."""
        return {self.head: (self.address, DESC.size * len(self.buffers), F_INDIRECT, self.after)}


class SplitIndirectModel(SplitModel):
    """The split ring with tables, for whom a policy wants them."""

    policy: Policy = staticmethod(several)
    empty = False  # no table is to be had

    def add(self, request: Request, token: int) -> int:
        """Return 0, or ``-ENOSPC`` with nothing changed."""
        buffers, free = asked(request), self.num_free
        if self.empty or not free or not self.policy(len(buffers), free, self.num):
            return super().add(request, token)
        index = self.free.pop(0)
        self.held[index], self.tokens[index] = HeldTable((index,), buffers, self.free_head), token
        self.avail_ring[self.avail_idx % self.num] = index
        self.avail_idx = (self.avail_idx + 1) % COUNTERS
        self.offered.append(index)
        self.added += 1
        return 0

    def found(self, index: int, address: int) -> None:
        """Say where a request's table is."""
        held = self.held[index]
        assert isinstance(held, HeldTable)
        self.held[index] = replace(held, address=address)

    def tables(self) -> dict[int, HeldTable]:
        """Return what is held in tables, by head."""
        return {head: held for head, held in self.held.items() if isinstance(held, HeldTable)}


class PackedIndirectModel(PackedModel):
    """The packed ring with tables, for whom a policy wants them."""

    policy: Policy = staticmethod(several)
    empty = False  # no table is to be had

    def __init__(self, num: int, start: Place = START, *, event_idx: bool = True) -> None:
        super().__init__(num, start, event_idx=event_idx)
        self.in_tables: dict[int, tuple[int, HeldTable]] = {}  # by id: slot, and what it holds

    def add(self, request: Request, token: int) -> int:
        """Return 0, or ``-ENOSPC`` with nothing changed."""
        buffers, free = asked(request), self.num_free
        if self.empty or not free or not self.policy(len(buffers), free, self.num):
            return super().add(request, token)
        number = self.free.pop(0)
        self.ids[number], self.tokens[number] = (number,), token
        self.lengths[number] = sum(buffer.length for buffer in buffers if buffer.writable)
        flags = F_INDIRECT | (F_AVAIL if self.next.wrap else F_USED)
        self.in_tables[number] = (self.next.slot, HeldTable((number,), buffers, 0))
        self.slots[self.next.slot] = (0, DESC.size * len(buffers), number, flags)
        self.next = self.next.on(1, self.num)
        self.offered.append(number)
        self.added += 1
        return 0

    def found(self, number: int, address: int) -> None:
        """Say where a buffer's table is."""
        slot, held = self.in_tables[number]
        self.in_tables[number] = (slot, replace(held, address=address))
        self.slots[slot] = (address, *self.slots[slot][1:])

    def get(self) -> tuple[int, int] | None:
        """Return token and length of what was used first, or None."""
        if self.done:
            self.in_tables.pop(self.done[0][0], None)
        return super().get()

    def tables(self) -> dict[int, HeldTable]:
        """Return what is held in tables, by id."""
        return {number: held for number, (_, held) in self.in_tables.items()}
