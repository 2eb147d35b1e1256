"""Whether ``map`` stops at a page whose low bits are set, by an instruction that ends it."""

import signal
from collections.abc import Mapping

import numpy as np

from strategies.compile.code import Code
from strategies.linux.structs import GROUP, REQUEST
from tests.fake.forked import PASSED, status_of
from tests.kernels.rig import Rig, place
from workloads import Direction, Group, Request, Segment

LINE = Request((Group(Direction.OUT, (Segment(1, 0, 8),), room=1),))
STOPPED = {-signal.SIGILL, -signal.SIGTRAP}  # ud2 of x86, brk of aarch64


def stops(codes: Mapping[str, Code], low_bits: int) -> bool:
    """Whether ``map`` stops at a page with these low bits."""
    status = status_of(lambda: map_page(codes, low_bits))
    assert status in {PASSED, *STOPPED}
    return status in STOPPED


def map_page(codes: Mapping[str, Code], low_bits: int) -> None:
    """Map a request for one page, its address changed."""
    rig = Rig(place("given", codes), 8)
    memory = rig.create(LINE)
    rig._write(LINE)
    page = rig.arena.view(rig.request + REQUEST.itemsize + GROUP.itemsize, np.dtype("u8"), 1)
    rig.call("create", memory, rig.request)
    page |= low_bits
    rig.call("map", memory, rig.request, rig.words)
