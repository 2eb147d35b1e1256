"""The same calls on a ring of today and on its model: after each, memory is what that says."""

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.ring import oracle
from bench.ring.split_ring import COUNTERS
from strategies.linux.todays.structs import parts_of_split
from tests.todays.model import SplitModel
from tests.todays.rig import SplitRig, Subject
from tests.todays.stepped import Memory
from workloads import Direction, Request

TOKEN = 0xFFFF_8100_0700_0000  # tokens are addresses: their top bit is set
TOKEN_BYTES = 56
FIELDS = ("num_free", "free_head", "last_used_idx")
SHADOWLESS = ("noshadow",)  # forms that keep no copy of what they describe
UNDONE = ("rollback", "sg-ring-rollback")  # forms that describe what they then refuse


class Lockstep(ABC):
    """A queue of one layout, and the model of its ring."""

    rig: Any
    model: Any
    tells_when_full = False  # the device, of requests that go out
    _tokens = TOKEN

    def add(self, *requests: Request) -> int:
        """Add requests, for which there must be room but for the last; return its status."""
        for request in requests[:-1]:
            assert self._add(request) == 0
        return self._add(requests[-1])

    def _add(self, request: Request) -> int:
        model, rig, before = self.model, self.rig, self.rig.notified
        self._tokens += TOKEN_BYTES
        place = self.place()
        status = int(model.add(request, self._tokens))
        memory, told = rig.memory(), False
        assert rig.add(request, self._tokens) == status
        if status == 0:
            self.read(place, request)
        else:
            out = any(group.direction is Direction.OUT for group in request.groups)
            told = self.tells_when_full and out
            assert (told and rig.answers) or self.left(memory), "refused, and left its marks"
            if told and rig.answers:
                model.serve()
        assert rig.notified - before == told
        self.hold()
        return status

    def kick(self) -> bool:
        """Kick; return whether the device was told, which serves all then if it answers."""
        told, before = bool(self.model.tell()), self.rig.notified
        self.rig.call("kick", self.rig.vq)
        assert self.rig.notified - before == told, "not told" if told else "told"
        if told and self.rig.answers:
            self.model.serve()
        self.hold()
        return told

    def serve(self) -> None:
        """Run the device: it completes all that is offered."""
        self.model.serve()
        self.rig.call("device", self.rig.vq)
        self.hold()

    def get_all(self) -> int:
        """Get every token there is, and then none; return how many there were."""
        count = 0
        while self.get() is not None:
            count += 1
        return count

    def complete_drawn(self, draw: random.Random) -> set[str]:
        """Complete something of what is offered; return what that was."""
        place = draw.randrange(len(self.model.offered))
        self.complete(place, written=draw.randrange(2**32))
        return {"out of order"} if place else set()

    def crowded(self, _request: Request) -> bool:
        """Return whether a kick must come before a request."""
        return False

    def left(self, before: tuple[bytes, bytes]) -> bool:
        """Return whether a refused request left nothing but what has no meaning."""
        return bool(self.rig.subject.form in UNDONE or self.rig.memory() == before)

    @abstractmethod
    def place(self) -> Any:
        """Return where the next request will be."""

    @abstractmethod
    def read(self, place: Any, request: Request) -> None:
        """Have the oracle read a request at a place."""

    @abstractmethod
    def shown(self, memory: Memory, place: Any, request: Request) -> bool:
        """Return whether memory shows a request at a place, all of it; raise if it shows a part."""

    @abstractmethod
    def get(self) -> int | None:
        """Return the next token, with the length the device wrote."""

    @abstractmethod
    def complete(self, *positions: int, written: int = 0) -> None:
        """Complete, as a device of any order, what is offered at these positions in turn."""

    @abstractmethod
    def await_request(self, ahead: int) -> None:
        """Have the device wait for what is added so many counts after the last."""

    @abstractmethod
    def silence(self, *, silent: bool) -> None:
        """Have the device say that it wants no kicks, or take it back."""

    @abstractmethod
    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""


