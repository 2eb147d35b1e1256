"""Publishing a result, and the archive of what is published."""

import gzip
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyperf
import pytest
import typer
from typer.testing import CliRunner

from bench import experiments
from reports import archive, changes, publish, report, site
from reports.archive import Headline, Summary
from reports.pairing import per_process, rounds
from reports.reading import ResultError
from reports.result import load
from reports.tables import tabulate
from tests import synthetic
from tests.synthetic import Truth

ROOT = Path(__file__).parent.parent
DATED = {**synthetic.METADATA, "date": "2026-01-02 03:04:05.678", "length": "quick"}
TRUTH = Truth(
    shapes=synthetic.SHAPES[:2], phases=("add",), rounds=24, positions=(1.0,) * 4, metadata=DATED
)
APP = typer.Typer()
APP.command()(site.main)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result of 24 rounds a process."""
    return synthetic.write(tmp_path_factory.mktemp("archive") / "run.json.gz", TRUTH)


def summary(number: int, **change: object) -> Summary:
    """Return the summary of one run of many."""
    known = Summary(
        result=f"run-{number:03}.json.gz",
        sha256="0" * 64,
        date=f"2026-01-{1 + number // 24:02} {number % 24:02}:00:00",
        machine="CPU A",
        commit="0123abcd",
        length="default",
        processes=8,
        versions={"gcc_version": "12"},
        answers=["ring takes longer"],
        headlines=[Headline("blk, ring@numba", 1.1, 1.09, 1.11)],
    )
    return replace(known, **change)  # type: ignore[arg-type]


def kept(directory: Path, *summaries: Summary) -> Path:
    """Write summaries into a folder and return it."""
    directory.mkdir(exist_ok=True)
    for one in summaries:
        archive.write(one, archive.beside(directory / one.result))
    return directory


def test_small_result_is_published_whole(result: Path, tmp_path: Path) -> None:
    """Every value stays, pyperf reads it, and the summary has the file's hash."""
    path = publish.publish(result, tmp_path)
    found = archive.read(path)
    published = tmp_path / found.result
    assert found.sha256 == hashlib.sha256(published.read_bytes()).hexdigest()
    assert load(published).values.equals(load(result).values)  # noqa: PD011
    assert len(pyperf.BenchmarkSuite.load(str(published))) == 10
    assert (found.machine, found.length, found.processes) == ("Example CPU 3000", "quick", 8)
    assert found.date == "2026-01-02 03:04:05"
    assert not load(published).condensed


def test_large_result_is_condensed(result: Path, tmp_path: Path) -> None:
    """Ratios, times, intervals and what placement does are as in the whole file."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / archive.read(path).result
    assert published.stat().st_size <= 2 * result.stat().st_size // 3
    before, after = load(result), load(published)
    assert after.condensed
    assert not before.condensed
    assert after.metadata["condensed"] == ("each process to one value, of 24 to 24 rounds",)
    assert after.metadata["condensed_from"] == (hashlib.sha256(result.read_bytes()).hexdigest(),)
    whole, kept = tabulate(before), tabulate(after)
    for name in ("ratios", "times", "lines", "placement", "above_floor", "process_medians"):
        pd.testing.assert_frame_equal(
            getattr(kept, name), getattr(whole, name), rtol=1e-5, atol=1e-5
        )
    assert len(kept.least_settled) == 0
    assert after.doubts == before.doubts
    pd.testing.assert_frame_equal(after.firsts, before.firsts, rtol=0.01)
    with gzip.open(published, "rt") as file:
        assert len(pyperf.BenchmarkSuite.loads(file.read())) == 10


def test_what_is_condensed_is_not_condensed_again(result: Path, tmp_path: Path) -> None:
    """Its rounds are gone: what placement does could not be told a second time."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / archive.read(path).result
    with pytest.raises(ResultError, match="condensed already"):
        publish.publish(published, tmp_path / "again", 1000)
    publish.publish(published, tmp_path / "again")
    once, again = load(published), load(tmp_path / "again" / published.name)
    pd.testing.assert_frame_equal(once.values, again.values)


def test_what_is_published_says_nothing_of_where_it_was_made(result: Path, tmp_path: Path) -> None:
    """No paths of somebody's home, in no run and nowhere above."""
    data = json.loads(gzip.decompress(result.read_bytes()))
    places = {"python_executable": "/home/me/python", "python_config_args": "--prefix=/home/me"}
    data["metadata"] |= places
    data["benchmarks"][0]["runs"][0]["metadata"] |= places
    made = tmp_path / "made.json.gz"
    made.write_bytes(gzip.compress(json.dumps(data).encode()))
    path = publish.publish(made, tmp_path / "published")
    text = gzip.decompress((path.parent / archive.read(path).result).read_bytes())
    assert b"/home/me" not in text
    assert b'"positions"' in text


