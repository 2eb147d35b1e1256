"""Requests are those of the drivers of 2.6.24: sizes, limits, weights, one stream per seed."""

import struct
from collections import Counter
from itertools import pairwise

import pytest

import workloads
from bench.ring.oracle import asked
from strategies.linux.encode import encode
from workloads import PAGE_SIZE, Direction, Group, Request, Segment, Shape, blk, console, net

IN, OUT = Direction.IN, Direction.OUT
SHAPES = {
    f"{name}/{shape.name}": shape
    for name, workload in workloads.load().items()
    for shape in workload.shapes
}
EVERY = pytest.mark.parametrize("name", SHAPES)
DESCRIPTORS = {  # of each request of a stream, as docs/model.md says
    "blk/4k-read": {3},
    "blk/4k-write": {3},
    "blk/4k-barrier": {3},
    "blk/64k-read": {18},
    "blk/64k-write": {18},
    "blk/cap-read": {34},
    "blk/cap-write": {34},
    "blk/max-read": {130},
    "blk/max-write": {130},
    "blk/merge-read": {18},
    "blk/mix": {3, 4, 6, 18, 34},
    **{f"blk/seg-{count}": {count + 2} for count in (1, 2, 4, 8, 16, 32, 62, 96, 126, 128)},
    "net/rx": {2},
    "net/tx-imix": {2},
    "net/tx-gso": {18, 19},
    **{f"net/frags-{count}": {count + 2} for count in range(19)},
    "console/put_chars": {1},
    "console/add_inbuf": {1},
}


def only(name: str) -> Request:
    """The one request of a shape."""
    (request,) = SHAPES[name].stream(1)
    return request


def test_shapes_are_those_of_the_documentation() -> None:
    """Every shape makes as many descriptors as documented, and none is undocumented."""
    found = {
        name: {len(asked(request)) for request in shape.stream(1)} for name, shape in SHAPES.items()
    }
    assert found == DESCRIPTORS


@EVERY
def test_same_seed_gives_the_same_stream(name: str) -> None:
    """A stream can be replayed in another process."""
    shape = SHAPES[name]
    assert shape.stream(7) == shape.stream(7)
    assert len(shape.stream(7)) == len(shape.stream(8))


@pytest.mark.parametrize("name", ["blk/mix", "net/tx-imix"])
def test_another_seed_gives_another_stream(name: str) -> None:
    """The seed reaches the streams that are drawn."""
    assert SHAPES[name].stream(1) != SHAPES[name].stream(2)


@EVERY
def test_requests_keep_to_what_a_driver_has_room_for(name: str) -> None:
    """Outgoing comes first, virtual addresses lead their group, entries fit table and ring."""
    for request in SHAPES[name].stream(3):
        ways = [group.direction for group in request.groups]
        assert ways == sorted(ways)
        for group in request.groups:
            virtual = [segment.virtual for segment in group.segments]
            assert virtual == sorted(virtual, reverse=True)
            assert 1 <= len(asked(Request((group,)))) <= group.room
            assert all(segment.length > 0 for segment in group.segments)
        assert len(asked(request)) <= 256


@EVERY
def test_streams_of_a_shape_share_their_tables(name: str) -> None:
    """All requests of a stream fit the list memory made for the first."""
    rooms = {tuple(group.room for group in request.groups) for request in SHAPES[name].stream(3)}
    assert len(rooms) == 1


@EVERY
def test_nothing_merges_but_where_it_is_meant_to(name: str) -> None:
    """Data pages are not adjacent: as many entries as segments, except for ``merge``."""
    for request in SHAPES[name].stream(3):
        segments = sum(len(group.segments) for group in request.groups)
        pairs = 16 if name == "blk/merge-read" else 0
        assert segments - len(asked(request)) == pairs


def test_block_request_is_header_data_status() -> None:
    """24 bytes out, the data, one byte in; header and status lie in one object of 56 bytes."""
    for name, way in (("blk/4k-read", IN), ("blk/4k-write", OUT)):
        header, data, status = only(name).groups
        assert [group.direction for group in (header, data, status)] == [OUT, way, IN]
        assert [group.room for group in (header, data, status)] == [1, 128, 1]
        assert [group.merge for group in (header, data, status)] == [False, True, False]
        (first,), (page,), (last,) = (group.segments for group in (header, data, status))
        assert (first.length, page.length, last.length) == (24, 4096, 1)
        assert (first.virtual, page.virtual, last.virtual) == (True, False, True)
        assert (first.page, last.offset - first.offset) == (last.page, 24)
        assert first.offset - 24 + 56 <= PAGE_SIZE


def test_block_limits_are_those_of_the_block_layer() -> None:
    """128 segments in a table; 255 sectors, the last page short, in what the driver was given."""
    assert len(only("blk/max-read").groups[1].segments) == blk.MAX_PHYS_SEGMENTS == 128
    segments = only("blk/cap-read").groups[1].segments
    assert len(segments) == 32
    assert sum(segment.length for segment in segments) == 255 * 512
    assert [segment.length for segment in segments[-2:]] == [4096, 3584]


