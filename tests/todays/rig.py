"""A queue of today in memory, and the kernels of one strategy called on it.

What ``notify`` calls is a function of this test: it counts, and runs the device if it is told to.
"""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

import numpy as np

from bench.compile.making import DEVICES
from bench.ring.packed_ring import START, Place
from bench.ring.split_ring import COUNTERS
from bench.worker.memory import PAGE, Arena
from bench.worker.rings import KINDS
from bench.worker.rings.kind import Queue
from strategies import Kernel, Strategy
from strategies.backends.c_compilers import Compiler
from strategies.backends.native import compile_kernels
from strategies.compile.code import Code
from strategies.linux.structs import VRING_AVAIL, VRING_DESC, VRING_USED, VRING_USED_ELEM
from strategies.linux.todays.structs import (
    DESC_EXTRA,
    DESC_F_AVAIL,
    DESC_F_USED,
    EVENT_DESC,
    PACKED_DESC,
    PACKED_EVENT,
    STATE_PACKED,
    STATE_SPLIT,
    TODAYS_QUEUE,
    parts_of_packed,
    parts_of_split,
)
from tests.fake.shared import once
from tests.kernels.rig import ARENA_PAGES, REQUEST_BYTES, U16, Kernels, Rig, place
from tests.todays.stepped import Memory, steps
from workloads import Request

NOTIFY = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64)
NAMES = ("create", "map", "add_buf", "kick", "get_buf")


@dataclass(frozen=True)
class Subject:
    """Kernels, and what their layout promises of a ring."""

    kernels: Kernels
    ring: str
    form: str
    twin: Kernels | None = None  # every call is made by both, and must leave the same memory

    @property
    def label(self) -> str:
        """Return what tells it from others."""
        return self.kernels.label


def code_of(strategy: Strategy) -> dict[str, Code]:
    """Compile a strategy's kernels and the device of its ring."""
    kernels = {name: compiled(getattr(strategy, name)) for name in NAMES}
    return kernels | {"device": device_of(strategy.ring)}


def device_of(ring: str) -> Code:
    """Compile the device of a kind of ring."""
    return compiled(import_module(DEVICES[KINDS[ring].device]).device)


@cache
def compiled(kernel: Kernel) -> Code:
    """Compile a function once, whichever forms have it."""
    from strategies.compile.codegen import machine_code

    return machine_code(kernel)


@cache
def subject_by(strategy: Strategy, compiler: Compiler) -> Subject:
    """Give a strategy's C twins alone; the device is numba's, for there is no other."""
    codes = compile_kernels(strategy.name, strategy.form, compiler, NAMES, axes=strategy.axes)
    codes |= once(f"device of {strategy.ring}", lambda: {"device": device_of(strategy.ring)})
    label = f"{strategy.label}@{compiler.name}"
    return Subject(place(label, codes), strategy.ring, strategy.form)


def twins_of(strategy: Strategy, compiler: Compiler) -> Subject:
    """Give a strategy's kernels and their C twins, made to work on one queue."""
    subject = subject_of(strategy)
    codes = compile_kernels(strategy.name, strategy.form, compiler, NAMES, axes=strategy.axes)
    return replace(subject, twin=place(f"{strategy.label}@{compiler.name}", codes))


@cache
def subject_of(strategy: Strategy) -> Subject:
    """Give a strategy's kernels, compiled once."""
    codes = once(f"today {strategy.label}", lambda: code_of(strategy))
    return Subject(place(strategy.label, codes), strategy.ring, strategy.form)