def test_what_cannot_be_summarised_leaves_nothing(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the next try would say that it is there already."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(OSError, match="No space"):
        publish.publish(result, tmp_path / "published")
    assert not list((tmp_path / "published").iterdir())


def test_page_of_a_condensed_result_says_so(result: Path, tmp_path: Path) -> None:
    """It has every table and all figures but that of single rounds."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = load(tmp_path / archive.read(path).result)
    index = report.write(published, tabulate(published), tmp_path / "page")
    assert "each process to one value, of 24 to 24 rounds" in index.read_text()
    assert (index.parent / "ratio-to-baseline.svg").exists()
    assert not (index.parent / "rounds.svg").exists()


def test_what_asks_of_single_rounds_is_not_condensed(tmp_path: Path) -> None:
    """An experiment about draws would have no answer left."""
    drawn = experiments.to_json([experiments.load()["placement"]])
    truth = replace(TRUTH, metadata={**DATED, "experiments": drawn})
    path = synthetic.write(tmp_path / "run.json.gz", truth)
    with pytest.raises(ResultError, match="experiment placement asks of single rounds; publish"):
        publish.publish(path, tmp_path / "archive", path.stat().st_size // 2)


@pytest.mark.parametrize("ratio", ["1", -1.0, 0.0, float("inf")])
def test_a_ratio_that_is_none_is_refused(result: Path, tmp_path: Path, ratio: object) -> None:
    """A condensed run's ratio is a positive number."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / archive.read(path).result
    data = json.loads(gzip.decompress(published.read_bytes()))
    data["benchmarks"][-1]["runs"][0]["metadata"]["ratio"] = ratio
    (tmp_path / "bad.json").write_text(json.dumps(data))
    with pytest.raises(ResultError, match="has no number as ratio"):
        load(tmp_path / "bad.json")


def test_what_does_not_fit_is_refused(result: Path, tmp_path: Path) -> None:
    """Below one value a process there is nothing left to take."""
    with pytest.raises(ResultError, match=r"above 1000 bytes with one value.*; publish a run"):
        publish.publish(result, tmp_path, 1000)
    assert not list(tmp_path.iterdir())


def test_publishing_twice_is_refused(result: Path, tmp_path: Path) -> None:
    """What is published stays as it was; the refusal is one line."""
    publish.publish(result, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "reports.publish", result, "-o", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "exists" in done.stderr
    assert done.stderr.count("\n") == 1


def test_headline_is_the_mean_over_shapes(result: Path) -> None:
    """Of each process the geometric mean, and over processes an interval that has the truth."""
    known = load(result)
    found = {one.name: one for one in archive.headlines(known, tabulate(known))}
    assert set(found) == {"blk, chained_scatterlist@numba", "blk, sg_ring@numba"}
    ring = found["blk, sg_ring@numba"]
    assert ring.centre == pytest.approx(1.3, rel=0.005)
    each = per_process(rounds(known.values)).query("strategy == 'sg_ring'")
    means = np.exp(np.log(each["ratio"]).groupby(each["process"]).mean())
    assert ring.low is not None
    assert ring.high is not None
    assert means.min() <= ring.low <= ring.centre <= ring.high <= means.max()


def test_index_is_newest_first_by_machine(tmp_path: Path) -> None:
    """The machine of the newest run comes first, and in it the newest run."""
    runs = [summary(at, machine=f"CPU {'AB'[at % 2]}") for at in range(6)]
    index = site.build(kept(tmp_path / "in", *runs), tmp_path / "out").read_text()
    places = [index.index(f">run-{at:03}<") for at in (5, 3, 1, 4, 2, 0)]
    assert places == sorted(places)
    assert index.index(">CPU B<") < index.index(">CPU A<")
    assert (tmp_path / "out" / "runs" / "run-004.html").is_file()


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    """A page is left alone while its summary is as it was, and goes with it."""
    folder = kept(tmp_path / "in", *(summary(at) for at in range(3)))
    out = tmp_path / "out"
    site.build(folder, out)
    pages = [out / "runs" / f"run-{at:03}.html" for at in range(4)]
    for path in pages[:3]:
        path.write_text("as it was")
    kept(folder, summary(1, processes=99), summary(3))
    (folder / "run-002.summary.json").unlink()
    index = site.build(folder, out)
    assert pages[0].read_text() == "as it was"
    assert "99" in pages[1].read_text()
    assert not pages[2].exists()
    assert pages[3].exists()
    assert "run-002" not in index.read_text()


def test_reports_are_made_of_what_was_summarised(result: Path, tmp_path: Path) -> None:
    """The whole report stands beside a run whose result is there; another file is refused."""
    folder, out = tmp_path / "in", tmp_path / "out"
    publish.publish(result, folder)
    site.build(folder, out)
    assert "whole report" not in (out / "runs" / "run.html").read_text()
    site.build(folder, out, reports=True)
    assert "whole report" in (out / "runs" / "run.html").read_text()
    whole = out / "reports" / "run" / "index.html"
    whole.write_text("as it was")
    site.build(folder, out, reports=True)
    assert whole.read_text() == "as it was"
    (out / "reports" / "run" / "sha256").unlink()
    (folder / "run.json.gz").write_bytes(b"other")
    with pytest.raises(ResultError, match=r"not the file that was summarised; publish it again"):
        site.build(folder, out, reports=True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "version 2"),
        ({"answers": 3}, "no summary"),
        ({"machine": ["a"]}, "no summary"),
        ({"processes": "many"}, "no summary"),
        ({"headlines": [{"name": "a", "centre": float("nan"), "low": 1, "high": 1}]}, "no summary"),
        ({"headlines": [{"name": "a", "centre": 1e999, "low": 1, "high": 1}]}, "no summary"),
        ({"headlines": [{"name": "a", "centre": None, "low": 1, "high": 1}]}, "no summary"),
        ({"result": "other.json.gz"}, "another file"),
        ({"result": "../run-000.json.gz"}, "another file"),
    ],
)
def test_broken_summary_is_refused(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    """A summary that is none stops the build with a line that names the file."""
    folder = kept(tmp_path / "in", summary(0))
    path = folder / "run-000.summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    done = CliRunner().invoke(APP, [str(folder), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{path}: ")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_hostile_summaries_come_out_as_text(tmp_path: Path) -> None:
    """Markup, line ends and a megabyte of text in every field are shown, shortened."""
    evil = summary(
        0,
        machine=f"{EVIL}\n\x1b[2J",
        commit="x" * 1_000_000,
        versions={EVIL: EVIL},
        answers=[EVIL],
        headlines=[Headline(EVIL, 1.1, None, None)],
    )
    out = tmp_path / "out"
    index = site.build(kept(tmp_path / "in", evil), out)
    for path in (index, out / "runs" / "run-000.html"):
        text = path.read_text()
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "\x1b" not in text
        assert len(text) < 100_000


