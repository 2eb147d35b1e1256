"""The driver's side of a virtqueue as lists: what each call must do, without ring bytes.

Transitions of ``vring_add_buf``, ``vring_kick`` and ``vring_get_buf`` of Linux 2.6.24. A request
walks from ``pending`` to ``offered`` to ``used``; its descriptors come from the front of ``free``
and go back to the front, so the list's last link is never rewritten and stays ``END``.
"""

from dataclasses import dataclass

from bench.ring.oracle import Buffer, asked
from bench.ring.split_ring import COUNTERS, END, F_NEXT, F_WRITE
from workloads import Request

ENOSPC = 28

Descriptor = tuple[int, int, int, int]  # addr, len, flags, next


@dataclass(frozen=True)
class Held:
    """The content of one ``add``."""

    indices: tuple[int, ...]  # descriptors, in chain order
    buffers: tuple[Buffer, ...]  # what each of them says
    after: int  # ``next`` of the last one, which nobody follows

    @property
    def head(self) -> int:
        """The descriptor whose index the avail ring carries."""
        return self.indices[0]

    def descriptors(self) -> dict[int, Descriptor]:
        """The required descriptor at each index."""
        links = (*self.indices[1:], self.after)
        flags = [F_NEXT | F_WRITE * buffer.writable for buffer in self.buffers]
        flags[-1] &= ~F_NEXT
        return {
            index: (buffer.address, buffer.length, flag, link)
            for index, buffer, flag, link in zip(
                self.indices, self.buffers, flags, links, strict=True
            )
        }


class Model:
    """A virtqueue of ``num`` descriptors, after ``completed`` requests without any effect."""

    def __init__(self, num: int, completed: int = 0) -> None:
        self.num = num
        self.free = list(range(num))  # the order in which descriptors are given out
        self.held: dict[int, Held] = {}  # by head: added and not yet got back
        self.tokens: dict[int, int] = {}  # by head: data[] of the driver
        self.pending: list[int] = []  # heads added and not kicked
        self.offered: list[int] = []  # heads the device may complete
        self.used: list[int] = []  # heads completed and not got back
        self.avail_idx = self.used_idx = self.last_used_idx = completed % COUNTERS
        self.avail_ring: dict[int, int] = {}  # slot: head, also of requests long gone
        self.used_ring: dict[int, tuple[int, int]] = {}  # slot: id, len

    @property
    def num_free(self) -> int:
        """The number of free descriptors."""
        return len(self.free)

    @property
    def num_added(self) -> int:
        """Requests added since the last kick."""
        return len(self.pending)

    @property
    def free_head(self) -> int:
        """The descriptor the next request begins with; ``END`` if there is none."""
        return self.free[0] if self.free else END

    def add(self, request: Request, token: int) -> int:
        """0, or ``-ENOSPC`` with nothing changed."""
        buffers = asked(request)
        count = len(buffers)
        if not token or not 0 < count <= self.num:
            raise ValueError(f"BUG_ON: token {token}, {count} buffers in a ring of {self.num}")
        if count > self.num_free:
            return -ENOSPC
        indices, self.free = tuple(self.free[:count]), self.free[count:]
        held = Held(indices, buffers, after=self.free_head)
        self.held[held.head] = held
        self.tokens[held.head] = token
        self.avail_ring[(self.avail_idx + self.num_added) % self.num] = held.head
        self.pending.append(held.head)
        return 0

    def kick(self) -> None:
        """Expose pending requests to the device."""
        self.avail_idx = (self.avail_idx + self.num_added) % COUNTERS
        self.offered += self.pending
        self.pending = []

    def complete(self, position: int = 0, written: int = 0) -> int:
        """Complete, as the device, one of the offered requests, and return its head."""
        head = self.offered.pop(position)
        self.used_ring[self.used_idx % self.num] = (head, written)
        self.used_idx = (self.used_idx + 1) % COUNTERS
        self.used.append(head)
        return head

    def get(self) -> int | None:
        """The token of the oldest completed request, or None."""
        if not self.used:
            return None
        head = self.used.pop(0)
        self.last_used_idx = (self.last_used_idx + 1) % COUNTERS
        self.free[:0] = self.held.pop(head).indices
        return self.tokens.pop(head)

    def descriptors(self) -> dict[int, Descriptor]:
        """The required descriptor at each index that is not free."""
        return {
            index: descriptor
            for held in self.held.values()
            for index, descriptor in held.descriptors().items()
        }

    def links(self) -> dict[int, int]:
        """The required ``next`` at each free index."""
        return dict(zip(self.free, (*self.free[1:], END), strict=False))
