"""Publishing a result: in full, or condensed to one value per process."""

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

from bench import experiments
from bench.paths import ROOT
from reports import publish
from reports.archive import summary
from reports.archive.suite import Chosen, Disclosure, described_once
from reports.frames.tables import tabulate
from reports.page import report
from reports.read import facts
from reports.read.result import load
from reports.read.text import ResultError
from reports.rounds.processes import per_process, rounds
from tests.fake import synthetic
from tests.fake.synthetic import DATED


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of 24 rounds per process."""
    return synthetic.write(tmp_path_factory.mktemp("publish") / "run.json.gz", DATED)


def test_small_result_is_published_whole(result: Path, tmp_path: Path) -> None:
    """Every value stays, pyperf reads it, and the summary has the file's hash."""
    path = publish.publish(result, tmp_path)
    found = summary.read(path)
    published = tmp_path / found.result
    assert found.sha256 == hashlib.sha256(published.read_bytes()).hexdigest()
    assert load(published).values.equals(load(result).values)  # noqa: PD011
    assert len(pyperf.BenchmarkSuite.load(str(published))) == 10
    assert (found.machine, found.length, found.processes) == ("Example CPU 3000", "quick", 8)
    assert found.date == "2026-01-02 03:04:05"
    assert not load(published).condensed


def test_large_result_is_condensed(result: Path, tmp_path: Path) -> None:
    """Ratios, times, intervals and the effect of placement are as in the whole file."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / summary.read(path).result
    assert published.stat().st_size <= 2 * result.stat().st_size // 3
    before, after = load(result), load(published)
    assert after.condensed
    assert not before.condensed
    assert after.metadata["condensed"] == ("each process to one value, of 24 rounds",)
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
    """Its rounds are gone: the effect of placement could not be computed again."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / summary.read(path).result
    with pytest.raises(ResultError, match="already condensed"):
        publish.publish(published, tmp_path / "again", 1000)
    publish.publish(published, tmp_path / "again")
    once, again = load(published), load(tmp_path / "again" / published.name)
    pd.testing.assert_frame_equal(once.values, again.values)


def test_what_is_published_says_nothing_of_where_it_was_made(result: Path, tmp_path: Path) -> None:
    """No home directory, no host and no other program appears in any run or above it."""
    data = json.loads(gzip.decompress(result.read_bytes()))
    places = {
        "python_executable": "/home/me/python",
        "python_config_args": "--prefix=/home/me",
        "python_cflags": "-I/home/me",
        "hostname": "my-laptop",
        "condition_other_load": "doubtful, others took 9 %; end them; the busiest is /home/me;",
    }
    data["metadata"] |= places
    data["benchmarks"][0]["runs"][0]["metadata"] |= places
    made = tmp_path / "made.json.gz"
    made.write_bytes(gzip.compress(json.dumps(data).encode()))
    path = publish.publish(made, tmp_path / "published")
    text = gzip.decompress((path.parent / summary.read(path).result).read_bytes())
    assert b"/home/me" not in text
    assert b"my-laptop" not in text
    assert b"others took 9 %; end them" in text
    assert b'"positions"' in text
    path = publish.publish(made, tmp_path / "more", disclosure=Disclosure("Board 2", hostname=True))
    text = gzip.decompress((path.parent / summary.read(path).result).read_bytes())
    assert b"/home/me" not in text
    assert b"my-laptop" in text
    assert summary.read(path).machine == "Board 2"


def test_processors_of_one_name_are_two_machines(tmp_path: Path) -> None:
    """A cloud gives two generations one name; their trends are apart by kind."""
    machines = set()
    for kind in ("amd-25-17", "amd-26-2"):
        about = {**DATED.metadata, facts.KIND: kind}
        path = synthetic.write(tmp_path / f"{kind}.json.gz", replace(DATED, metadata=about))
        machines.add(summary.read(publish.publish(path, tmp_path / "out")).machine)
    assert machines == {"Example CPU 3000 (amd-25-17)", "Example CPU 3000 (amd-26-2)"}


def test_what_a_machine_is_called_must_be_known(tmp_path: Path) -> None:
    """Two boards that do not name their processor would share one machine and one trend."""
    about = {key: text for key, text in DATED.metadata.items() if key != "cpu_model_name"}
    path = synthetic.write(tmp_path / "run.json.gz", replace(DATED, metadata=about))
    with pytest.raises(ResultError, match=r"does not name its processor; add --machine NAME"):
        publish.publish(path, tmp_path / "out")
    with pytest.raises(ResultError, match=r"--machine =1: begin with a letter"):
        publish.publish(path, tmp_path / "out", disclosure=Disclosure("=1"))
    assert not (tmp_path / "out").exists()
    summaries = []
    for name in ("Board 1", "Board 2"):
        path = path.rename(path.with_name(f"{name[-1]}.json.gz"))
        summaries.append(publish.publish(path, tmp_path / "out", disclosure=Disclosure(name)))
    assert set(summary.machines(list(map(summary.read, summaries)))) == {"Board 1", "Board 2"}
    assert facts.machine(load(tmp_path / "out" / "2.json.gz")).startswith("Board 2, ")


