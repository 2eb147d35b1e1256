"""Rings of today with tables in lockstep with their models: what a table must hold, and where."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench.ring.packed_ring import START, PackedRing, Place
from bench.ring.split_ring import DESC, Buffer, Ring
from strategies.linux.structs import PAGE_OFFSET, VRING_DESC
from strategies.linux.todays.structs import (
    DESC_EXTRA,
    OBJECTS_BYTES,
    PACKED_DESC,
    TABLE_BYTES,
    TABLES,
)
from tests.todays.indirect_model import (
    POLICIES,
    HeldTable,
    PackedIndirectModel,
    SplitIndirectModel,
    several,
)
from tests.todays.lockstep import SplitLockstep
from tests.todays.packed_lockstep import PackedLockstep
from tests.todays.rig import Subject, TodaysRig

WITH_COPIES = 2 * DESC.size  # bytes that a segment takes in a table
Pool = Any  # a record of TABLES


def pool_of(rig: TodaysRig) -> Pool:
    """Return where a queue's tables come from, as a record that may be written."""
    return rig.arena.view(int(rig.queue["tables"]), TABLES)[0]


def table_at(held: HeldTable) -> int:
    """Return the address of a table, out of its physical one."""
    return (held.address + PAGE_OFFSET) % 2**64


def apart(rig: TodaysRig, tables: Sequence[HeldTable]) -> None:
    """Hold tables to memory that is for them, each its own."""
    pool = pool_of(rig)
    first, end = int(pool["objects"]), int(pool["end"])
    assert end - first == OBJECTS_BYTES * rig.num
    if rig.subject.form == "preallocated":
        first, end = int(pool["slots"]), int(pool["slots"]) + TABLE_BYTES * rig.num
    ends = [first]
    for held in sorted(tables, key=table_at):
        assert ends[-1] <= table_at(held), "two tables lie in one place"
        ends.append(table_at(held) + WITH_COPIES * len(held.buffers))
    assert ends[-1] <= end


def copies_of(rig: TodaysRig, held: HeldTable) -> list[tuple[int, int, int, int]]:
    """Return the private copies behind a table's descriptors."""
    count = len(held.buffers)
    found = rig.arena.view(table_at(held) + DESC.size * count, DESC_EXTRA, count)
    return [tuple(one) for one in found.tolist()]


def links(count: int) -> list[int]:
    """Return what each copy's ``next`` is."""
    return list(range(1, count + 1))


class SplitIndirectLockstep(SplitLockstep):
    """A split queue with tables, and the model."""

    model: SplitIndirectModel

    def __init__(self, subject: Subject, num: int = 256, completed: int = 0, **more: Any) -> None:
        super().__init__(subject, num, completed, **more)
        self.model.policy = POLICIES.get(subject.form, several)

    @staticmethod
    def made(num: int, completed: int, *, event_idx: bool) -> SplitIndirectModel:
        """Return the model of this ring."""
        return SplitIndirectModel(num, completed, event_idx=event_idx)

    @property
    def ring(self) -> Ring:
        """Where the oracle looks."""
        return replace(super().ring, tables=PAGE_OFFSET)

    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""
        rig, model = self.rig, self.model
        for head, held in model.tables().items():
            if not held.address:
                model.found(head, int(rig.desc["addr"][head]))
        super().hold()
        tables = model.tables()
        apart(rig, list(tables.values()))
        given = [table_at(tables[head]) if head in tables else 0 for head in range(model.num)]
        assert rig.state["indir_desc"].tolist() == given
        for held in tables.values():
            count = len(held.buffers)
            said = rig.arena.view(table_at(held), VRING_DESC, count).tolist()
            assert said == copies_of(rig, held) == described(held.buffers)


def described(buffers: Sequence[Buffer]) -> list[tuple[int, int, int, int]]:
    """Return a split table of buffers."""
    last = len(buffers) - 1
    return [
        (one.address, one.length, 2 * one.writable + (at < last), at + 1)
        for at, one in enumerate(buffers)
    ]


class PackedIndirectLockstep(PackedLockstep):
    """A packed queue with tables, and the model."""

    model: PackedIndirectModel

    def __init__(self, subject: Subject, num: int = 256, start: Place = START, **more: Any) -> None:
        super().__init__(subject, num, start, **more)
        self.model.policy = POLICIES.get(subject.form, several)

    @staticmethod
    def made(num: int, start: Place, *, event_idx: bool) -> PackedIndirectModel:
        """Return the model of this ring."""
        return PackedIndirectModel(num, start, event_idx=event_idx)

    @property
    def ring(self) -> PackedRing:
        """Where the oracle looks."""
        return replace(super().ring, tables=PAGE_OFFSET)

    def hold(self) -> None:
        """Compare every byte that has a meaning with the model."""
        rig, model = self.rig, self.model
        for number, (slot, held) in model.in_tables.items():
            if not held.address:
                model.found(number, int(rig.desc["addr"][slot]))
        super().hold()
        tables = model.tables()
        apart(rig, list(tables.values()))
        given = [table_at(tables[n]) if n in tables else 0 for n in range(model.num)]
        assert rig.state["indir_desc"].tolist() == given
        for held in tables.values():
            count = len(held.buffers)
            said = rig.arena.view(table_at(held), PACKED_DESC, count)
            assert [(a, n, f) for a, n, _, f in said.tolist()] == [
                (one.address, one.length, 2 * one.writable) for one in held.buffers
            ]
            assert [link for *_, link in copies_of(rig, held)] == links(count)


def indirect(
    subject: Subject, num: int = 256, at: int = 0
) -> SplitIndirectLockstep | PackedIndirectLockstep:
    """Return a queue with tables, of either kind, that begins at a slot or behind requests."""
    if subject.ring.startswith("packed"):
        return PackedIndirectLockstep(subject, num, Place(at % num, START.wrap))
    return SplitIndirectLockstep(subject, num, at)
