"""The archive of published results."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from reports import publish, site
from reports.archive import summary as archive
from reports.archive.summary import HeadlineRatio, Summary
from reports.read.text import ResultError
from tests.fake import synthetic

APP = typer.Typer()
APP.command()(site.main)
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of two shapes."""
    return synthetic.write(tmp_path_factory.mktemp("archive") / "run.json.gz", synthetic.DATED)


def summary(number: int, **change: object) -> Summary:
    """The summary of one run of many."""
    known = Summary(
        result=f"run-{number:03}.json.gz",
        sha256="0" * 64,
        date=f"2026-01-{1 + number // 24:02} {number % 24:02}:00:00",
        machine="CPU A",
        commit="0123abcd",
        length="default",
        processes=8,
        answers=["ring takes longer"],
        headlines=[HeadlineRatio("blk, ring@numba", 1.1, 1.09, 1.11)],
    )
    return replace(known, **change)  # type: ignore[arg-type]


def kept(directory: Path, *summaries: Summary) -> Path:
    """Write summaries into a folder and return it."""
    directory.mkdir(exist_ok=True)
    for one in summaries:
        archive.write(one, archive.summary_path(directory / one.result))
    return directory


def test_index_is_newest_first_by_machine(tmp_path: Path) -> None:
    """The machine of the newest run comes first, and in it the newest run."""
    runs = [summary(at, machine=f"CPU {'AB'[at % 2]}") for at in range(6)]
    index = site.build(kept(tmp_path / "in", *runs), tmp_path / "out").read_text()
    places = [index.index(f">run-{at:03}<") for at in (5, 3, 1, 4, 2, 0)]
    assert places == sorted(places)
    assert index.index(">CPU B<") < index.index(">CPU A<")
    assert "<a " not in index


def test_every_build_makes_the_whole_index(tmp_path: Path) -> None:
    """A changed summary changes its row, and a removed run leaves the index."""
    folder = kept(tmp_path / "in", *(summary(at) for at in range(3)))
    out = tmp_path / "out"
    site.build(folder, out)
    kept(folder, summary(1, processes=9999), summary(3))
    (folder / "run-002.summary.json").unlink()
    index = site.build(folder, out).read_text()
    assert "<td>9999</td>" in index
    assert "run-003" in index
    assert "run-002" not in index


def test_reports_are_made_of_what_was_summarised(result: Path, tmp_path: Path) -> None:
    """A run whose result is there is linked to its report; another file is refused."""
    folder, out = tmp_path / "in", tmp_path / "out"
    publish.publish(result, folder)
    link = 'href="reports/run/index.html"'
    assert link not in site.build(folder, out).read_text()
    assert link in site.build(folder, out, reports=True).read_text()
    assert (out / "reports" / "run" / "index.html").exists()
    (folder / "run.json.gz").write_bytes(b"other")
    with pytest.raises(ResultError, match=r"not the file that was summarised; publish it again"):
        site.build(folder, out, reports=True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "version 2"),
        ({"answers": 3}, "Expected `array`, got `int` - at `$.answers`"),
        ({"machine": ["a"]}, "not a summary"),
        ({"processes": "many"}, "not a summary"),
        (
            {"headlines": [{"name": "a", "centre": float("nan"), "low": 1, "high": 1}]},
            "not a summary",
        ),
        ({"headlines": [{"name": "a", "centre": 1e999, "low": 1, "high": 1}]}, "not a summary"),
        ({"headlines": [{"name": "a", "centre": None, "low": 1, "high": 1}]}, "not a summary"),
        ({"headlines": [{"name": "a", "centre": True, "low": 1, "high": 1}]}, "not a summary"),
        ({"headlines": [{"name": "a", "centre": 10**400, "low": 1, "high": 1}]}, "not a summary"),
        ({"processes": 1e999}, "not a summary"),
        ({"machine": "unknown"}, "names no machine; publish the result again with --machine NAME"),
        ({"result": "other.json.gz"}, "another file"),
        ({"result": "../run-000.json.gz"}, "another file"),
    ],
)
def test_broken_summary_is_refused(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    """A summary that is not one stops the build with a line that names the file."""
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
        answers=[EVIL],
        headlines=[HeadlineRatio(EVIL, 1.1, None, None)],
    )
    text = site.build(kept(tmp_path / "in", evil), tmp_path / "out").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text
    assert len(text) < 100_000


def test_empty_archive_says_how_to_begin(tmp_path: Path) -> None:
    """A folder without summaries is refused with the remedy."""
    with pytest.raises(ResultError, match=r"no summaries; .*reports\.publish"):
        site.build(tmp_path, tmp_path / "out")


def test_trend_goes_from_the_oldest_to_the_newest(tmp_path: Path) -> None:
    """One point per run; the latest ratio is given as text."""
    runs = [
        summary(at, headlines=[HeadlineRatio("blk, ring@numba", 1.1 + at / 10, 1.0, 1.5)])
        for at in (2, 0, 1)
    ]
    (trend,) = site.trends(runs)
    assert trend.latest == "1.3 [1.0, 1.5]"
    heights = [float(point.split(",")[1]) for point in trend.points.split()]
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == 3
    index = site.build(kept(tmp_path / "in", *runs), tmp_path / "out").read_text()
    assert trend.points in index
