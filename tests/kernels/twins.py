"""numba's kernels and their C twins on one queue: every call is made by both.

Requests and what happens to them are drawn, so that a difference shows wherever it lies.
"""

import random

import numpy as np

from strategies import AS_COMPILED, OWN, Strategy
from strategies.backends.c_compilers import Compiler
from strategies.backends.native import compile_kernels
from strategies.compile.code import Code
from strategies.linux.structs import BUG, ENOSPC
from tests.kernels.rig import Kernels, Rig, kernels_of, place
from workloads import PAGE_SIZE, Direction, Group, Request, Segment

# Each group's direction and room. A chained request keeps one link of its own, so only one group
# that another follows may be filled in part.
DRIVERS: tuple[tuple[tuple[Direction, int], ...], ...] = (
    ((Direction.OUT, 1), (Direction.IN, 128), (Direction.IN, 1)),
    ((Direction.OUT, 1), (Direction.OUT, 128), (Direction.IN, 1)),
    ((Direction.OUT, 20),),
    ((Direction.IN, 20),),
    ((Direction.OUT, 300),),  # three tables of 128 slots
    ((Direction.OUT, 1), (Direction.OUT, 7), (Direction.OUT, 1), (Direction.IN, 2)),
)
SHARED = ("kick", "get_buf", "device")  # the virtqueue's, unless a strategy brings its own
MERGING = 100  # tables of so much room are a block driver's, with pages that merge
CASES = {  # what the draws must bring about, for each layout
    "added",
    "ENOSPC",
    "BUG",
    "a side is missing",
    "avail->idx wraps",
    "out of order",
    "broken",
}


def pair_of(strategy: Strategy, compiler: Compiler, num: int, seed: int) -> "Pair":
    """Numba's kernels of a strategy and their C twins on one queue."""
    twin = twin_of(strategy, compiler)
    return Pair(kernels_of(strategy), twin, num, random.Random(seed))


def twin_of(strategy: Strategy, compiler: Compiler) -> Kernels:
    """All kernels of a C file in a form, in executable memory."""
    return place(f"{strategy.label}@{compiler.name}", twin_codes(strategy, compiler))


def twin_codes(strategy: Strategy, compiler: Compiler) -> dict[str, Code]:
    """Code of all kernels of a C file in a form, or the virtqueue's if it has none of its own."""
    own = [kernel for kernel in SHARED if getattr(strategy, kernel, None)]
    rest = [kernel for kernel in SHARED if kernel not in own]
    codes = compile_kernels(
        strategy.name, strategy.form, compiler, (*OWN, *own), axes=strategy.axes
    )
    return codes | compile_kernels("virtqueue", AS_COMPILED, compiler, rest)