class SplitLockstep(Lockstep):
    """A split queue of one layout, and the model."""

    rig: SplitRig
    model: SplitModel
    tells_when_full = True

    def __init__(
        self,
        subject: Subject,
        num: int = 256,
        completed: int = 0,
        order: Sequence[int] = (),
        *,
        event_idx: bool = True,
    ) -> None:
        self.rig = SplitRig(subject, num, completed, order)
        self.model = self.made(num, completed, event_idx=event_idx)
        self.model.free = list(order or range(num))
        self.rig.queue["event"] = event_idx
        self.shadow = subject.form not in SHADOWLESS
        self.hold()

    def shown(self, memory: Memory, place: int, request: Request) -> bool:
        """Return whether memory shows a request by its number, all of it."""
        now = replace(self.ring, memory=memory)
        count = (oracle.avail_idx(now) - place) % COUNTERS
        oracle.check_published(now, place, place + count, [request][:count])
        return bool(count)

    @staticmethod
    def made(num: int, completed: int, *, event_idx: bool) -> SplitModel:
        """Return the model of this ring."""
        return SplitModel(num, completed, event_idx=event_idx)

    def length_of_last(self, slot: int) -> int:
        """Return the length of what was got last, which a slot of the used ring told of."""
        return self.model.used_ring[slot][1]

    def place(self) -> int:
        """Return the number of the next request."""
        return self.model.avail_idx

    def read(self, place: int, request: Request) -> None:
        """Have the oracle read a request by its number."""
        oracle.check_published(self.ring, place, self.model.avail_idx, [request])

    @property
    def ring(self) -> oracle.Ring:
        """Where the oracle looks."""
        at, parts = self.rig.vring, parts_of_split(self.rig.num)
        return oracle.Ring(self.rig.arena.read, self.rig.num, at, at + parts.avail, at + parts.used)

    def await_request(self, ahead: int) -> None:
        """Have the device wait for the request so many after the last one added."""
        self.model.awaited = (self.model.avail_idx + ahead) % COUNTERS
        self.rig.event[0] = self.model.awaited

    def silence(self, *, silent: bool) -> None:
        """Have the device say NO_NOTIFY, or take it back."""
        self.model.silent = silent
        self.rig.used["flags"] = silent

    def complete(self, *positions: int, written: int = 0) -> None:
        """Complete, as a device of any order, what is offered at these positions in turn."""
        for position in positions:
            self.rig.complete(self.model.complete(position, written), written)
        self.hold()

    def serve(self) -> None:
        """Run the device: it completes all that is offered."""
        first, heads = self.model.used_idx, self.model.offered.copy()
        super().serve()
        oracle.check_used(self.ring, first, self.model.used_idx, heads)

    def get(self) -> int | None:
        """Return the next token, with the length the device wrote."""
        slot = self.model.last_used_idx % self.model.num
        token = self.model.get()
        found, length = self.rig.get()
        assert found == (token or 0), f"get_buf returned {found:#x}"
        if token is not None:
            assert length == self.length_of_last(slot)
        self.hold()
        return token

    def refuse_used(self, head: int) -> None:
        """Complete what nobody waits for: the queue breaks, takes and gives no more."""
        rig, before = self.rig, self.rig.memory()
        idx, entry = int(rig.used["idx"]), rig.used_ring[int(rig.used["idx"]) % rig.num].copy()
        rig.complete(head, 0)
        for _ in range(2):
            assert rig.get()[0] == 0, f"took used id {head}"
            assert rig.queue["broken"] == 1
        rig.queue["broken"], rig.queue["device_idx"] = 0, idx
        rig.used["idx"], rig.used_ring[idx % rig.num] = idx, entry
        assert rig.memory() == before, f"used id {head} left traces"

    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""
        model, rig, slots = self.model, self.rig, range(self.model.num)
        held, links = model.descriptors(), model.links()
        table, extra = rig.desc.tolist(), rig.extra.tolist()
        assert {index: table[index] for index in held} == held
        assert {index: extra[index][3] for index in links} == links
        assert {index: extra[index][3] for index in held} == {i: held[i][3] for i in held}
        if self.shadow:
            assert {index: extra[index] for index in held} == held
        else:
            assert {one[:3] for one in extra} == {(0, 0, 0)}
        assert rig.avail_ring[: model.num].tolist() == [model.avail_ring.get(s, 0) for s in slots]
        assert rig.used_ring.tolist() == [model.used_ring.get(slot, (0, 0)) for slot in slots]
        assert rig.state["data"].tolist() == [model.tokens.get(head, 0) for head in slots]
        assert {name: int(rig.queue[name]) for name in FIELDS} == {
            name: getattr(model, name) for name in FIELDS
        }
        assert rig.queue["num_added"] == model.added
        assert {int(rig.queue["avail_idx_shadow"]), int(rig.avail["idx"])} == {model.avail_idx}
        assert rig.used["idx"] == model.used_idx
        assert (rig.avail["flags"], rig.queue["broken"], rig.queue["num"]) == (0, 0, model.num)
