"""The same calls on rigs and on the model: after each, all memory matches the model."""

from collections.abc import Sequence

from bench.ring import oracle
from strategies.linux.structs import BUG, ENOSPC
from tests.kernels.model import Model
from tests.kernels.rig import Kernels, Rig
from workloads import Request

TOKEN = 0xFFFF_8100_0700_0000  # tokens are addresses: their top bit is set
TOKEN_BYTES = 56
COUNTERS = ("num_free", "free_head", "num_added", "last_used_idx")


class Lockstep:
    """A queue in every given layout, and in the model."""

    def __init__(
        self,
        kernels: Sequence[Kernels],
        num: int = 256,
        completed: int = 0,
        order: Sequence[int] = (),
    ) -> None:
        self.rigs = [Rig(each, num, completed, order) for each in kernels]
        self.model = Model(num, completed)
        self.model.free = list(order or range(num))
        self._pending: list[Request] = []
        self._tokens = TOKEN
        self.hold()

    def add(self, *requests: Request) -> int:
        """Add requests, of which only the last may not fit; return its status."""
        for request in requests[:-1]:
            assert self._add(request) == 0
        return self._add(requests[-1])

    def _add(self, request: Request) -> int:
        self._tokens += TOKEN_BYTES
        allowed = {BUG, ENOSPC}  # too long for the ring: a walk that does not count finds it full
        if len(oracle.asked(request)) <= self.model.num:
            allowed = {self.model.add(request, self._tokens)}
        for rig in self.rigs:
            status = rig.add(request, self._tokens)
            assert status in allowed, f"{rig.kernels.label}: add_buf returned {status}"
        if allowed == {0}:
            self._pending.append(request)
        self.hold()
        return 0 if allowed == {0} else ENOSPC

    def kick(self, *, notified: bool = False) -> None:
        """Publish what was added and read it back; a device that is notified serves it at once."""
        before = self.model.avail_idx
        self.model.kick()
        heads, used = (self._serve() if notified else []), self.model.used_idx
        for rig in self.rigs:
            rig.kick(notified=notified)
            oracle.check_published(rig.ring, before, self.model.avail_idx, self._pending)
            oracle.check_used(rig.ring, (used - len(heads)) % 2**16, used, heads)
        self._pending = []
        self.hold()

    @property
    def in_order(self) -> bool:
        """Whether the device has completed requests in ring order."""
        model = self.model
        count = (model.avail_idx - model.used_idx) % 2**16
        numbers = ((model.used_idx + step) % 2**16 % model.num for step in range(count))
        return [model.avail_ring.get(slot) for slot in numbers] == model.offered

    def serve(self) -> None:
        """Run the device, which completes everything offered."""
        before = self.model.used_idx
        heads = self._serve()
        for rig in self.rigs:
            rig.call("device", rig.vq)
            oracle.check_used(rig.ring, before, self.model.used_idx, heads)
        self.hold()

    def _serve(self) -> list[int]:
        heads = self.model.offered.copy()
        for head in heads:
            buffers = self.model.held[head].buffers
            written = sum(buffer.length for buffer in buffers if buffer.writable)
            self.model.complete(0, written % 2**32)
        return heads

    def complete(self, *positions: int, written: int = 0) -> None:
        """As the device, complete the offered requests at these positions, in this order."""
        for position in positions:
            head = self.model.complete(position, written)
            for rig in self.rigs:
                rig.complete(head, written)
        self.hold()

    def get(self) -> int | None:
        """The next token, the same from all, with the length the device wrote."""
        slot = self.model.last_used_idx % self.model.num
        token = self.model.get()
        for rig in self.rigs:
            found, length = rig.get()
            assert found == (token or 0), f"{rig.kernels.label}: get_buf returned {found:#x}"
            if token is not None:
                assert length == self.model.used_ring[slot][1]
        self.hold()
        return token

    def get_all(self) -> None:
        """Get all tokens, and then none."""
        while self.get() is not None:
            pass

    def refuse_used(self, head: int) -> None:
        """Complete an id that is not in flight: the queue breaks, and nothing else happens."""
        for rig in self.rigs:
            before = rig.memory()
            idx = int(rig.used["idx"])
            entry = rig.used_ring[idx % rig.num].copy()
            rig.complete(head, 0)
            for _ in range(2):
                assert rig.get()[0] == 0, f"{rig.kernels.label}: took used id {head}"
                assert rig.queue["broken"] == 1
            rig.used["idx"], rig.used_ring[idx % rig.num], rig.queue["broken"] = idx, entry, 0
            assert rig.memory() == before, f"{rig.kernels.label}: used id {head} left traces"

    def hold(self) -> None:
        """Compare every meaningful byte with the model.

        Only the link of a free descriptor is meaningful: a failed add may have written the rest.
        """
        model, slots = self.model, range(self.model.num)
        held, links = model.descriptors(), model.links()
        avail = [model.avail_ring.get(slot, 0) for slot in slots]
        used = [model.used_ring.get(slot, (0, 0)) for slot in slots]
        tokens = [model.tokens.get(head, 0) for head in slots]
        counters = {name: getattr(model, name) for name in COUNTERS}
        for rig in self.rigs:
            table, label = rig.desc.tolist(), rig.kernels.label
            assert {index: table[index] for index in held} == held, label
            assert {index: table[index][3] for index in links} == links, label
            assert rig.avail_ring.tolist() == avail, label
            assert rig.used_ring.tolist() == used, label
            assert rig.tokens.tolist() == tokens, label
            assert {name: int(rig.queue[name]) for name in COUNTERS} == counters, label
            assert (rig.avail["idx"], rig.used["idx"]) == (model.avail_idx, model.used_idx), label
            assert (rig.avail["flags"], rig.queue["broken"], rig.queue["num"]) == (0, 0, model.num)
