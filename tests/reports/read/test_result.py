"""Reading a result file, and refusing other files."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pyperf
import pytest

from bench import experiments
from reports.read import facts, grammar, series
from reports.read.result import Result
from reports.read.result import load as read
from reports.read.text import ResultError
from strategies import braced, every
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A small, complete result."""
    return read(synthetic.write(tmp_path_factory.mktemp("result") / "small.json"))


def test_every_value_is_a_row(small: Result) -> None:
    """Shapes, phases, series, processes and rounds multiply."""
    assert len(small.values) == 8 * 3 * 5 * 8 * 7
    assert small.processes == 8


def test_columns_hold_what_was_written(small: Result) -> None:
    """A row knows its cell, its series and its place in the run."""
    row = small.values.iloc[7].to_dict()  # the first value of the second process
    assert row["workload"] == "blk"
    assert row["shape"] == "4k-read"
    assert row["phase"] == "map"
    assert row["role"] == "baseline"
    assert (row["process"], row["round"]) == (1, 0)
    assert 2e-9 < row["seconds"] < 1e-8
    assert row["axes"] == ""
    assert len(row["code_hash"]) == 16


def test_sweep_points_are_numbers(small: Result) -> None:
    """A point of a sweep has its size; other shapes have none."""
    swept = small.values.drop_duplicates("shape").set_index("shape")["swept"]
    assert swept["seg-128"] == 128
    assert swept.isna()["64k-read"]


def test_shapes_keep_the_order_of_the_file(small: Result) -> None:
    """Tables follow the order of measuring, not of the alphabet."""
    assert list(small.values["shape"].unique())[:3] == ["4k-read", "64k-read", "seg-1"]


def test_gzip_reads_the_same(small: Result, tmp_path: Path) -> None:
    """A zipped result is the same result, whatever its suffix."""
    path = synthetic.write(tmp_path / "small.json.gz")
    assert read(path).values.equals(small.values)
    renamed = path.rename(tmp_path / "small.json")
    assert read(renamed).values.equals(small.values)


def test_metadata_lists_what_differs(small: Result) -> None:
    """A key has all its values: one if all processes agree."""
    assert small.metadata["commit"] == ("0123abcd",)
    assert len(small.metadata["process"]) == 8


def test_labels_say_only_what_tells_apart(tmp_path: Path) -> None:
    """The form is named if it is not the plain one, the backend if there are several."""
    layouts = (
        Layout("flat", 1, "baseline"),
        Layout("ring", 1.1, form="branch"),
        Layout("flat", 1, "baseline", backend="gcc"),
    )
    one = read(synthetic.write(tmp_path / "a.json", Truth(layouts=layouts[:2])))
    assert list(one.values["label"].unique()) == ["flat", "ring[branch]"]
    two = read(synthetic.write(tmp_path / "b.json", Truth(layouts=layouts)))
    assert list(two.values["label"].unique()) == ["flat@numba", "ring[branch]@numba", "flat@gcc"]


def test_axes_come_from_the_name(tmp_path: Path) -> None:
    """What an experiment varies is part of the cell."""
    truth = Truth(axes="chunk=16,turn=100", shapes=synthetic.SHAPES[:1])
    found = read(synthetic.write(tmp_path / "a.json", truth))
    assert set(found.values["axes"]) == {"chunk=16,turn=100"}


def _changed(change: dict[str, Any]) -> Truth:
    return Truth(metadata={**synthetic.METADATA, **change}, shapes=synthetic.SHAPES[:1])


def _text(truth: Truth | None = None) -> str:
    return json.dumps(synthetic.suite(truth)._as_json())


def _plain_pyperf() -> str:
    run = pyperf.Run([1.0], metadata={"name": "loop"}, collect_metadata=False)
    return json.dumps(pyperf.BenchmarkSuite([pyperf.Benchmark([run])])._as_json())