def test_empty_archive_says_how_to_begin(tmp_path: Path) -> None:
    """A folder without summaries is refused with the remedy."""
    with pytest.raises(ResultError, match=r"no summaries; .*reports\.publish"):
        site.build(tmp_path, tmp_path / "out")


def test_change_points_are_the_true_ones() -> None:
    """A step of two noises is found where it is, and none in noise alone."""
    pytest.importorskip("ruptures", reason="has no version for this Python")
    draw = np.random.default_rng(1)
    level = np.repeat([1.1, 1.12, 1.05], [20, 15, 25])
    assert list(changes.changes(level * draw.lognormal(0, 0.004, 60))) == [20, 35]
    quiet = [changes.changes(draw.lognormal(0, 0.004, 60)) for _ in range(50)]
    assert sum(map(bool, quiet)) <= 5
    assert list(changes.changes([1.1] * 20)) == []
    assert list(changes.changes(level[18:24])) == []


def test_change_points_stand_in_the_index(tmp_path: Path) -> None:
    """A level that moved is told with its day and both values."""
    pytest.importorskip("ruptures", reason="has no version for this Python")
    levels = [1.1] * 12 + [1.2] * 12
    runs = [
        summary(at, headlines=[Headline("blk, ring@numba", level + at % 3 / 1000, 1.0, 1.3)])
        for at, level in enumerate(levels)
    ]
    (trend,) = site.trends(runs)
    assert trend.says == "2026-01-01 1.101 to 1.201"
    assert len(trend.marks) == 1
    assert trend.points.count(",") == 24
    index = site.build(kept(tmp_path / "in", *runs), tmp_path / "out").read_text()
    assert "2026-01-01 1.101 to 1.201" in index


def test_without_ruptures_the_column_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where change points cannot be found, nothing pretends that there are none."""
    monkeypatch.setattr(changes, "available", lambda: False)
    (trend,) = site.trends([summary(at) for at in range(20)])
    assert trend.says.startswith("not looked for: ruptures is not installed")
    assert trend.marks == ()