class TodaysRig(Rig):
    """A queue of ``num`` slots of a kind, whose device answers when a test says so."""

    def __init__(self, subject: Subject, num: int, order: Sequence[int] = ()) -> None:
        self.kernels, self.num, self.subject = subject.kernels, num, subject
        self.kind = KINDS[subject.ring]
        queue, ring = self.kind.sizes(num)
        self.arena = Arena(ARENA_PAGES + queue // PAGE, np.random.default_rng(0))
        self._end = self.arena.base
        self._guards: list[int] = []
        self._lists: dict[tuple[int, ...], int] = {}
        self.vring = self._allocate(ring)
        self.vq = self._allocate(queue)
        self.sizes = (ring, queue)
        self.request = self._allocate(REQUEST_BYTES)
        self.words = self._allocate(3 * 8)
        self.length = self._allocate(8)
        self.notified, self.answers = 0, False
        self._notify = NOTIFY(self._notified)  # lives as long as the queue that calls it
        free = np.array(order or range(num))
        at = (self.arena, self.vq, self.vring, num, free)
        Queue(self.kind, *at, serves=True).reset(ctypes.cast(self._notify, ctypes.c_void_p).value)
        self.queue = self.arena.view(self.vq, TODAYS_QUEUE)[0]

    def call(self, kernel: str, *words: int) -> int:
        """Call a kernel, and its twin on the same memory if there is one."""
        twin = self.subject.twin
        if twin is None or kernel not in twin.functions:
            return super().call(kernel, *words)
        memory = self.arena.bytes[: self._end - self.arena.base]
        before, told = memory.copy(), self.notified
        first = super().call(kernel, *words)
        after, told_by_first = memory.copy(), self.notified
        memory[:], self.notified = before, told
        second = int(twin.functions[kernel](*words))
        assert (second, self.notified) == (first, told_by_first), f"{twin.label}: {kernel}"
        different = np.flatnonzero(memory != after)
        assert not different.size, f"{twin.label}: {kernel} differs at {different[0]:#x}"
        return first

    def _notified(self, vq: int) -> int:
        assert vq == self.vq
        self.notified += 1
        return int(self.kernels.functions["device"](vq)) if self.answers else 0

    def memory(self) -> tuple[bytes, bytes]:
        """Return the bytes of the ring, and those of the queue and all that is private to it."""
        ring, queue = self.sizes
        return self.arena.read(self.vring, ring), self.arena.read(self.vq, queue)


def stepping(rig: TodaysRig, request: Request) -> Iterator[tuple[int, Memory]]:
    """Yield the place of each instruction of an add, and memory there; the rig stays as it was."""
    code, words = rig.kernels.codes["add_buf"], rig.map(request)
    start = rig.kernels.addresses["add_buf"] - code.entry
    return steps(start, len(code.text), code.entry, (rig.vq, *words, 1))


class SplitRig(TodaysRig):
    """A split ring, with views of its parts."""

    def __init__(
        self, subject: Subject, num: int, completed: int = 0, order: Sequence[int] = ()
    ) -> None:
        super().__init__(subject, num, order)
        view, parts, ring = self.arena.view, parts_of_split(num), self.vring
        self.desc = view(ring, VRING_DESC, num)
        self.avail = view(ring + parts.avail, VRING_AVAIL)[0]
        self.avail_ring = view(ring + parts.avail + VRING_AVAIL.itemsize, U16, num + 1)
        self.used = view(ring + parts.used, VRING_USED)[0]
        self.used_ring = view(ring + parts.used + VRING_USED.itemsize, VRING_USED_ELEM, num)
        self.event = view(ring + parts.ring - 2, U16, 1)
        self.extra = view(self.vq + parts.extra, DESC_EXTRA, num)
        self.state = view(self.vq + parts.state, STATE_SPLIT, num)
        for record, field in (
            (self.avail, "idx"),
            (self.used, "idx"),
            *((self.queue, name) for name in ("avail_idx_shadow", "last_used_idx", "device_idx")),
        ):
            record[field] = completed
        self.event[0] = completed

    def complete(self, head: int, written: int) -> None:
        """Write an entry of the used ring, as a device that may complete in any order."""
        idx = int(self.used["idx"])
        self.used_ring[idx % self.num] = (head, written)
        self.used["idx"] = (idx + 1) % COUNTERS
        self.queue["device_idx"] = self.used["idx"]

    def complete_batch(self, last: int, count: int, written: int) -> None:
        """Write one entry of the used ring for so many requests, the last with this head."""
        self.complete(last, written)
        idx = (int(self.used["idx"]) + count - 1) % COUNTERS
        self.used["idx"] = self.queue["device_idx"] = idx


class PackedRig(TodaysRig):
    """A packed ring, with views of its parts."""

    def __init__(self, subject: Subject, num: int, start: Place = START) -> None:
        super().__init__(subject, num)
        view, parts, ring = self.arena.view, parts_of_packed(num), self.vring
        self.desc = view(ring, PACKED_DESC, num)
        self.driver_event = view(ring + parts.avail, PACKED_EVENT)[0]
        self.device_event = view(ring + parts.used, PACKED_EVENT)[0]
        self.extra = view(self.vq + parts.extra, DESC_EXTRA, num)
        self.state = view(self.vq + parts.state, STATE_PACKED, num)
        flags = DESC_F_AVAIL if start.wrap else DESC_F_USED
        self.queue["next_avail_idx"], self.queue["avail_wrap_counter"] = start.slot, start.wrap
        self.queue["avail_used_flags"] = flags
        self.queue["last_used_idx"] = start.slot | start.wrap << 15
        self.device_is_at(start)

    def device_is_at(self, place: Place) -> None:
        """Have the device go on from a place."""
        self.queue["device_idx"], self.queue["device_wrap"] = place.slot, place.wrap

    def ask(self, *, place: Place | None, silent: bool = False) -> None:
        """Have the device wait for what is added at a place, or for anything, or for nothing."""
        self.device_event["flags"] = EVENT_DESC if place else silent
        if place:
            self.device_event["off_wrap"] = place.slot | place.wrap << 15

    def use(self, place: Place, number: int, written: int) -> None:
        """Write a used descriptor, as a device that may complete in any order."""
        self.desc["id"][place.slot], self.desc["len"][place.slot] = number, written
        both = DESC_F_AVAIL | DESC_F_USED
        self.desc["flags"][place.slot] = both if place.wrap else 0
