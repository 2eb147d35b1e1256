"""Shapes become requests as drivers make them; so do those of the built-in files."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workloads
from bench.ring.oracle import asked
from strategies.linux.encode import encode
from workloads import PAGE_SIZE, Direction, blk, net
from workloads.shapes import records, requests
from workloads.shapes.records import FileShape, ShapeFile

IN, OUT = Direction.IN, Direction.OUT
FOLDER = Path(workloads.__file__).parent
BUILT_IN = sorted(FOLDER.glob(f"*{records.ENDING}"))
BESIDE = {"blk": 2, "net": 1, "none": 0}  # descriptors that are no data


@given(
    st.sampled_from(["blk", "net", "none"]),
    st.sampled_from(["in", "out"]),
    st.integers(1, 19),
    st.integers(0, 1 << 31),
)
def test_a_shape_asks_for_what_it_says(
    header: records.Header, direction: records.Way, segments: int, more: int
) -> None:
    """Number of descriptors, bytes and direction; nothing merges, no segment is empty."""
    shape = FileShape(segments + more, segments, direction, header, 1)
    request = requests.request(shape)
    found = asked(request)
    assert len(found) == segments + BESIDE[header]
    data = found[1:-1] if header == "blk" else found[1:] if header == "net" else found
    assert sum(one.length for one in data) == shape.bytes
    assert all(one.length > 0 for one in data)
    assert {one.writable for one in data} == {direction == "in"}
    assert encode(request)


@pytest.mark.parametrize(
    ("total", "count", "lengths"),
    [
        (4096, 1, [4096]),
        (8192, 2, [4096, 4096]),
        (5000, 2, [4096, 904]),
        (8192, 3, [2731, 2731, 2730]),
        (65536, 2, [32768, 32768]),
        (3, 3, [1, 1, 1]),
    ],
)
def test_segments_are_whole_pages_where_that_fits(
    total: int, count: int, lengths: list[int]
) -> None:
    """Otherwise they are as equal as possible."""
    assert list(requests.split(total, count)) == lengths


def test_requests_of_drivers_are_those_of_the_suite() -> None:
    """A page read and 64 KiB sent are as in ``blk`` and ``net``."""
    page = requests.request(FileShape(4096, 1, "in", "blk", 1))
    assert asked(page) == asked(blk.request(IN, blk.pages(1)))
    packet = requests.request(FileShape(66 + 65536, 17, "out", "net", 1))
    lengths = [one.length for one in asked(packet)]
    assert (
        lengths == [one.length for one in asked(net.packet(OUT, 66, 16))] == [8, 66, *[4096] * 16]
    )


def mixed(order: tuple[int, ...]) -> ShapeFile:
    """A file of two disk shapes, two of a card and one without a header."""
    return ShapeFile(
        schema_version=1,
        name="mine",
        shapes=(
            FileShape(4096, 1, "in", "blk", 90),
            FileShape(8192, 2, "out", "blk", 10),
            FileShape(1514, 1, "out", "net", 5),
            FileShape(66, 1, "in", "net", 5),
            FileShape(16, 1, "out", "none", 5),
        ),
        order=order,
    )


def test_streams_are_in_the_order_of_the_capture() -> None:
    """One for each header with several shapes, as tables of different headers differ."""
    file = mixed((0, 0, 1, 2, 0, 3))
    made = requests.workload(file)
    names = [shape.name for shape in made.shapes]
    assert names == [*(one.name for one in file.shapes), "blk-mix", "net-mix"]
    assert made.name == "mine"
    streams = {shape.name: shape.stream(1) for shape in made.shapes}
    counts = [len(asked(request)) - 2 for request in streams["blk-mix"]]
    assert counts == [1, 1, 2, 1]
    lengths = [asked(request)[1].length for request in streams["net-mix"]]
    assert lengths == [1514, 66]


def test_a_long_capture_has_a_long_stream_and_a_short_one_out_of_it() -> None:
    """The parts whose shapes are closest to the whole load: 9 of 10 are of the first."""
    order = (0,) * 1000 + ((0,) * 9 + (1,)) * 100 + (0,) * 1000
    file = mixed(order)
    long = [one.segments for one in requests.ordered(file, "blk")]
    assert len(long) == requests.ORDER_LENGTH
    assert long.count(2) in {51, 52}
    assert set(np.diff(np.flatnonzero(np.array(long) == 2))) == {10}
    short = [one.segments for one in requests.stream(file, "blk")]
    assert len(short) == requests.MIX_LENGTH
    assert short.count(2) in {6, 7}
    assert [shape.name for shape in requests.mixes(file)] == ["blk-mix", "blk-order", "net-mix"]
    again = records.parse(requests.measured(file).encode(), "it")
    assert len(again.order) == requests.ORDER_LENGTH
    for before, after in zip(requests.mixes(file), requests.mixes(again), strict=True):
        assert before.stream(1) == after.stream(1)


def test_without_an_order_streams_are_drawn_by_weight() -> None:
    """The same each time, and no long one, as drawn requests have no order to learn."""
    file = mixed(())
    drawn = requests.stream(file, "blk")
    assert drawn == requests.stream(file, "blk")
    assert len(drawn) == requests.MIX_LENGTH
    assert Counter(one.segments for one in drawn)[1] == pytest.approx(0.9 * len(drawn), abs=8)
    assert [shape.name for shape in requests.mixes(file)] == ["blk-mix", "net-mix"]


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.name)
def test_what_comes_with_the_suite_can_be_measured(path: Path) -> None:
    """Each shape and stream fits its tables and the ring; each file describes itself."""
    file, _ = records.load(path)
    assert path.name == file.name + records.ENDING
    assert file.about
    for shape in requests.workload(file).shapes:
        rooms = {tuple(g.room for g in one.groups) for one in shape.stream(1)}
        assert len(rooms) == 1
        assert all(len(asked(one)) <= 256 for one in shape.stream(1))


def test_files_that_come_with_the_suite_are_these() -> None:
    """The block histogram is counted, with its caveat; the others are stated."""
    known = {path.name: records.load(path)[0] for path in BUILT_IN}
    assert list(known) == ["cloudphysics.shapes.json", "gso-server.shapes.json", "imix.shapes.json"]
    histogram = known["cloudphysics.shapes.json"]
    total = sum(one.weight for one in histogram.shapes) + histogram.dropped.weight
    assert (total, histogram.weights, histogram.model) == (113_872, "counted", "measured")
    assert histogram.order == ()  # counts alone
    assert "upper model" in histogram.about
    pairs: Counter[tuple[int, int]] = Counter()
    for one in histogram.shapes:
        pairs[one.bytes, one.segments] += int(one.weight)
    assert pairs[65536, 16] == 38_243
    imix = {one.bytes: one.weight for one in known["imix.shapes.json"].shapes}
    assert imix == net.IMIX
    gso = known["gso-server.shapes.json"].shapes
    large = sum(one.weight for one in gso if one.bytes > 65536)
    assert large / sum(one.weight for one in gso) > 0.5
    assert all(
        one.bytes - net.GSO_LINEAR_BYTES <= (one.segments - 1) * PAGE_SIZE or one.segments == 1
        for one in gso
    )
