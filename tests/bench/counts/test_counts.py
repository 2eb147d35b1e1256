"""Instruction counts: exact, of the timed bytes, with a clear message if impossible."""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pyperf
import pytest

from bench.counts.__main__ import Count, check_valgrind, count
from bench.counts.timed import KEYS
from bench.experiments.pieces import QUICK_SIZES
from bench.kit import Kit
from bench.options import UsageError
from bench.paths import ROOT
from bench.plan import QUICK, Plan
from bench.run import compiled

needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is missing")
PLAN = Plan(
    ("console", "net"), ("flat_array", "floor_walk", "noop"), ("numba",), ("map", "add"), QUICK, 1
)


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile two small workloads once for all counts."""
    return compiled(PLAN)


def counted(kit: Kit) -> list[Count]:
    """Count every turn of a kit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.counts.__main__.compiled", lambda _: kit)
        return count(PLAN)


@pytest.fixture(scope="module")
def counts(kit: Kit) -> list[Count]:
    """Count two small workloads."""
    return counted(kit)


def per_request(counts: list[Count], shape: str, phase: str, strategy: str) -> float:
    """One count."""
    (found,) = (c for c in counts if (c.shape, c.phase, c.strategy) == (shape, phase, strategy))
    return found.instructions


@needs_valgrind
def test_an_experiments_cells_are_counted_apart() -> None:
    """Each count has its axes; turns that are not of one phase are left out."""
    plan = replace(
        PLAN,
        workloads=("blk",),
        strategies=("flat_array", "noop"),
        experiments=("pieces", "backpressure"),
    )
    found = [c for c in count(plan) if c.strategy == "flat_array" and c.form == "copy"]
    axes = {c.axes for c in found}
    assert axes == {f"piece={size}" for size in QUICK_SIZES}
    copied = {c.axes: c.instructions for c in found if (c.shape, c.phase) == ("cap-read", "map")}
    assert copied["piece=4"] > copied["piece=128"], "more pieces are more headers to read"


@needs_valgrind
def test_counts_of_whole_streams_are_whole(counts: list[Count]) -> None:
    """A request executes a whole number of instructions; a stream's mean may be a fraction."""
    lone = [c for c in counts if c.shape != "tx-gso"]
    assert lone
    assert all(c.instructions == int(c.instructions) > 0 for c in lone)


@needs_valgrind
def test_a_descriptor_costs_its_walk(counts: list[Count]) -> None:
    """Ten more frags are ten more steps of the walk as counted by facts: 19 or 20 instructions."""
    more = per_request(counts, "frags-18", "add", "flat_array")
    less = per_request(counts, "frags-8", "add", "flat_array")
    assert more - less == 10 * round((more - less) / 10)
    assert (more - less) / 10 in {19, 20}


@needs_valgrind
def test_the_null_strategy_costs_what_it_is_made_of(counts: list[Count]) -> None:
    """Three instructions: count, zero, return."""
    assert per_request(counts, "rx", "add", "noop") == 3


@needs_valgrind
def test_two_runs_agree_to_the_instruction(kit: Kit, counts: list[Count]) -> None:
    """Placement of pages and code changes times, never what is executed; nor does the machine."""
    assert counted(replace(kit, seed=kit.seed + 1)) == counts


def test_counting_needs_valgrind(tmp_path: Path) -> None:
    """Without it, one line says what to install."""
    with pytest.raises(UsageError, match="install valgrind"):
        check_valgrind(str(tmp_path))


def result(path: Path, counts: list[Count], **change: object) -> Path:
    """Write a result with the code of these counts, and with what is never counted."""
    about = [
        {key: getattr(one, key) for key in (*KEYS, "name") if key != "experiment"}
        | {"experiment": "core" if not one.shape.startswith("frags") else "segments"}
        | {"length": "quick", "commit": "0123abcd4567ef"}
        for one in counts
    ]
    about[0] |= change
    cycle = about[-1] | {"phase": "cycle", "name": "blk/x/cycle/flat_array@numba"}
    control = about[-1] | {"role": "control", "name": "blk/x/add/flat_array[again]@numba"}
    compiling = {"name": "compile/a", "kind": "compile"}
    suite = [
        pyperf.Benchmark([pyperf.Run([1.0], metadata=one, collect_metadata=False)])
        for one in (*about, cycle, control, compiling)
    ]
    pyperf.BenchmarkSuite(suite).dump(str(path))
    return path


def counting(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    command = [sys.executable, "-m", "bench.counts", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@needs_valgrind
def test_what_is_counted_for_a_result_is_what_it_timed(counts: list[Count], tmp_path: Path) -> None:
    """Only its cells, layouts and compilers; then a table and the path of the file."""
    timed = [one for one in counts if one.workload == "console" and one.strategy == "flat_array"]
    assert len(timed) == 4
    ended = counting(result(tmp_path / "r.json.gz", timed))
    assert ended.returncode == 0, ended.stderr
    data = json.loads((tmp_path / "r.counts.json").read_text())
    assert data["counts"] == [asdict(one) for one in timed]
    *lines, path = ended.stdout.splitlines()
    assert path == str(tmp_path / "r.counts.json")
    assert lines[0].split() == ["instructions", "per", "request", "flat_array@numba"]
    told = dict(line.split() for line in lines[1:])
    assert told == {one.cell: f"{one.instructions:.1f}" for one in timed}
    assert ended.stderr == ""


@needs_valgrind
def test_other_code_than_was_timed_is_not_counted(counts: list[Count], tmp_path: Path) -> None:
    """Otherwise the count of one kernel would be next to the time of another."""
    timed = [one for one in counts if one.workload == "console" and one.strategy == "flat_array"]
    ended = counting(result(tmp_path / "r.json", timed, code_hash="0" * 16))
    assert ended.returncode == 0, ended.stderr
    assert f"warning: 1 of 4 are not counted, {timed[0].name} first" in ended.stderr
    assert "the checkout that measured (0123abcd4567) and its compilers" in ended.stderr
    assert len(json.loads((tmp_path / "r.counts.json").read_text())["counts"]) == 3
    ended = counting(result(tmp_path / "s.json", timed[:1], code_hash="0" * 16))
    assert ended.returncode == 2
    assert "this checkout makes none of its code" in ended.stderr
    assert not (tmp_path / "s.counts.json").exists()


@needs_valgrind
def test_a_result_says_itself_what_to_count(counts: list[Count], tmp_path: Path) -> None:
    """Options for something else are refused, and so is a file with nothing to count."""
    path = result(tmp_path / "r.json", counts[:2])
    ended = counting(path, "--backend", "gcc")
    assert ended.returncode == 2
    assert "determines what is counted" in ended.stderr
    (tmp_path / "no").mkdir()
    ended = counting(result(tmp_path / "no" / "r.json", counts[:1], phase="cycle"))
    assert ended.returncode == 2
    assert "timed neither map nor add" in ended.stderr
    ended = counting(result(tmp_path / "no" / "s.json", counts[:1], strategy="gone"))
    assert ended.returncode == 2
    assert "there is no strategy gone" in ended.stderr


def test_counting_beside_what_is_no_result_is_refused() -> None:
    """A file that is not from a run is named, with status 2."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench.counts", "README.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        "bench: README.md is not a result: name a file that a run has written"
        if shutil.which("valgrind")
        else "bench: no valgrind on PATH, so nothing can be counted: install valgrind"
    )
