"""Exports, read by the tool itself if it is a Python package, otherwise by its grammar."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from reports import __main__ as cli
from reports import exports
from reports.exports import Export
from reports.frames.tables import tabulate
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic
from tests.fake.synthetic import Truth

# https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md
NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?"
RESULT = re.compile(rf"(Benchmark[A-Z]\S*) ([1-9][0-9]*)((?: {NUMBER} \S+)+)")
CONFIGURATION = re.compile(r"[^\sA-Z:]+: \S.*")
UNIT = re.compile(r"Unit \S+ better=(?:higher|lower) assume=(?:exact|nothing)")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """A small result of two compilers, with axes, and a series missing in one cell."""
    truth = Truth(
        layouts=synthetic.TWO_COMPILERS,
        shapes=synthetic.SHAPES[:2],
        axes="chunk=16,ring=256",
        missing=frozenset({("64k-read", "ring")}),
        metadata={**synthetic.METADATA, "hostname": "ex/ample", "date": "2026-01-02 03:04:05.6"},
    )
    return _found(tmp_path_factory.mktemp("exports"), truth)


def _found(directory: Path, truth: Truth) -> Export:
    result = load(synthetic.write(directory / "r.json", truth))
    return Export(result, tabulate(result))


def test_every_format_is_found_by_its_file() -> None:
    """A format is one file of the package."""
    assert exports.names() == ["asv", "bencher", "benchfmt", "github_action"]


def test_names_are_those_of_the_file(found: Export) -> None:
    """A benchmark has the same name as in the result file."""
    data = json.loads(found.result.path.read_text())
    names = {one["metadata"]["name"] for one in data["benchmarks"]}
    assert {exports.benchmark(row) for row in found.rows.to_dict("records")} == names


def test_bencher_is_of_its_schema(found: Export, tmp_path: Path) -> None:
    """https://bencher.dev/bmf.json: measures by benchmark, each a value and perhaps two bounds."""
    data = json.loads(exports.write("bencher", found, tmp_path).read_text())
    assert len(data) == len(found.rows)
    for name, measures in data.items():
        assert 0 < len(name) <= 1024
        for measure, metric in measures.items():
            assert 0 < len(measure) <= 64
            assert {"value"} <= metric.keys() <= {"value", "lower_value", "upper_value"}
            assert all(isinstance(value, float) for value in metric.values())
            assert metric["lower_value"] <= metric["value"] <= metric["upper_value"]
    ring = data["blk/4k-read/add/ring[called]@gcc{chunk=16,ring=256}"]
    assert ring["ratio-to-baseline"]["value"] == pytest.approx(1.6 / 1.25, rel=0.01)
    baseline = data["blk/4k-read/add/flat@gcc{chunk=16,ring=256}"]
    assert baseline.keys() == {"latency"}
    assert baseline["latency"]["value"] == pytest.approx(12.5, rel=0.1)


def test_github_action_has_what_its_readme_asks(found: Export, tmp_path: Path) -> None:
    """A list of names, units and values; range and extra are texts."""
    data = json.loads(exports.write("github_action", found, tmp_path).read_text())
    types = {"name": str, "unit": str, "value": float, "range": str, "extra": str}
    for entry in data:
        assert entry.keys() == types.keys()
        assert all(isinstance(entry[key], kind) for key, kind in types.items())
    names = [entry["name"] for entry in data]
    assert len(set(names)) == len(names)
    ratios = [entry for entry in data if entry["name"].endswith(" ratio")]
    assert len(ratios) == found.rows["ratio"].notna().sum()
    assert {entry["unit"] for entry in ratios} == {"times flat@numba", "times flat@gcc"}


def test_benchfmt_is_of_its_grammar(found: Export, tmp_path: Path) -> None:
    """Every line is one of the three kinds, and no sub-name repeats a key."""
    text = exports.write("benchfmt", found, tmp_path).read_text()
    results = []
    for line in text.splitlines():
        match = RESULT.fullmatch(line)
        assert match or CONFIGURATION.fullmatch(line) or UNIT.fullmatch(line), line
        if match:
            results.append(match)
    assert len(results) == len(found.processes)
    for match in results:
        keys = [part.partition("=")[0] for part in match[1].split("/")[1:]]
        assert keys == ["shape", "phase", "strategy", "form", "chunk", "ring", "backend"]
        assert not re.search(r"-[0-9]+$", match[1])
        assert match[3].split()[1::2] in (["ns/op"], ["ns/op", "ratio"])


