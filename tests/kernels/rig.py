"""One virtqueue in memory, its lists and requests, and one strategy's kernels called on them.

Needs no numba where the machine code is given, so that a kernel that may crash can be tried in a
process of its own in no time.
"""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bench.ring.oracle import Ring
from bench.ring.split_ring import END
from bench.worker.memory import PAGE, Arena, Executable, function
from strategies import Role, Strategy
from strategies.compile.code import Code
from strategies.linux.encode import encode
from strategies.linux.structs import (
    USED_F_NO_NOTIFY,
    VIRTQUEUE,
    VRING_AVAIL,
    VRING_DESC,
    VRING_USED,
    VRING_USED_ELEM,
    struct,
    vring_bytes,
)
from strategies.linux.todays.structs import PLAIN_RING
from tests.fake.shared import once
from workloads import Request

ARITY = {"create": 2, "map": 3, "add_buf": 5, "kick": 1, "get_buf": 2, "device": 1, "sg_next": 1}
ARENA_PAGES = 64
REQUEST_BYTES = 8 * PAGE
GUARD = bytes([0xA4]) * 64  # behind every region; as a list's entry no link and no end mark
WORD, U16 = struct(("value", "u8")), np.dtype("u2")
WORD_MAX = 2**64 - 1


def private_arena() -> Arena:
    """Memory that this process alone sees."""
    return Arena(ARENA_PAGES, np.random.default_rng(0))


@dataclass(frozen=True)
class Kernels:
    """A strategy's kernels in executable memory."""

    label: str
    codes: Mapping[str, Code]
    addresses: Mapping[str, int]
    functions: Mapping[str, Any]
    executable: object  # lives as long as what points into it
    arena: Callable[[], Arena] = private_arena  # makes the memory that they can be called on


def place(label: str, codes: Mapping[str, Code]) -> Kernels:
    """Copy machine code to executable memory."""
    executable = Executable(pages=2 * len(codes))
    starts = executable.place(
        [code.text for code in codes.values()],
        np.zeros(len(codes), np.int64),
        np.random.default_rng(0),
    )
    addresses = {
        kernel: start + code.entry
        for (kernel, code), start in zip(codes.items(), starts, strict=True)
    }
    functions = {kernel: function(addresses[kernel], ARITY[kernel]) for kernel in codes}
    return Kernels(label, codes, addresses, functions, executable)


def is_layout(strategy: Strategy) -> bool:
    """Whether a strategy does all the work, so that it must make a right ring of 2.6.24."""
    return strategy.ring == PLAIN_RING and strategy.role in {Role.BASELINE, Role.CANDIDATE}


@cache
def kernels_of(strategy: Strategy) -> Kernels:
    """Give a strategy's kernels, compiled once."""
    codes = once(strategy.label, lambda: compiled(strategy, tuple(ARITY)))
    return place(strategy.label, codes)


def compiled(strategy: Strategy, names: Sequence[str]) -> dict[str, Code]:
    """Machine code of the kernels ``names``, the strategy's own or shared ones."""
    shared = sys.modules["strategies.linux.virtqueue"]
    found = {name: getattr(strategy, name, None) or getattr(shared, name, None) for name in names}
    if "sg_next" in names:
        found["sg_next"] = _sg_next(strategy)
    return {name: _code(kernel) for name, kernel in found.items() if kernel}


@cache
def _code(kernel: Callable[..., Any]) -> Code:
    """Compile a function once for all forms that share it."""
    from strategies.compile.codegen import machine_code

    return machine_code(kernel)


def _sg_next(strategy: Strategy) -> Any:
    """The step of ``add_buf``, if it tests for end marks.

    It is also called alone: in ``add_buf`` the counts end a walk before an end mark could.
    """
    step = inspect.getclosurevars(strategy.add_buf).nonlocals.get("step")
    function = getattr(step, "py_func", None)
    return function if getattr(function, "__name__", "").startswith("sg_next") else None


