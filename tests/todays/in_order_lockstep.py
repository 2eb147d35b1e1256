"""Rings in order in lockstep with their models: a device completes batches, by one entry each."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from bench.ring.packed_ring import START, Place, used
from tests.todays.lockstep import Lockstep, SplitLockstep
from tests.todays.model import PackedInOrderModel, SplitInOrderModel
from tests.todays.packed_lockstep import PackedLockstep
from tests.todays.rig import Subject


class SplitInOrderLockstep(SplitLockstep):
    """A split queue in order, and the model."""

    model: SplitInOrderModel

    @staticmethod
    def made(num: int, completed: int, *, event_idx: bool) -> SplitInOrderModel:
        """Return the model of this ring."""
        return SplitInOrderModel(num, completed, event_idx=event_idx)

    def complete(self, *positions: int, written: int = 0) -> None:
        """Complete what is offered first, as often as there are positions, which are all 0."""
        for position in positions:
            assert position == 0, "in order"
            self.complete_batch(1, written)

    def complete_batch(self, count: int, written: int = 0) -> None:
        """Complete the first ``count`` of what is offered."""
        self.rig.complete_batch(self.model.complete_batch(count, written), count, written)
        self.hold()

    def complete_drawn(self, draw: random.Random) -> set[str]:
        """Complete some of what is offered."""
        count = draw.randint(1, len(self.model.offered))
        self.complete_batch(count, draw.randrange(2**32))
        return {"batch"} if count > 1 else set()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Have the used ring tell of no completion."""
        idx = int(self.model.used_idx)
        self.rig.used["idx"] = self.model.used_idx = self.model.last_used_idx
        yield
        self.rig.used["idx"] = self.model.used_idx = idx

    def length_of_last(self, _slot: int) -> int:
        """Return the length of what was got last."""
        return self.model.length

    def serve(self) -> None:
        """Run the device: it completes all that is offered."""
        Lockstep.serve(self)

    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""
        super().hold()
        assert self.rig.queue["batch_id"] == self.model.taking
        for head, held in self.model.held.items():
            total = sum(buffer.length for buffer in held.buffers if buffer.writable)
            assert self.rig.state["total_in_len"][head] == total % 2**32


class PackedInOrderLockstep(PackedLockstep):
    """A packed queue in order, and the model."""

    model: PackedInOrderModel

    @staticmethod
    def made(num: int, start: Place, *, event_idx: bool) -> PackedInOrderModel:
        """Return the model of this ring."""
        return PackedInOrderModel(num, start, event_idx=event_idx)

    def complete(self, *positions: int, written: int = 0) -> None:
        """Complete what is offered first, as often as there are positions, which are all 0."""
        for position in positions:
            assert position == 0, "in order"
            self.complete_batch(1, written)

    def complete_batch(self, count: int, written: int = 0) -> None:
        """Complete the first ``count`` of what is offered."""
        place, number = self.model.complete_batch(count, written)
        self.rig.use(place, number, written)
        self.rig.device_is_at(self.model.served)
        assert used(self.ring, place) == (number, written)
        self.hold()

    def complete_drawn(self, draw: random.Random) -> set[str]:
        """Complete some of what is offered."""
        count = draw.randint(1, len(self.model.offered))
        self.complete_batch(count, draw.randrange(2**32))
        return {"batch"} if count > 1 else set()

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Have no descriptor tell of a completion."""
        flags, slots = self.rig.desc["flags"].copy(), self.model.slots
        self.rig.desc["flags"] = 0
        self.model.slots = {slot: (*found[:3], 0) for slot, found in slots.items()}
        yield
        self.rig.desc["flags"], self.model.slots = flags, slots

    def hold_ids(self) -> None:
        """Hold the list of ids to what it was when it was made: nobody reads or writes it."""
        num, queue = self.model.num, self.rig.queue
        assert self.rig.extra["next"].tolist() == [*range(1, num), 0]
        assert not any(self.rig.extra["addr"])
        assert (queue["free_head"], queue["batch_id"]) == (0, self.model.taking)
        for number in self.model.tokens:
            assert self.rig.state["total_in_len"][number] == self.model.lengths[number] % 2**32


def in_order(
    subject: Subject, num: int = 256, at: int = 0
) -> SplitInOrderLockstep | PackedInOrderLockstep:
    """Return a queue in order, of either kind, that begins at a slot or behind so many requests."""
    if subject.ring.startswith("packed"):
        return PackedInOrderLockstep(subject, num, Place(at % num, START.wrap))
    return SplitInOrderLockstep(subject, num, at)