def _with_run(**change: Any) -> str:
    """A suite with one run changed."""
    data = json.loads(_text(_changed({})))
    run = data["benchmarks"][0]["runs"][1]
    run["metadata"].update(change.pop("metadata", {}))
    run.update(change)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"layout  ns\nflat 3\n", "not JSON"),
        (b"\x80\x81\x82", "not a text file"),
        (b"[1, 2]", "not a pyperf suite"),
        (b"{}", "not a pyperf suite"),
        (b'{"version": "1.0", "benchmarks": 3}', "not a pyperf suite"),
        (b'{"version": "1.0", "benchmarks": []}', "not a pyperf suite"),
        (b"[" * 100_000, "not JSON|not a pyperf suite"),
        (_plain_pyperf().encode(), "not of this suite"),
        (_text().encode()[:-1000], "truncated or damaged after"),
        (gzip.compress(_text().encode())[:-1000], "truncated or damaged gzip"),
        (gzip.compress(_text().encode())[:-8] + b"12345678", "truncated or damaged gzip"),
        (_text(_changed({"schema_version": 2})).encode(), "schema version 2, .* up to 1"),
        (_text(_changed({"schema_version": "one"})).encode(), "schema version one"),
        (_with_run(values=[1.0, float("inf")]).encode(), "not a finite time"),
        (_with_run(values=[1.0, 1e300]).encode(), "not a finite time"),
        (_with_run(values=[1.0, 1e-300]).encode(), "not a finite time"),
        (_with_run(values=[1.0, float("nan")]).encode(), "not a pyperf suite"),
        (_with_run(metadata={"process": 0}).encode(), "has a process twice"),
        (_with_run(metadata={"process": "x"}).encode(), "without the number of its process"),
    ],
)
def test_refusal_is_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    """A file that is not a result is refused in one line with its name and a remedy."""
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(ResultError, match=complaint) as refusal:
        read(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert ";" in message
    assert "\n" not in message


def test_missing_file_and_directory_are_refused(tmp_path: Path) -> None:
    """A path that cannot be read says so."""
    with pytest.raises(ResultError, match="no such file"):
        read(tmp_path / "absent.json")
    with pytest.raises(ResultError, match="directory"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("truth", "complaint"),
    [
        (Truth(layouts=(Layout("flat", 1, "hero"),)), "role hero"),
        (Truth(shapes=(Shape("blk", "empty", 0),)), "no number of descriptors"),
    ],
)
def test_broken_format_names_the_benchmark(tmp_path: Path, truth: Truth, complaint: str) -> None:
    """A benchmark that breaks the format is named, with a pointer to the format."""
    path = synthetic.write(tmp_path / "odd.json", truth)
    with pytest.raises(ResultError, match=f"blk/.*{complaint}.*docs/format.md"):
        read(path)


@pytest.mark.parametrize(
    "name",
    [
        *("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "", " ring", "ring ", ".ring"),
        *("bell\a", "right\u202eleft", "a\nb", "<b>", "a/b", "rïng", "x" * 73, "NaN", "null", "NA"),
    ],
)
def test_only_names_are_taken(tmp_path: Path, name: str) -> None:
    """Names that a spreadsheet, a shell or a table reader would interpret are refused."""
    path = synthetic.write(tmp_path / "odd.json", Truth(shapes=synthetic.SHAPES[:1]))
    data = json.loads(path.read_text())
    for one in data["benchmarks"]:
        if one["metadata"]["strategy"] == "sg_ring":
            one["metadata"]["strategy"] = name
            one["metadata"]["name"] = one["metadata"]["name"].replace("sg_ring", name)
    path.write_text(json.dumps(data))
    with pytest.raises(ResultError, match=r"name.*; see docs/format.md$") as refusal:
        read(path)
    assert not re.search("[\x00-\x1f\u202e]", str(refusal.value))


def test_a_benchmark_is_called_what_it_is(tmp_path: Path) -> None:
    """Its name is made of its metadata, so that no two names mean the same."""
    path = synthetic.write(tmp_path / "odd.json", Truth(shapes=synthetic.SHAPES[:1]))
    path.write_text(path.read_text().replace("/map/sg_ring@", "/map/other@"))
    with pytest.raises(ResultError, match="other@numba is blk/4k-read/map/sg_ring@numba by its"):
        read(path)


@pytest.mark.parametrize("axes", ["a", "a=", "=1", "a=1,a=2", "a=<b>", "a=1,", "-a=1", "a=b=c"])
def test_only_axes_are_taken(tmp_path: Path, axes: str) -> None:
    """An axis has a name and a value, once."""
    with pytest.raises(ResultError, match=r"docs/format\.md"):
        read(synthetic.write(tmp_path / "odd.json", Truth(axes=axes)))


@pytest.mark.parametrize("key", sorted(series.NUMBERS))
@pytest.mark.parametrize("value", ["<script>", True, float("nan")])
def test_numbers_are_numbers(tmp_path: Path, key: str, value: object) -> None:
    """Metadata that the format calls numbers are numbers in every run; a text is refused by key."""
    text = _with_run(metadata={key: value})
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(ResultError, match=f"has no number as {key}; see docs/format.md"):
        read(path)


def test_what_the_suite_measures_follows_the_grammar() -> None:
    """Every existing workload, shape, layout, form and axis can be read again."""
    for strategy in every():
        assert grammar.is_name(strategy.name), strategy
        assert grammar.is_name(strategy.form), strategy
    points = [(one.name, point) for one in experiments.load().values() for point in one.points()]
    assert len(points) > 100
    for name, point in points:
        assert all(map(grammar.is_name, (name, point.workload, point.shape.name, point.phase)))
        assert grammar.is_axes(braced(point.axes).strip("{}")), point


@pytest.mark.parametrize(
    ("known", "called"),
    [
        ({}, "Example CPU 3000"),
        ({"processor_kind": "amd-25-17"}, "Example CPU 3000 (amd-25-17)"),
        ({"processor_kind": "amd-25-17", "machine": "the lab's"}, "the lab's"),
    ],
)
def test_machines_of_one_name_differ_by_kind(
    known: dict[str, str], called: str, tmp_path: Path
) -> None:
    """By its kind, where the file knows it, unless its publisher named it."""
    metadata = {**synthetic.METADATA, **known}
    result = read(synthetic.write(tmp_path / "r.json", Truth(metadata=metadata)))
    assert facts.machine(result).startswith(f"{called}, 2 logical CPUs")
