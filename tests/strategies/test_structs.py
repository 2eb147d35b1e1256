"""Sizes and offsets of Linux 2.6.24 on x86-64, as ``docs/model.md`` states them."""

from typing import Any

import numpy as np
import pytest

from bench.driver.records import JOB, LENGTH_AT, ROW, WORDS_AT
from bench.ring import oracle
from strategies.linux import structs

U64, U32, U16, U8 = 8, 4, 2, 1
LAYOUTS = {  # struct: its bytes, and where each field begins and how long it is
    "SCATTERLIST": (
        32,
        {
            "page_link": (0, U64),
            "offset": (8, U32),
            "length": (12, U32),
            "dma_address": (16, U64),
            "dma_length": (24, U32),
        },
    ),
    "SG_RING": (24, {"next": (0, U64), "prev": (8, U64), "num": (16, U32), "max": (20, U32)}),
    "VRING_DESC": (16, {"addr": (0, U64), "len": (8, U32), "flags": (12, U16), "next": (14, U16)}),
    "VRING_AVAIL": (4, {"flags": (0, U16), "idx": (2, U16)}),
    "VRING_USED": (4, {"flags": (0, U16), "idx": (2, U16)}),
    "VRING_USED_ELEM": (8, {"id": (0, U32), "len": (4, U32)}),
    "VIRTQUEUE": (
        96,
        {
            "callback": (0, U64),
            "vdev": (8, U64),
            "vq_ops": (16, U64),
            "priv": (24, U64),
            "num": (32, U32),
            "desc": (40, U64),
            "avail": (48, U64),
            "used": (56, U64),
            "broken": (64, U8),
            "num_free": (68, U32),
            "free_head": (72, U32),
            "num_added": (76, U32),
            "last_used_idx": (80, U16),
            "notify": (88, U64),
        },
    ),
    "SEGMENT": (16, {"page": (0, U64), "length": (8, U32), "offset": (12, U32)}),
    "GROUP": (
        24,
        {
            "direction": (0, U32),
            "room": (4, U32),
            "virtuals": (8, U32),
            "pages": (12, U32),
            "merge": (16, U64),
        },
    ),
    "REQUEST": (8, {"groups": (0, U64)}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_struct_is_laid_out_as_the_c_compiler_does(name: str) -> None:
    """A struct has the kernel's size, and each field its offset and width."""
    dtype: np.dtype[Any] = getattr(structs, name)
    size, fields = LAYOUTS[name]
    assert dtype.fields is not None
    found = {key: (entry[1], entry[0].itemsize) for key, entry in dtype.fields.items()}
    assert found == fields
    assert dtype.itemsize == size


def test_every_struct_is_held_to_a_layout() -> None:
    """No struct can be added without its numbers."""
    declared = {name for name, value in vars(structs).items() if isinstance(value, np.dtype)}
    assert declared == set(LAYOUTS)


@pytest.mark.parametrize(
    ("num", "avail", "used", "size"),
    [
        (128, 2048, 4096, 5124),
        (256, 4096, 8192, 10244),
        (4, 64, 4096, 4132),
        (127, 2032, 2304, 3324),
    ],
)
def test_ring_takes_the_bytes_of_vring_init(num: int, avail: int, used: int, size: int) -> None:
    """Avail follows the descriptors, used is on the next page; in 2007, with 127, on the same."""
    assert structs.vring_bytes(num) == (avail, used, size)


@pytest.mark.parametrize("num", [1 << power for power in range(16)])
def test_oracle_accepts_where_the_parts_of_a_ring_lie(num: int) -> None:
    """For every size, ring parts lie where the specification's legacy layout has them."""
    avail, used, _ = structs.vring_bytes(num)
    ring = oracle.Ring(lambda _at, size: bytes(size), num, 0, avail, used)
    oracle.check_layout(ring)


def test_pages_are_numbered_by_an_exact_division() -> None:
    """The shift and the inverse of 7 divide by the size of a struct page."""
    from strategies.linux.virtqueue import INVERSE_OF_7

    assert structs.STRUCT_PAGE_BYTES == 56 == 7 << 3
    assert 7 * int(INVERSE_OF_7) % 2**64 == 1


def test_driver_finds_words_and_length_where_its_records_have_them() -> None:
    """Offsets that the driver adds by hand are those of the records, on whole cache lines."""
    assert JOB.fields is not None
    assert ROW.fields is not None
    assert JOB.fields["first"][1] == WORDS_AT
    assert [JOB.fields[name][1] - WORDS_AT for name in ("second", "third")] == [8, 16]
    assert ROW.fields["length"][1] == LENGTH_AT
    assert (JOB.itemsize, ROW.itemsize) == (64, 128)
