"""Both oracles against tables of indirect descriptors made by hand."""

from collections.abc import Callable

import pytest

from bench.ring import packed_ring
from bench.ring.packed_ring import F_AVAIL, PackedRing, available
from bench.ring.split_ring import DESC, F_INDIRECT, F_NEXT, F_WRITE, Buffer, Ring, RingError
from bench.ring.split_ring import chain as chain_of

RING, TABLE, OFFSET = 0x10000, 0x20000, 0x8000  # what is said of a table is OFFSET less
ROWS = [  # of a table: addr, len, flags, next
    (0x3000, 16, F_NEXT, 1),
    (0x9000, 512, F_NEXT | F_WRITE, 2),
    (0x5000, 1, F_WRITE, 3),
]
BUFFERS = tuple(Buffer(addr, size, bool(flags & F_WRITE)) for addr, size, flags, _ in ROWS)
Edit = Callable[[list[list[int]]], None]


def memory(head: bytes, rows: list[list[int]]) -> Callable[[int, int], bytes]:
    """Return memory with one descriptor of a ring, and a table."""
    table = b"".join(DESC.pack(*row) for row in rows)

    def read(address: int, size: int) -> bytes:
        for start, text in ((RING, head), (TABLE, table)):
            if start <= address and address + size <= start + len(text):
                return text[address - start :][:size]
        raise AssertionError(f"looked at {address:#x}")

    return read


def split(rows: list[list[int]], size: int = 48, flags: int = F_INDIRECT) -> Ring:
    """Return a ring whose first descriptor leads to a table."""
    head = DESC.pack(TABLE - OFFSET, size, flags, 1)
    return Ring(memory(head, rows), 1, RING, 0, 0, tables=OFFSET)


def packed(rows: list[list[int]], size: int = 48) -> PackedRing:
    """Return a packed ring whose first slot leads to a table."""
    head = packed_ring.DESC.pack(TABLE - OFFSET, size, 0, F_INDIRECT | F_AVAIL)
    return PackedRing(memory(head, rows), 1, RING, tables=OFFSET)


def right(*, linked: bool) -> list[list[int]]:
    """Return a right table: of a split ring with links and NEXT, of a packed one without."""
    return [
        [addr, size, flags, link] if linked else [addr, size, 7, flags & F_WRITE]
        for addr, size, flags, link in ROWS
    ]


def test_a_split_table_is_read_as_its_descriptors() -> None:
    """All of them stand for the one that leads there."""
    assert chain_of(split(right(linked=True)), 0) == tuple((0, one) for one in BUFFERS)


def test_a_packed_table_is_one_buffer_of_one_slot() -> None:
    """Its ids have no meaning."""
    found = available(packed(right(linked=False)), packed_ring.START)
    assert found is not None
    assert (found.segments, found.slots) == (BUFFERS, 1)


def test_a_table_is_refused_where_nobody_agreed_on_it() -> None:
    """The flag is unknown then."""
    ring = Ring(split([]).memory, 1, RING, 0, 0)
    with pytest.raises(RingError, match="unknown flags 0x4"):
        chain_of(ring, 0)
    with pytest.raises(RingError, match="unknown flags 0x84"):
        available(PackedRing(packed([]).memory, 1, RING), packed_ring.START)


def put(at: int, column: int, value: int) -> Edit:
    """Return an edit of one number."""

    def edit(rows: list[list[int]]) -> None:
        rows[at][column] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put(1, 3, 1), "entry 1 of its table: beyond 3, or once more"),
        (put(1, 3, 3), "entry 3 of its table: beyond 3"),
        (put(1, 2, F_INDIRECT), "entry 1 of its table: unknown flags 0x4"),
        (put(0, 1, 0), "entry 0 of its table: zero length"),
        (put(2, 2, 0), "entry 2 of its table: readable after writable"),
        (put(1, 2, F_WRITE), "2 of 3 entries of its table are linked"),
    ],
)
def test_a_fault_in_a_split_table_is_named(edit: Edit, said: str) -> None:
    """A table breaks no rule that a chain must keep."""
    rows = right(linked=True)
    edit(rows)
    with pytest.raises(RingError, match=f"^head 0.*{said}"):
        chain_of(split(rows), 0)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put(0, 3, F_NEXT), "entry 0 of its table: unknown flags 0x1"),
        (put(1, 1, 0), "entry 1 of its table: zero length"),
        (put(2, 3, 0), "entry 2 of its table: readable after writable"),
    ],
)
def test_a_fault_in_a_packed_table_is_named(edit: Edit, said: str) -> None:
    """Of its flags WRITE alone has a meaning."""
    rows = right(linked=False)
    edit(rows)
    with pytest.raises(RingError, match=f"^buffer from slot 0.*{said}"):
        available(packed(rows), packed_ring.START)


@pytest.mark.parametrize("size", [17, 47])
def test_a_table_of_no_whole_number_of_descriptors_is_refused(size: int) -> None:
    """Neither ring reads it."""
    with pytest.raises(RingError, match=f"a table of {size} bytes"):
        chain_of(split(right(linked=True), size), 0)
    with pytest.raises(RingError, match=f"a table of {size} bytes"):
        available(packed(right(linked=False), size), packed_ring.START)


def test_nothing_follows_a_table() -> None:
    """The descriptor that leads to one has no NEXT."""
    with pytest.raises(RingError, match="unknown flags 0x5"):
        chain_of(split(right(linked=True), flags=F_INDIRECT | F_NEXT), 0)
