"""Shapes of requests: models, limits, the fewest that make up most requests, and their file."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.paths import ROOT
from workloads import Direction, net
from workloads.shapes import limits, models, records, tally
from workloads.shapes.limits import Limits
from workloads.shapes.records import FileShape, ShapeError, ShapeFile, parse
from workloads.shapes.tally import Key, Tally, condensed, together
from workloads.traces import Record, TraceError

IN, OUT = Direction.IN, Direction.OUT
HAND_WRITTEN = """{
  "schema_version": 1,
  "name": "mine",
  "shapes": [
    {"bytes": 4096, "segments": 1, "direction": "in", "header": "blk", "weight": 70.5},
    {"bytes": 1514,
     "segments": 1,
     "direction": "out", "header": "net", "weight": 3}
  ],
  "order": [0, 1, 0]
}
"""


@pytest.mark.parametrize(
    ("length", "offset", "segments"),
    [(512, 0, 1), (4096, 0, 1), (4097, 0, 2), (65536, 0, 16), (65536, 512, 17), (4096, 8191, 2)],
)
def test_a_request_takes_a_segment_a_page(length: int, offset: int, segments: int) -> None:
    """Starting at its offset in a page or, as memory usually does, at a page."""
    record = Record(length, None, IN, offset=offset)
    assert models.model("offset").segments(record) == ((segments, 1),)
    assert models.model("pages").segments(record) == ((-(-length // 4096), 1),)
    assert models.model("offset").segments(Record(65536, None, IN)) == ((16, 1),)


@pytest.mark.parametrize(
    ("length", "segments"), [(60, 1), (1514, 1), (1515, 2), (66 + 4096, 2), (66 + 65536, 17)]
)
def test_packets_have_a_linear_part_and_pages_behind_it(length: int, segments: int) -> None:
    """Up to an Ethernet frame, it is linear; a larger one has only its headers there."""
    assert models.pages(Record(length, None, OUT, "net")) == segments


def test_merge_joins_borders_with_its_probability() -> None:
    """None with 0, all with 1, the given share in between; the same each time."""
    record = Record(65536, None, IN)
    assert models.Merge(0).segments(record) == ((16, 1),)
    assert models.Merge(1).segments(record) == ((1, 1),)
    many = [models.model("merge:0.25") for _ in range(2)]
    drawn = [[one.segments(record)[0][0] for _ in range(4000)] for one in many]
    assert drawn[0] == drawn[1]
    assert sum(drawn[0]) / 4000 == pytest.approx(1 + 15 * 0.75, abs=0.1)
    assert many[0].name == "merge 0.25"


def test_merge_of_a_histogram_draws_all_its_requests() -> None:
    """Of a packet, too: its headers stay a part of their own."""
    found = dict(models.Merge(0.5).segments(Record(65602, 17, OUT, "net", times=10**12)))
    assert sum(found.values()) == 10**12
    assert min(found) == 2
    mean = sum(n * count for n, count in found.items()) / 10**12
    assert mean == pytest.approx(2 + 15 * 0.5, abs=0.001)


def test_measured_is_what_the_format_says() -> None:
    """Otherwise pages is used, unless measured was requested; the name says which."""
    said, unsaid = Record(8192, 1, IN), Record(8192, None, IN)
    either = models.model("")
    assert either.segments(said) == ((1, 1),)
    assert either.name == "measured"
    assert either.segments(unsaid) == ((2, 1),)
    assert either.name == "measured and pages"
    with pytest.raises(TraceError, match="--segments measured"):
        models.model("measured").segments(unsaid)


@pytest.mark.parametrize("asked", ["page", "merge", "merge:", "merge:1.5", "merge:-1", "merge:nan"])
def test_there_is_no_other_model(asked: str) -> None:
    """The line lists the models."""
    with pytest.raises(
        TraceError, match=f"--segments {asked}: give measured, pages, offset or merge:P"
    ):
        models.model(asked)


def test_the_block_layer_fills_requests_up_to_the_limit() -> None:
    """128 segments, less in a small ring; the rest is a request of its own."""
    assert Limits().parts("blk", 128 * 4096, 128) == ((128 * 4096, 128, 1),)
    assert Limits().parts("blk", 300 * 4096, 300) == ((128 * 4096, 128, 2), (44 * 4096, 44, 1))
    assert Limits(ring=16).of("blk") == 14
    assert Limits(ring=16).of("net") == 15
    assert Limits().of("net") == 19


def test_gso_gives_each_part_headers_of_its_own() -> None:
    """64 KiB of payload each, 18 frags at most."""
    assert Limits().parts("net", 66 + 65536, 17) == ((66 + 65536, 17, 1),)
    assert Limits().parts("net", 66 + 131072, 33) == ((66 + 65536, 17, 1), (66 + 65536, 17, 1))
    assert Limits().parts("net", 66 + 36 * 100, 37) == ((66 + 1800, 19, 1), (66 + 1800, 19, 1))


@given(
    st.sampled_from(["blk", "net"]),
    st.integers(1, (1 << 32) - 1),
    st.integers(1, 1 << 20),
    st.sampled_from([4, 16, 128, 256]),
)
def test_parts_are_within_limits_and_lose_nothing(
    kind: str, length: int, segments: int, ring: int
) -> None:
    """However large a request is; what is computed does not grow with it."""
    segments = min(segments, length)
    limit = Limits(ring)
    parts = limit.parts(kind, length, segments)
    assert len(parts) <= 2
    assert all(size >= 1 and times >= 1 for size, _, times in parts)
    assert all(1 <= number <= limit.of(kind) for _, number, _ in parts)
    if kind == "blk":
        assert sum(size * times for size, _, times in parts) == length
        assert sum(number * times for _, number, times in parts) == segments
    elif len(parts) > 1:
        headers = net.GSO_LINEAR_BYTES
        assert sum((size - headers) * times for size, _, times in parts) == length - headers
        assert all(size <= headers + limits.GSO_MAX_SIZE for size, _, _ in parts)


def counted(*found: Record, ring: int = 256) -> Tally:
    """A tally of records."""
    one = Tally(models.model(""), Limits(ring))
    for record in found:
        one.add(record, ordered=True)
    return one


def test_requests_beyond_a_limit_are_counted_as_what_they_are_cut_in() -> None:
    """Their number is known, too."""
    one = counted(*[Record(300 * 4096, None, OUT)] * 5, Record(512, None, IN))
    assert (one.cut, one.parts, one.total) == (5, 15, 16)
    assert one.counts == {
        Key("blk", OUT, 128 * 4096, 128): 10,
        Key("blk", OUT, 44 * 4096, 44): 5,
        Key("blk", IN, 512, 1): 1,
    }
    assert [key.segments for key in one.order] == [128, 128, 44] * 5 + [1]


def test_a_model_is_held_to_what_a_format_says() -> None:
    """The number of requests for which it is right, of those with known segments."""
    one = Tally(models.model("pages"), Limits())
    for record in (Record(8192, 2, IN), Record(8192, 1, IN, times=3), Record(8192, None, IN)):
        one.add(record, ordered=True)
        one.add(record, ordered=True)
    assert (one.known, one.right) == (8, 2)


def test_order_is_of_the_first_requests_alone() -> None:
    """4,096 of each kind; a histogram has none."""
    one = counted(*[Record(512, None, IN), Record(1024, None, OUT)] * 4000)
    assert [key.length for key in one.order] == [512, 1024] * 2048
    one.add(Record(60, None, OUT, "net"), ordered=True)
    assert len(one.order) == 4097  # a card's are kept in addition to a disk's
    one.add(Record(512, 1, IN, times=10**15), ordered=False)
    assert one.total == 10**15 + 8001
    assert len(one.order) == 4097


def test_more_shapes_than_drivers_make_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they fill the memory."""
    monkeypatch.setattr(tally, "DISTINCT_MAX", 100)
    with pytest.raises(TraceError, match="more than 100 different requests"):
        counted(*[Record(512 + n, None, IN) for n in range(101)])
    with pytest.raises(TraceError, match="or 9007199254740991 in all"):
        counted(*[Record(512, 1, IN, times=1 << 52)] * 2)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40), st.floats(0.01, 1))