class Pair:
    """Two implementations of one layout: every call is made by both, on the same memory."""

    def __init__(self, first: Kernels, second: Kernels, num: int, draw: random.Random) -> None:
        order = draw.sample(range(num), num)
        self.rig = Rig(first, num, completed=draw.randrange(2**16 - 20, 2**16), order=order)
        self.draw, self.both = draw, (first, second)
        self.in_order = draw.random() < 0.5  # the device is the kernel; else this test plays it
        self.offered: list[int] = []
        self.created: set[int] = set()
        self.token = 0x1000
        self.reached: set[str] = set()

    def call(self, kernel: str, *words: int) -> int:
        """The result of a kernel, if both return it and leave the same memory."""
        rig = self.rig
        memory = rig.arena.bytes[: rig._end - rig.arena.base]
        before = memory.copy()
        first = rig.call(kernel, *words)
        after = memory.copy()
        memory[:] = before
        second = self._called_by_second(kernel, words)
        label = f"{self.both[1].label}: {kernel}"
        assert second == first, f"{label} returned {second}, not {first}"
        different = np.flatnonzero(memory != after)
        assert not different.size, f"{label} differs at {rig.arena.base + different[0]:#x}"
        return first

    def _called_by_second(self, kernel: str, words: tuple[int, ...]) -> int:
        """The result of the second one's kernel, with its own device to notify."""
        rig, (first, second) = self.rig, self.both
        rig.kernels = second
        rig.queue["notify"] = second.addresses["device"]
        result = rig.call(kernel, *words)
        assert rig.queue["notify"] == second.addresses["device"], f"{kernel} moved notify"
        rig.queue["notify"] = first.addresses["device"]
        rig.kernels = first
        return result

    def create(self, request: Request) -> int:
        """The list memory for requests of these rooms."""
        memory = self.rig.create(request)
        if memory not in self.created:
            self.created.add(memory)
            self.rig._write(request)
            self.call("create", memory, self.rig.request)
        return memory

    def add(self) -> None:
        """Map and add a drawn request, sometimes one that BUG_ON forbids."""
        rig, request = self.rig, drawn_request(self.draw, 2 * self.rig.num)
        memory = self.create(request)
        rig._write(request)
        assert self.call("map", memory, rig.request, rig.words) == 0
        words = rig.arena.view(rig.words, np.dtype("u8"), 3).tolist()
        self.token += 0x40
        token = self.token
        if self.draw.random() < 0.02:
            words, token = self.draw.choice([(words, 0), ([0, 0, 0], token)])
        status = self.call("add_buf", rig.vq, *words, token)
        self.reached.add({0: "added", ENOSPC: "ENOSPC", BUG: "BUG"}[status])
        if not words[0] or not words[1]:
            self.reached.add("a side is missing")

    def kick(self) -> None:
        """Publish what was added; sometimes notify a device that works in order."""
        rig, before = self.rig, int(self.rig.avail["idx"])
        rig.used["flags"] = not (self.in_order and self.draw.random() < 0.5)
        self.call("kick", rig.vq)
        added = (int(rig.avail["idx"]) - before) % 2**16
        self.offered += [int(rig.avail_ring[(before + n) % rig.num]) for n in range(added)]
        if not rig.used["flags"]:
            self.offered = []
        if before + added >= 2**16:
            self.reached.add("avail->idx wraps")

    def complete(self) -> None:
        """Run the device: everything in order, or some requests in any order."""
        if self.in_order:
            self.call("device", self.rig.vq)
            self.offered = []
            return
        for _ in range(self.draw.randint(0, len(self.offered))):
            place_in_line = self.draw.randrange(len(self.offered))
            head = self.offered.pop(place_in_line)
            if place_in_line:
                self.reached.add("out of order")
            self.rig.complete(head, self.draw.randrange(2**32))

    def get(self) -> None:
        """Get tokens until there is none, or not all."""
        for _ in range(self.draw.randint(1, 2 * self.rig.num)):
            if not self.call("get_buf", self.rig.vq, self.rig.length):
                return

    def refuse(self) -> None:
        """Complete an id that is not in flight, and repair the queue."""
        rig, draw = self.rig, self.draw
        while self.rig.used["idx"] != rig.queue["last_used_idx"]:
            if not self.call("get_buf", rig.vq, rig.length):
                return
        before = rig.memory()
        free = [int(rig.queue["free_head"])] if rig.queue["num_free"] else []
        rig.complete(draw.choice([rig.num, 2**32 - 1, *free]), 0)
        assert self.call("get_buf", rig.vq, rig.length) == 0
        assert rig.queue["broken"]
        rig.used["idx"] = (int(rig.used["idx"]) - 1) % 2**16
        if self.offered:  # good, but too late
            rig.complete(self.offered.pop(0), 1)
            assert self.call("get_buf", rig.vq, rig.length) == 0
            self.reached.add("broken")
        rig.queue["broken"] = 0
        assert rig.memory()[1] == before[1]


def drawn_request(draw: random.Random, most: int) -> Request:
    """A request of a drawn driver: short or long, merging or not."""
    return Request(
        tuple(
            Group(direction, drawn_segments(draw, room, most), room, merge=room >= MERGING)
            for direction, room in draw.choice(DRIVERS)
        )
    )


def drawn_segments(draw: random.Random, room: int, most: int) -> tuple[Segment, ...]:
    """Segments for a table: virtual addresses, then pages, some of which merge."""
    most = min(room, most)
    count = draw.choice([1, draw.randint(1, min(most, 8)), draw.randint(1, most), most])
    virtuals = draw.randint(0, count) if room < MERGING else 0
    found = [
        Segment(
            draw.randrange(2**20), draw.randrange(PAGE_SIZE), draw.randint(1, 5000), virtual=True
        )
        for _ in range(virtuals)
    ]
    pages: list[Segment] = []
    for _ in range(count - virtuals):
        page, offset = draw.choice([draw.randrange(2**24), 2**20 - 1]), draw.choice([0, 512])
        if pages and draw.random() < 0.4:  # physically behind the one before
            end = pages[-1].page * PAGE_SIZE + pages[-1].offset + pages[-1].length
            page, offset = divmod(end, PAGE_SIZE)
        length = draw.choice([512, PAGE_SIZE - offset, 65536 - offset, draw.randint(1, 65536)])
        pages.append(Segment(page, offset, length))
    return (*found, *pages)