class Rig:
    """A queue of ``num`` slots after ``completed`` requests, with free descriptors in ``order``.

    A request's list memory is that of all requests with the same rooms, as a driver's table is.
    """

    def __init__(
        self, kernels: Kernels, num: int, completed: int = 0, order: Sequence[int] = ()
    ) -> None:
        self.kernels, self.num = kernels, num
        self.arena = kernels.arena()
        self._end = self.arena.base
        self._guards: list[int] = []
        self._lists: dict[tuple[int, ...], int] = {}
        avail, used, size = vring_bytes(num)
        desc = self._allocate(size)
        self.vring_bytes = size
        self.ring = Ring(self.arena.read, num, desc, desc + avail, desc + used)
        self.vq = self._allocate(VIRTQUEUE.itemsize + 8 * num)
        self.request = self._allocate(REQUEST_BYTES)
        self.words = self._allocate(3 * 8)
        self.length = self._allocate(8)
        self._look()
        self._set_up(completed, order or range(num))

    def _allocate(self, size: int) -> int:
        """The address of zeroed memory, aligned to a page and followed by a guard."""
        address = self._end
        guard = address + size
        self.arena.view(guard, np.dtype(np.uint8), len(GUARD))[:] = GUARD[0]
        self._guards.append(guard)
        self._end += -(-(size + len(GUARD)) // PAGE) * PAGE
        return address

    def _look(self) -> None:
        """Make views for a test to read, and to write as the device."""
        view, ring = self.arena.view, self.ring
        self.desc = view(ring.desc, VRING_DESC, self.num)
        self.avail = view(ring.avail, VRING_AVAIL)[0]
        self.avail_ring = view(ring.avail + VRING_AVAIL.itemsize, U16, self.num)
        self.used = view(ring.used, VRING_USED)[0]
        self.used_ring = view(ring.used + VRING_USED.itemsize, VRING_USED_ELEM, self.num)
        self.queue = view(self.vq, VIRTQUEUE)[0]
        self.tokens = view(self.vq + VIRTQUEUE.itemsize, WORD, self.num)["value"]

    def _set_up(self, completed: int, order: Sequence[int]) -> None:
        ring, queue = self.ring, self.queue
        self.desc["next"][list(order)] = [*order[1:], END]
        queue["num"] = queue["num_free"] = self.num
        queue["desc"], queue["avail"], queue["used"] = ring.desc, ring.avail, ring.used
        queue["free_head"], queue["last_used_idx"] = order[0], completed
        queue["notify"] = self.kernels.addresses["device"]
        self.avail["idx"] = self.used["idx"] = completed
        self.used["flags"] = USED_F_NO_NOTIFY  # the device runs when a test says so

    def call(self, kernel: str, *words: int) -> int:
        """Call a kernel, and check that it writes only in its regions."""
        result = int(self.kernels.functions[kernel](*words))
        for guard in self._guards:
            assert self.arena.read(guard, len(GUARD)) == GUARD, f"{kernel} wrote behind a region"
        return result

    def create(self, request: Request) -> int:
        """The list memory of requests with these rooms, created on first use."""
        rooms = tuple(group.room for group in request.groups)
        if rooms not in self._lists:
            self._lists[rooms] = self._allocate(self.list_bytes(request))
        return self._lists[rooms]

    def list_bytes(self, request: Request) -> int:
        """The size of list memory that ``create`` returns."""
        self._write(request)
        return int(self.kernels.functions["create"](self._end, self.request))

    def map(self, request: Request) -> tuple[int, int, int]:
        """Map a request; return the words of its list."""
        memory = self.create(request)
        self._write(request)
        status = self.call("map", memory, self.request, self.words)
        assert status == 0, f"map returned {status}"
        first, second, third = self.arena.view(self.words, WORD, 3)["value"].tolist()
        return first, second, third

    def _write(self, request: Request) -> None:
        text = encode(request)
        assert len(text) <= REQUEST_BYTES
        self.arena.view(self.request, np.dtype(np.uint8), len(text))[:] = np.frombuffer(
            text, np.uint8
        )

    def add(self, request: Request, token: int) -> int:
        """Map a request and add it; return the status of ``add_buf``."""
        return self.call("add_buf", self.vq, *self.map(request), token)

    def kick(self, *, notified: bool = False) -> None:
        """Kick, with a device that wants to be notified or not."""
        self.used["flags"] = 0 if notified else USED_F_NO_NOTIFY
        self.call("kick", self.vq)

    def complete(self, head: int, written: int) -> None:
        """Write an entry of the used ring, as a device that may complete in any order."""
        idx = int(self.used["idx"])
        self.used_ring[idx % self.num] = (head, written)
        self.used["idx"] = (idx + 1) % 2**16

    def get(self) -> tuple[int, int]:
        """A token, or 0, and the length that ``get_buf`` left."""
        token = self.call("get_buf", self.vq, self.length) & WORD_MAX
        return token, int(self.arena.view(self.length, WORD)["value"][0])

    def memory(self) -> tuple[bytes, bytes]:
        """The bytes of the ring, and those of the queue with its tokens."""
        queue = VIRTQUEUE.itemsize + 8 * self.num
        return self.arena.read(self.ring.desc, self.vring_bytes), self.arena.read(self.vq, queue)