def test_the_fewest_shapes_hold_what_is_asked(weights: list[int], keep: float) -> None:
    """One fewer would not, and the rest is reported."""
    counts = Counter({Key("blk", IN, 512 * n, 1): w for n, w in enumerate(weights, 1)})
    found = condensed(counts, keep)
    held = [times for _, times in found.kept]
    assert sum(held) >= keep * sum(weights) > sum(held[:-1])
    assert held == sorted(weights, reverse=True)[: len(held)]
    assert sum(held) + found.weight == sum(weights)
    assert len(held) + found.shapes == len(weights)


def test_sizes_are_put_together_under_the_commonest() -> None:
    """If segments, direction and header are equal; of two equally common, the smaller."""
    keys = [Key("net", OUT, size, 1) for size in (60, 64, 1514)]
    other = Key("net", IN, 60, 1)
    found = together(Counter({keys[0]: 5, keys[1]: 9, keys[2]: 9, other: 1}))
    assert {found[key] for key in keys} == {keys[1]}
    assert found[other] == other


def test_a_person_can_write_a_shape_file() -> None:
    """What only captures provide has defaults."""
    found = parse(HAND_WRITTEN.encode(), "mine")
    assert found.shapes[1] == FileShape(1514, 1, "out", "net", 3)
    assert found.shapes[0].weight == 70.5
    assert (found.model, found.weights, found.order) == ("stated", "stated", (0, 1, 0))
    assert [shape.name for shape in found.shapes] == ["blk-in-4096x1", "net-out-1514x1"]