@pytest.mark.parametrize("name", ["..x", ".x", "-x", "a b", "a#b", "a%2fb", "ü", "x" * 201])
def test_what_is_published_has_a_name_that_addresses_can_hold(
    result: Path, tmp_path: Path, name: str
) -> None:
    """A name that the archive would refuse is refused before anything is written."""
    path = tmp_path / f"{name}.json.gz"
    path.write_bytes(result.read_bytes())
    with pytest.raises(ResultError, match="a published name becomes part of addresses; rename it"):
        publish.publish(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_states_of_rounds_stay_in_every_run(result: Path) -> None:
    """Data about each value is kept in every run, not only in the first."""
    data = json.loads(gzip.decompress(result.read_bytes()))
    for one in data["benchmarks"]:
        for run in one["runs"]:
            run["metadata"]["states"] = "0" * len(run["values"])
    once = described_once(data, Disclosure())
    assert all("states" in run["metadata"] for one in once["benchmarks"] for run in one["runs"])


def test_what_cannot_be_summarised_leaves_nothing(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the next attempt would find the result already there."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "write", full)
    with pytest.raises(OSError, match="No space"):
        publish.publish(result, tmp_path / "published")
    assert not list((tmp_path / "published").iterdir())


@pytest.mark.usefixtures("undrawn")
def test_page_of_a_condensed_result_says_so(result: Path, tmp_path: Path) -> None:
    """It has every table and all figures but the one of single rounds."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = load(tmp_path / summary.read(path).result)
    index = report.write(published, tabulate(published), tmp_path / "page")
    assert "each process to one value, of 24 rounds" in index.read_text()
    assert (index.parent / "ratio-to-baseline.svg").exists()
    assert not (index.parent / "rounds.svg").exists()


def test_what_asks_of_single_rounds_is_not_condensed(tmp_path: Path) -> None:
    """An experiment about draws would have no answer left."""
    drawn = experiments.to_json([experiments.load()["placement"]])
    truth = replace(DATED, metadata={**DATED.metadata, "experiments": drawn})
    path = synthetic.write(tmp_path / "run.json.gz", truth)
    with pytest.raises(ResultError, match="experiment placement needs single rounds; publish"):
        publish.publish(path, tmp_path / "archive", path.stat().st_size // 2)


def test_an_experiment_may_be_published_apart(tmp_path: Path) -> None:
    """What asks of single rounds goes whole into a file of its own, and all else is condensed."""
    known = experiments.load()
    described = experiments.to_json([known["core"], known["placement"]])
    shapes = [replace(shape, experiment="core") for shape in DATED.shapes]
    drawn = replace(shapes[0], axes="placement=drawn", experiment="placement")
    about = {**DATED.metadata, "experiments": described}
    truth = replace(DATED, shapes=(*shapes, drawn), metadata=about)
    path = synthetic.write(tmp_path / "run.json.gz", truth)
    size, rest = path.stat().st_size, Chosen(without=("placement",))
    found = publish.publish(path, tmp_path / "rest", size // 2, chosen=rest)
    result = load(found.parent / "run.json.gz")
    assert result.condensed
    assert set(result.benchmarks["experiment"]) == {"core"}
    alone = publish.publish(path, tmp_path / "alone", size, chosen=Chosen(("placement",)))
    result = load(alone.parent / "run.json.gz")
    assert not result.condensed
    assert set(result.benchmarks["experiment"]) == {"placement"}
    with pytest.raises(ResultError, match="has no experiment mix, but core, placement"):
        publish.publish(path, tmp_path, chosen=Chosen(("mix",)))


@pytest.mark.parametrize("ratio", ["1", -1.0, 0.0, float("inf")])
def test_a_ratio_that_is_none_is_refused(result: Path, tmp_path: Path, ratio: object) -> None:
    """A condensed run's ratio must be a positive number."""
    path = publish.publish(result, tmp_path, 2 * result.stat().st_size // 3)
    published = tmp_path / summary.read(path).result
    data = json.loads(gzip.decompress(published.read_bytes()))
    data["benchmarks"][-1]["runs"][0]["metadata"]["ratio"] = ratio
    (tmp_path / "bad.json").write_text(json.dumps(data))
    with pytest.raises(ResultError, match="has no number as ratio"):
        load(tmp_path / "bad.json")


def test_what_does_not_fit_is_refused(result: Path, tmp_path: Path) -> None:
    """With one value per process there is nothing left to drop."""
    with pytest.raises(ResultError, match=r"above 1000 bytes with one value.*; publish a run"):
        publish.publish(result, tmp_path, 1000)
    assert not list(tmp_path.iterdir())


def test_publishing_twice_is_refused(result: Path, tmp_path: Path) -> None:
    """A published result never changes; the refusal is one line."""
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
    """The geometric mean per process, and over processes an interval that holds the truth."""
    known = load(result)
    found = {one.name: one for one in summary.headlines(known, tabulate(known))}
    assert set(found) == {"blk, chained_scatterlist@numba", "blk, sg_ring@numba"}
    ring = found["blk, sg_ring@numba"]
    assert ring.centre == pytest.approx(1.3, rel=0.005)
    each = per_process(rounds(known.values)).query("strategy == 'sg_ring'")
    means = np.exp(np.log(each["ratio"]).groupby(each["process"]).mean())
    assert ring.low is not None
    assert ring.high is not None
    assert means.min() <= ring.low <= ring.centre <= ring.high <= means.max()