def test_barrier_differs_from_write_in_one_bit_of_the_header() -> None:
    """Only what no layout reads differs, so the barrier must cost nothing."""
    barrier, write = only("blk/4k-barrier"), only("blk/4k-write")
    assert barrier.groups == write.groups
    assert encode(barrier) == encode(write)
    kinds = [struct.unpack_from("<I", request.header)[0] for request in (barrier, write)]
    assert kinds[0] ^ kinds[1] == 0x8000_0000
    assert barrier.header[4:] == write.header[4:]
    assert len(write.header) == 24


def test_header_says_read_or_write() -> None:
    """Bit 0 of the type is set if data go out."""
    assert only("blk/4k-read").header[0] == 0
    assert only("blk/4k-write").header[0] == 1


def test_merge_shape_has_pairs_of_adjacent_pages() -> None:
    """Sixteen pairs, each one entry of two pages."""
    segments = only("blk/merge-read").groups[1].segments
    pages = [segment.page for segment in segments]
    assert [after - before for before, after in pairwise(pages)] == [1, 2] * 15 + [1]
    assert {buffer.length for buffer in asked(only("blk/merge-read"))[1:-1]} == {8192}


def test_mix_draws_sizes_and_directions_by_its_weights() -> None:
    """Over many seeds the shares are the stated ones."""
    sizes: Counter[int] = Counter()
    reads = 0
    for seed in range(200):
        stream = SHAPES["blk/mix"].stream(seed)
        assert len(stream) == 32
        sizes.update(len(request.groups[1].segments) for request in stream)
        reads += sum(request.groups[1].direction is IN for request in stream)
    total = sizes.total()
    stated = {1: 0.50, 2: 0.10, 4: 0.15, 16: 0.15, 32: 0.10}
    assert {size: count / total for size, count in sizes.items()} == pytest.approx(stated, abs=0.02)
    assert reads / total == pytest.approx(0.7, abs=0.02)


def test_packet_is_one_table_that_begins_with_the_header() -> None:
    """8 bytes of header, the linear part, then frags of a page, in a table of 20."""
    (group,) = only("net/frags-18").groups
    assert (len(group.segments), group.room, net.MAX_SKB_FRAGS) == (20, 20, 18)
    assert [segment.length for segment in group.segments[:2]] == [8, 66]
    assert [segment.virtual for segment in group.segments] == [True] * 2 + [False] * 18
    assert {segment.length for segment in group.segments[2:]} == {4096}
    assert not group.merge


def test_received_packet_is_header_and_1514_bytes() -> None:
    """Both are written by the device."""
    (group,) = only("net/rx").groups
    assert (group.direction, [s.length for s in group.segments]) == (IN, [8, 1514])


def test_imix_sends_three_sizes_that_cost_the_same() -> None:
    """64, 570 and 1514 bytes as 7 : 4 : 1, each of two descriptors."""
    packets = [request.groups[0] for request in SHAPES["net/tx-imix"].stream(1)]
    lengths = Counter(group.segments[1].length for group in packets)
    assert lengths == {64: 7, 570: 4, 1514: 1}
    assert {(group.direction, len(group.segments)) for group in packets} == {(OUT, 2)}


def test_gso_sends_sixteen_and_seventeen_frags_in_turn() -> None:
    """64 KiB fill sixteen pages, or seventeen if not aligned to one."""
    stream = SHAPES["net/tx-gso"].stream(1)
    assert [len(request.groups[0].segments) - 2 for request in stream] == [16, 17]


def test_console_asks_for_one_buffer() -> None:
    """A line of 16 bytes out, a page in."""
    (line,), (page,) = only("console/put_chars").groups, only("console/add_inbuf").groups
    assert (line.direction, page.direction) == (OUT, IN)
    assert [s.length for g in (line, page) for s in g.segments] == [16, PAGE_SIZE]
    assert console.LINE_BYTES == 16


def points(name: str) -> list[Shape]:
    """The shapes of a workload's sweep."""
    return [shape for shape in workloads.load()[name].shapes if shape.swept is not None]


@pytest.mark.parametrize(
    ("name", "every", "quick"),
    [
        ("blk", [1, 2, 4, 8, 16, 32, 62, 96, 126, 128], [1, 16, 62, 128]),
        ("net", list(range(19)), [0, 8, 18]),
        ("console", [], []),
    ],
)
def test_sweep_has_its_points(name: str, every: list[int], quick: list[int]) -> None:
    """The sweep has its stated unit, and a quick run thins it."""
    assert [shape.swept for shape in points(name)] == every
    assert [shape.swept for shape in points(name) if shape.quick] == quick
    assert bool(workloads.load()[name].sweep) == bool(every)
    for shape in points(name):
        assert shape.swept == len(asked(shape.stream(1)[0])) - 2


def test_named_shapes_are_all_quick() -> None:
    """A quick run thins the sweep alone."""
    assert all(shape.quick for shape in SHAPES.values() if shape.swept is None)


@pytest.mark.parametrize(
    ("group", "says"),
    [
        (Group(OUT, (Segment(1, 0, 1), Segment(2, 0, 1, virtual=True)), 2), "virtual segments"),
        (Group(OUT, (Segment(1, 0, 1), Segment(3, 0, 1)), 1), "2 segments in a group with room 1"),
    ],
)
def test_request_that_no_driver_makes_is_not_encoded(group: Group, says: str) -> None:
    """``map`` never gets requests that exceed its tables or break their order."""
    with pytest.raises(ValueError, match=says):
        encode(Request((group,)))