def test_a_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """And it never overwrites another."""
    path = tmp_path / "x.shapes.json"
    file = parse(HAND_WRITTEN.encode(), "mine")
    records.save(file, path)
    found, digest = records.load(path)
    assert found == file
    assert len(digest) == 64
    assert [len(line) < 100 for line in path.read_text().splitlines()]
    with pytest.raises(FileExistsError):
        records.save(file, path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"segments": 1,\n', '"segments": "1",\n', 7, "shapes[1].segments: expected"),
        ('"segments": 1,\n', '"segments": 0,\n', 7, "shapes[1].segments: expected `int` >= 1"),
        ('"segments": 1,\n', '"segments": 129,\n', 7, "shapes[1].segments: expected `int` <= 128"),
        ('"segments": 1,\n', '"segments": 20,\n', 7, "shapes[1].segments: a packet has 19 at most"),
        ('"bytes": 4096', '"bytes": -4096', 5, "shapes[0].bytes"),
        ('"bytes": 4096', '"bytes": 1e400', 5, ""),
        ('"bytes": 4096, ', "", 5, "shapes[0]: object missing required field `bytes`"),
        ('"bytes": 4096', '"byte": 1, "bytes": 4096', 5, "shapes[0]: object contains unknown"),
        ('"in"', '"inn"', 5, "shapes[0].direction: invalid enum value"),
        ('"header": "net"', '"header": null', 8, "shapes[1].header"),
        ("70.5", "0", 5, "shapes[0].weight"),
        ("70.5", "NaN", 5, "no JSON"),
        ("70.5", "1e300", 5, "shapes[0].weight"),
        ('"name": "mine"', '"name": "=cmd()"', 3, "name: expected `str` matching regex"),
        ('"schema_version": 1', '"schema_version": 2', 2, "schema_version"),
        ("[0, 1, 0]", "[0, 2, 0]", 10, "order[1]: there is no shape 2"),
        ("[0, 1, 0]", "[0,\n\n-1]", 12, "order[1]"),
        ("[0, 1, 0]", "[0, 1, 0", 11, "no JSON"),
        (
            "[0, 1, 0]",
            '[0], "weights": "counted"',
            5,
            "shapes[0].weight: counted weights are whole",
        ),
        ('"bytes": 1514', '"bytes": 1, "segments": 2, "x', 6, ""),
        ('4096, "segments": 1', '4096, "segments": 8', 1, None),
        ('"bytes": 4096', '"bytes": 1', 1, None),
        (
            '"bytes": 4096, "segments": 1',
            '"bytes": 1, "segments": 2',
            5,
            "more segments than bytes",
        ),
        (HAND_WRITTEN, "", 1, "no JSON"),
        (HAND_WRITTEN, "[" * 100_000, 1, "the whole: expected `object`"),
        (HAND_WRITTEN, '{"shapes": ' + "[" * 100_000, 1, ""),
        (HAND_WRITTEN, "\0", 1, "no JSON"),
        (HAND_WRITTEN, "[]", 1, "the whole: expected `object`, got `array`"),
    ],
)
def test_a_broken_file_names_line_and_key(old: str, new: str, line: int, says: str | None) -> None:
    """In one line, with the document that describes the format."""
    assert old in HAND_WRITTEN
    data = HAND_WRITTEN.replace(old, new, 1).encode()
    if says is None:
        assert parse(data, "mine").name == "mine"
        return
    with pytest.raises(ShapeError) as told:
        parse(data, "mine")
    text = str(told.value)
    assert text.startswith(f"mine, line {line}: ")
    assert says in text
    assert "\n" not in text
    assert len(text) < 400
    assert text.endswith("docs/your-requests.md says what belongs there")


