"""The same calls on a packed ring of today and on its model: after each, memory is what it says."""

from dataclasses import replace

from bench.ring.oracle import asked
from bench.ring.packed_ring import (
    F_AVAIL,
    F_USED,
    START,
    PackedRing,
    Place,
    available,
    check_available,
    used,
)
from tests.todays.lockstep import UNDONE, Lockstep
from tests.todays.model import PackedModel
from tests.todays.rig import PackedRig, Subject
from tests.todays.stepped import Memory
from workloads import Request


class PackedLockstep(Lockstep):
    """A packed queue of one layout, and the model."""

    rig: PackedRig
    model: PackedModel

    def __init__(
        self, subject: Subject, num: int = 256, start: Place = START, *, event_idx: bool = True
    ) -> None:
        self.rig = PackedRig(subject, num, start)
        self.model = self.made(num, start, event_idx=event_idx)
        for slot, (*_, flags) in self.model.slots.items():
            self.rig.desc["flags"][slot] = flags
        self.rig.ask(place=start if event_idx else None)
        self.hold()

    @staticmethod
    def made(num: int, start: Place, *, event_idx: bool) -> PackedModel:
        """Return the model of this ring."""
        return PackedModel(num, start, event_idx=event_idx)

    @property
    def ring(self) -> PackedRing:
        """Where the oracle looks."""
        return PackedRing(self.rig.arena.read, self.rig.num, self.rig.vring)

    def left(self, before: tuple[bytes, bytes]) -> bool:
        """Return whether a refused request left nothing but what has no meaning.

        Of what was described and undone, the flags: no slot may be available in its round.
        """
        if self.rig.subject.form in UNDONE:
            for step in range(self.model.num_free):
                place = self.model.next.on(step, self.rig.num)
                found = self.rig.desc[place.slot].tolist()
                shown = (bool(found[3] & F_AVAIL), bool(found[3] & F_USED))
                assert shown != (place.wrap, not place.wrap), f"slot {place.slot} is available"
                self.model.slots[place.slot] = found
        return super().left(before)

    def crowded(self, request: Request) -> bool:
        """Return whether more than a round would be added without a kick, which none can tell."""
        return self.model.added + len(asked(request)) > self.rig.num

    def place(self) -> Place:
        """Return where the next buffer begins."""
        return self.model.next

    def read(self, place: Place, request: Request) -> None:
        """Have the oracle read a request at a place: it alone, under an id of its own."""
        others = self.model.tokens.keys() - {self.model.offered[-1]}
        assert check_available(self.ring, place, [request], others) == self.model.next

    def shown(self, memory: Memory, place: Place, request: Request) -> bool:
        """Return whether memory shows a request at a place, all of it."""
        buffer = available(replace(self.ring, memory=memory), place)
        assert buffer is None or buffer.segments == asked(request)
        return buffer is not None

    def complete(self, *positions: int, written: int = 0) -> None:
        """Use, as a device of any order, what is offered at these positions in turn."""
        for position in positions:
            place, number, length = self.model.complete(position, written)
            self.rig.use(place, number, length)
            self.rig.device_is_at(self.model.served)
            assert used(self.ring, place) == (number, length)
        self.hold()

    def await_request(self, ahead: int) -> None:
        """Have the device wait for the descriptor so many after the last one added."""
        self.model.awaited = self.model.next.on(ahead, self.rig.num)
        self.rig.ask(place=self.model.awaited if self.model.event_idx else None)
        self.silence(silent=self.model.silent)

    def silence(self, *, silent: bool) -> None:
        """Have the device say that it wants no kicks, or take it back."""
        self.model.silent = silent
        if not self.model.event_idx:
            self.rig.ask(place=None, silent=silent)

    def get(self) -> int | None:
        """Return the next token, with the length the device wrote."""
        expected = self.model.get()
        found, length = self.rig.get()
        assert found == (expected[0] if expected else 0), f"get_buf returned {found:#x}"
        if expected:
            assert length == expected[1]
        self.hold()
        return expected[0] if expected else None

    def refuse_used(self, number: int) -> None:
        """Use what nobody waits for: the queue breaks, takes and gives no more."""
        rig, before = self.rig, self.rig.memory()
        slot = self.model.served.slot
        entry = rig.desc[slot].copy()
        rig.use(self.model.served, number, 0)
        for _ in range(2):
            assert rig.get()[0] == 0, f"took id {number}"
            assert rig.queue["broken"] == 1
        rig.desc[slot], rig.queue["broken"] = entry, 0
        assert rig.memory() == before, f"id {number} left traces"

    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""
        model, rig, ids = self.model, self.rig, range(self.model.num)
        table = [model.slots[slot] for slot in ids]
        assert rig.desc.tolist() == table
        self.hold_ids()
        assert rig.state["data"].tolist() == [model.tokens.get(number, 0) for number in ids]
        queue = rig.queue
        assert (queue["num_free"], queue["num_added"]) == (model.num_free, model.added)
        assert (queue["next_avail_idx"], queue["avail_wrap_counter"]) == (
            model.next.slot,
            model.next.wrap,
        )
        assert queue["last_used_idx"] == model.last_used.slot | model.last_used.wrap << 15
        assert (queue["broken"], queue["num"]) == (0, model.num)

    def hold_ids(self) -> None:
        """Compare the list of ids, free and taken, with the model."""
        model, links = self.model, self.rig.extra["next"].tolist()
        assert self.rig.queue["free_head"] == (model.free[0] if model.free else 0)
        for ids in (model.free, *model.ids.values()):
            assert [links[number] for number in ids[:-1]] == list(ids[1:])
        assert not any(self.rig.extra["addr"])