def test_benchfmt_has_a_line_a_process(found: Export, tmp_path: Path) -> None:
    """Benchstat takes medians over processes."""
    text = exports.write("benchfmt", found, tmp_path).read_text()
    lines = [line for line in text.splitlines() if "/phase=add/strategy=chain/form=select/" in line]
    assert len(lines) == 2 * 8
    ratios = [float(line.split()[4]) for line in lines]
    np.testing.assert_allclose(ratios, 1.4, rtol=0.02)


def test_asv_reads_its_folder(found: Export, tmp_path: Path) -> None:
    """Asv finds machine, commit, benchmarks and parameters, and shows every cell."""
    from asv.benchmarks import Benchmarks
    from asv.config import Config
    from asv.machine import Machine, iter_machine_files
    from asv.results import format_benchmark_result, iter_results
    from asv.util import load_json

    folder = exports.write("asv", found, tmp_path)
    config = Config()
    config.results_dir = str(folder)
    benchmarks = Benchmarks.load(config)
    (results,) = iter_results(str(folder))
    (file,) = iter_machine_files(str(folder))
    machine = load_json(file, Machine.api_version)
    assert machine.keys() == {name for name, _ in Machine.fields}
    assert (machine["machine"], machine["cpu"]) == ("ex-ample", "Example CPU 3000")
    assert results.commit_hash == "0123abcd"
    assert results.date == 1767323045600
    assert set(benchmarks) == {"blk.map", "blk.add", "blk.cycle"}
    add = benchmarks["blk.add"]
    assert results.benchmark_version["blk.add"] == add["version"]
    values = results.get_result_value("blk.add", add["params"])
    stats = results.get_result_stats("blk.add", add["params"])
    assert values[0] == pytest.approx(10e-9, rel=0.1)
    assert stats[0]["ci_99_a"] < values[0] < stats[0]["ci_99_b"]
    assert stats[0]["repeat"] == 8
    assert sum(value is None for value in values) == 4  # ring is missing in one of two cells
    _, shown = format_benchmark_result(results, add)
    assert "chain[select]@numba" in shown


def _run(directory: Path, **change: object) -> Export:
    metadata = {**synthetic.METADATA, "date": "2026-01-02 03:04:05", "hostname": "h"}
    shapes = change.pop("shapes", synthetic.SHAPES[:1])
    directory.mkdir()
    return _found(directory, Truth(shapes=shapes, metadata=metadata | change))  # type: ignore[arg-type]


def test_asv_keeps_what_is_there(tmp_path: Path) -> None:
    """Another run of the same commit is refused, the same one is written again."""
    place = exports.write("asv", _run(tmp_path / "a"), tmp_path) / "h" / "0123abcd-py3.11.7.json"
    before = place.read_bytes()
    exports.write("asv", _run(tmp_path / "b"), tmp_path)
    assert place.read_bytes() == before
    later = _run(tmp_path / "c", date="2026-01-03 03:04:05")
    with pytest.raises(ResultError, match=r"another run of the same commit, .* with -o"):
        exports.write("asv", later, tmp_path)
    assert place.read_bytes() == before


def test_asv_shows_the_results_of_two_commits(tmp_path: Path) -> None:
    """Series that a later result lacks stay known, with the values of the earlier one."""
    from asv.benchmarks import Benchmarks
    from asv.config import Config
    from asv.results import iter_results

    exports.write("asv", _run(tmp_path / "a", shapes=synthetic.SHAPES), tmp_path)
    fewer = _run(tmp_path / "b", shapes=synthetic.SHAPES[1:2], commit="4567ef01")
    folder = exports.write("asv", fewer, tmp_path)
    config = Config()
    config.results_dir = str(folder)
    known = Benchmarks.load(config)
    assert {"blk.add", "net.add"} <= set(known)
    add = known["blk.add"]
    for results in iter_results(str(folder)):
        assert results.benchmark_version["blk.add"] == add["version"]
        values = results.get_result_value("blk.add", add["params"])
        assert sum(value is not None for value in values) == (
            25 if results.commit_hash == "0123abcd" else 5
        )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"commit": "4567ef01", "placement": "fixed"}, "measured differently"),
        ({"commit": "4567ef01", "cpu_model_name": "Other CPU"}, "of another machine"),
        ({"commit": "4567ef01-dirty"}, "with changes on top of 4567ef01"),
    ],
)
def test_asv_is_not_given_what_it_would_mix_up(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    """A different method, another machine of the same name, or a dirty commit."""
    exports.write("asv", _run(tmp_path / "a"), tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "asv").rglob("*.json")}
    with pytest.raises(ResultError, match=complaint):
        exports.write("asv", _run(tmp_path / "b", **change), tmp_path)
    assert before == {path: path.read_bytes() for path in (tmp_path / "asv").rglob("*.json")}