def test_a_shape_stands_once() -> None:
    """Two equal ones would be one cell."""
    twice = HAND_WRITTEN.replace(
        '"bytes": 1514,\n     "segments": 1,', '"bytes": 4096, "segments": 1,'
    )
    twice = twice.replace('"out", "header": "net"', '"in", "header": "blk"')
    with pytest.raises(ShapeError, match=r"line 6: shapes\[1\]: is shape 0 again"):
        parse(twice.encode(), "mine")


def test_a_large_file_is_no_shape_file(tmp_path: Path) -> None:
    """It is not even read to the end."""
    path = tmp_path / "x.shapes.json"
    path.write_bytes(b" " * (records.FILE_MAX + 1))
    with pytest.raises(ShapeError, match="larger than 16 MiB"):
        records.load(path)


def test_what_the_page_shows_can_be_written() -> None:
    """Its example is a shape file; its keys and rules are the actual ones."""
    page = (ROOT / "docs" / "your-requests.md").read_text()
    block = page[page.index('    {\n      "schema_version"') :].split("\n\n", 1)[0]
    found = parse(block.encode(), "the page")
    assert [one.name for one in found.shapes] == ["blk-in-4096x1", "blk-out-65536x16"]
    for key in (*ShapeFile.__struct_fields__, *FileShape.__struct_fields__):
        assert f"`{key}`" in page or f'"{key}"' in page
    for rule in (models.MEASURED, models.PAGES, models.OFFSET, f"{models.MERGE}:P"):
        assert f"| `{rule}` |" in page


def test_the_published_schema_is_the_one_that_files_are_held_to() -> None:
    """As written by: python -c 'from workloads.shapes import records as r; print(r.schema())'."""
    published = (ROOT / "docs" / "shapes.schema.json").read_text()
    assert published == records.schema()
    found = json.loads(published)
    assert set(found["$defs"]["ShapeFile"]["properties"]) == set(ShapeFile.__struct_fields__)
    assert found["$defs"]["FileShape"]["additionalProperties"] is False
