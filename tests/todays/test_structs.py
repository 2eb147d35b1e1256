"""Sizes and offsets of the structs of today, as ``docs/today.md`` states them, and their places."""

from typing import Any

import pytest

from strategies.linux import structs
from strategies.linux.todays import structs as today_structs
from strategies.linux.todays.structs import Parts, parts_of_packed, parts_of_split

LAYOUTS = {  # struct: its bytes, and where its fields begin
    "DESC_EXTRA": (16, {"addr": 0, "len": 8, "flags": 12, "next": 14}),
    "STATE_SPLIT": (24, {"data": 0, "indir_desc": 8, "total_in_len": 16}),
    "STATE_PACKED": (24, {"data": 0, "indir_desc": 8, "num": 16, "last": 18, "total_in_len": 20}),
    "PACKED_DESC": (16, {"addr": 0, "len": 8, "id": 12, "flags": 14}),
    "PACKED_EVENT": (4, {"off_wrap": 0, "flags": 2}),
    "PHYS_VEC": (16, {"paddr": 0, "length": 8, "offset": 12}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_struct_has_the_kernels_bytes(name: str) -> None:
    """As a C compiler lays it out on x86-64."""
    found: Any = getattr(today_structs, name)
    size, offsets = LAYOUTS[name]
    assert found.itemsize == size
    assert {field: place for field, (_, place, *_) in (found.fields or {}).items()} == offsets


def test_a_queue_begins_as_one_of_2_6_24_does() -> None:
    """One driver serves both: what it reads and writes lies at the same place."""
    old, new = structs.VIRTQUEUE, today_structs.TODAYS_QUEUE
    assert new.names is not None
    assert old.names == new.names[: len(old.names or ())]
    assert (old.fields or {}).items() <= (new.fields or {}).items()


@pytest.mark.parametrize("parts_of", [parts_of_split, parts_of_packed])
@pytest.mark.parametrize("num", [1, 2, 256, 32768])
def test_parts_of_a_queue_do_not_overlap(parts_of: Any, num: int) -> None:
    """Each begins where the one before has ended, private ones on a cache line."""
    parts: Parts = parts_of(num)
    assert today_structs.TODAYS_QUEUE.itemsize <= parts.state
    assert parts.state % 64 == parts.extra % 64 == 0
    assert parts.state + 24 * num <= parts.extra
    assert parts.extra + 16 * num <= parts.queue
    assert 16 * num <= parts.avail < parts.used < parts.ring


def test_a_split_ring_of_256_lies_as_vring_init_has_it() -> None:
    """Three pages, as in 2.6.24, and an index more behind each ring."""
    parts = parts_of_split(256)
    assert (parts.avail, parts.used, parts.ring) == (4096, 8192, 8192 + 4 + 8 * 256 + 2)
