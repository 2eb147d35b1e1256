"""Instruction counts: exact, of the timed bytes, and clear words where they cannot be had."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyperf
import pytest

from bench.asked import UsageError
from bench.counts import Count, check_valgrind, count, values_of
from bench.experiments.pieces import QUICK_SIZES
from bench.kit import Kit
from bench.plan import QUICK, Plan
from bench.run import compiled

ROOT = Path(__file__).parent.parent
needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is missing")
PLAN = Plan(
    ("console", "net"), ("flat_array", "floor_walk", "noop"), ("numba",), ("map", "add"), QUICK, 1
)


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile two small workloads, once for all counts of them."""
    return compiled(PLAN)


def counted(kit: Kit) -> list[Count]:
    """Count every turn of a kit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.counts.compiled", lambda _: kit)
        return count(PLAN)


@pytest.fixture(scope="module")
def counts(kit: Kit) -> list[Count]:
    """Count two small workloads."""
    return counted(kit)


def per_request(counts: list[Count], shape: str, phase: str, strategy: str) -> float:
    """Return one count."""
    (found,) = (c for c in counts if (c.shape, c.phase, c.strategy) == (shape, phase, strategy))
    return found.instructions


@needs_valgrind
def test_an_experiments_cells_are_counted_apart() -> None:
    """Its axes stand in each count; what is no turn of one phase is left out."""
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
    """A request executes a whole number of instructions; a stream's mean is a fraction of few."""
    lone = [c for c in counts if c.shape != "tx-gso"]
    assert lone
    assert all(c.instructions == int(c.instructions) > 0 for c in lone)


@needs_valgrind
def test_a_descriptor_costs_its_walk(counts: list[Count]) -> None:
    """Ten frags more are ten rounds of the walk that facts counted: 19 or 20 instructions each."""
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
    """Where pages and code lie changes times, never what is executed; nor does the machine."""
    assert counted(replace(kit, seed=kit.seed + 1)) == counts


def test_counting_needs_valgrind(tmp_path: Path) -> None:
    """Without it, one line says what to install."""
    with pytest.raises(UsageError, match="install valgrind"):
        check_valgrind(str(tmp_path))


def test_what_is_counted_for_a_result_is_what_it_timed() -> None:
    """Compiling, which a result has as a series of its own, is of no backend and no experiment."""
    steady = pyperf.Run([1.0], metadata={"name": "a", "backend": "gcc"}, collect_metadata=False)
    made = {"name": "compile/a", "kind": "compile"}
    compiling = pyperf.Run([1.0], metadata=made, collect_metadata=False)
    suite = pyperf.BenchmarkSuite([pyperf.Benchmark([run]) for run in (steady, compiling)])
    assert values_of(suite, "backend") == ["gcc"]
    with pytest.raises(UsageError, match="a benchmark without experiment"):
        values_of(suite, "experiment")


def test_counting_beside_what_is_no_result_is_refused() -> None:
    """A file that no run has written is named, with status 2."""
    ended = subprocess.run(
        [sys.executable, "-m", "bench.counts", "README.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        "bench: README.md is no result: name a file that a run has written"
        if shutil.which("valgrind")
        else "bench: no valgrind on PATH, so nothing can be counted: install valgrind"
    )