@pytest.mark.parametrize("text", ["{", "[]", '{"blk.add": {"version": 1}}', "[" * 100_000])
def test_asv_folder_of_others_is_left_alone(tmp_path: Path, text: str) -> None:
    """A file that asv did not write is named and left as it is."""
    (tmp_path / "asv").mkdir()
    (tmp_path / "asv" / "benchmarks.json").write_text(text)
    with pytest.raises(ResultError, match=r"benchmarks\.json: not written by asv"):
        exports.write("asv", _run(tmp_path / "a"), tmp_path)
    assert (tmp_path / "asv" / "benchmarks.json").read_text() == text


@pytest.mark.parametrize(("offset", "hours"), [("+0200", 2), ("-0530", -5.5), ("", 0)])
def test_asv_has_the_time_in_utc(tmp_path: Path, offset: str, hours: float) -> None:
    """Pyperf writes local time; the file gives its distance from UTC."""
    zone = {"utc_offset": offset} if offset else {}
    folder = exports.write("asv", _run(tmp_path / "a", **zone), tmp_path)
    data = json.loads((folder / "h" / "0123abcd-py3.11.7.json").read_text())
    assert data["date"] == 1767323045000 - hours * 3_600_000


def test_without_intervals_there_are_no_bounds(tmp_path: Path) -> None:
    """Five processes have one value each and no bounds."""
    found = _found(tmp_path, Truth(processes=5, shapes=synthetic.SHAPES[:1]))
    data = json.loads(exports.write("bencher", found, tmp_path).read_text())
    assert {tuple(metric) for one in data.values() for metric in one.values()} == {("value",)}
    entries = json.loads(exports.write("github_action", found, tmp_path).read_text())
    assert not any("range" in entry for entry in entries)
    (results,) = (exports.write("asv", found, tmp_path) / "unknown").glob("0123*.json")
    data = json.loads(results.read_text())
    row = dict(zip(data["result_columns"], data["results"]["blk.add"], strict=True))
    assert set(row["stats_ci_99_a"]) == {None}


def test_hostile_texts_break_no_format(tmp_path: Path) -> None:
    """Line ends, quotes, slashes and markup in free texts stay within their field."""
    metadata = {
        **synthetic.METADATA,
        "cpu_model_name": "<b>NEWLINEBenchmarkY 1 1 ns/op",
        "hostname": "../../up",
        "heat": math.nan,
        "date": "no date",
    }
    truth = Truth(shapes=synthetic.SHAPES[:1], metadata=metadata)
    path = synthetic.write(tmp_path / "r.json", truth)
    path.write_text(path.read_text().replace("NEWLINE", "\\n"))  # pyperf does not write one
    found = Export(load(path), tabulate(load(path)))
    for name in exports.names():
        exports.write(name, found, tmp_path / "out")
    text = (tmp_path / "out" / "benchfmt.txt").read_text()
    matches = [RESULT.fullmatch(line) for line in text.splitlines()]
    assert sum(match is not None for match in matches) == 5 * 3 * 8
    assert not [line for line in text.splitlines() if line.startswith("BenchmarkY")]
    assert len(json.loads((tmp_path / "out" / "bencher.json").read_text())) == 5 * 3
    written = {path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.json")}
    assert {path.parts[1] for path in written if len(path.parts) == 3} == {"up"}


@pytest.mark.usefixtures("undrawn")
def test_option_writes_next_to_the_page(tmp_path: Path) -> None:
    """``--export`` can be repeated; an unknown name is refused with a list of the known ones."""
    path = synthetic.write(tmp_path / "r.json", Truth(shapes=synthetic.SHAPES[:1]))
    words = [str(path), "-o", str(tmp_path / "out"), "--export"]
    done = CliRunner().invoke(cli.app, [*words, "bencher", "--export", "benchfmt"])
    assert done.exit_code == 0, done.output
    there = {path.name for path in (tmp_path / "out" / "exports").iterdir()}
    assert there == {"bencher.json", "benchfmt.txt"}
    refused = CliRunner().invoke(cli.app, [*words, "csv"])
    assert refused.exit_code == 2
    assert "--export csv: no such format; name asv or bencher or benchfmt" in refused.stderr
