"""A worker's rounds: complete, checked, and with wrong kernels named."""

import mmap
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import kit as kits
from bench import messages
from bench.compile.approval import Approval
from bench.compile.build import build
from bench.compile.variants import variants_of
from bench.kit import Kit
from bench.messages import Options, Order, ProcessRecord, Task
from bench.paths import ROOT
from bench.plan import Selection
from bench.worker import __main__ as worker
from bench.worker.__main__ import age_s, peak_bytes
from bench.worker.rounds import TURNS, CellResults, Measurement
from bench.worker.stage import Stage
from strategies import load
from strategies.compile.kept import FRESH
from tests.fake import engine

ONE_BLOCK_S = 0.0


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile every strategy for the console workload."""
    names = [strategy.name for strategy in load()]
    phases = ["map", "add", "cycle"]
    return build(
        Selection(
            experiments=("core",),
            workloads=("console",),
            strategies=tuple(names),
            backends=("numba",),
            phases=tuple(phases),
            quick=True,
            seed=1,
        )
    )


def measured(kit: Kit) -> list[CellResults]:
    """Take one block of rounds: each cell at each code position."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, 100_000, mmap.mmap(-1, 16))
    work.measure(range(len(kit.cells)), ONE_BLOCK_S)
    return list(work.cells.values())


def swapped(kit: Kit, kernel: str, other: str) -> Kit:
    """The kit with one kernel's code replaced by another's."""
    return replace(kit, codes={**kit.codes, kernel: kit.codes[other]})


def test_a_kit_survives_its_file(kit: Kit, tmp_path: Path) -> None:
    """A worker loads exactly what the compiling process saved."""
    kits.save(kit, tmp_path / "kit.json")
    assert kits.load(tmp_path / "kit.json") == kit


def test_every_cell_has_a_round_at_each_code_position(kit: Kit) -> None:
    """One block gives four rounds of every cell, a value for each variant and turn, all sound."""
    for series in measured(kit):
        assert not series.failed
        assert len(series.rounds) == 4
        assert {turns.shape for turns in series.rounds} == {(len(kit.variants), TURNS)}
    for cell, series in zip(kit.cells, measured(kit), strict=True):
        active = [n for n, variant in enumerate(kit.variants) if cell.phase in variant.phases]
        for turns in series.rounds:
            assert (turns[active] > 0).all()
            assert np.isnan(np.delete(turns, active, axis=0)).all()


def test_a_cell_whose_draws_are_the_question_has_more_of_them(kit: Kit) -> None:
    """Three rounds instead of one at each code position, in equal shares."""
    often = replace(kit, cells=tuple(replace(cell, often=3) for cell in kit.cells[:1]))
    (series,) = measured(often)
    assert len(series.rounds) == 12
    for column in zip(*series.positions, strict=True):
        assert sorted(column) == sorted("0123" * 3)


@pytest.mark.parametrize("phase", ["map", "add", "cycle"])
def test_a_kernel_that_adds_nothing_fails_by_name(kit: Kit, phase: str) -> None:
    """An add_buf that only counts is detected in every phase, without effect on others."""
    (candidate,) = (n for n, variant in enumerate(kit.variants) if variant.label == "sg_ring@numba")
    wrong = swapped(kit, "sg_ring@numba/add_buf", "noop@numba/add_buf")
    for cell, series in zip(wrong.cells, measured(wrong), strict=True):
        if cell.phase == phase:
            assert set(series.failed) == {candidate}
            assert len(series.rounds) == 3  # a round that failed is dropped for all


def test_rings_are_looked_at_in_the_first_round_of_a_block(kit: Kit) -> None:
    """A kernel that fails between blocks is detected in the next, not between checks."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, 100_000, mmap.mmap(-1, 16))
    work.measure([0], ONE_BLOCK_S)
    wrong = swapped(kit, "sg_ring@numba/add_buf", "noop@numba/add_buf")
    work.kit = stage.kit = wrong
    series, cell = work.cells[0], wrong.cells[0]
    positions = np.zeros(stage.texts(), np.int64)
    assert cell.phase == "map"  # in which nothing calls add_buf: only a look can tell
    work.round(series, cell, positions, check=False)
    assert not series.failed
    assert len(series.rounds) == 5
    work.round(series, cell, positions, check=True)
    assert [wrong.variants[n].label for n in series.failed] == ["sg_ring@numba"]
    assert len(series.rounds) == 5


def test_a_null_strategy_that_is_not_called_is_found_out(kit: Kit) -> None:
    """The null strategy is checked by its count of calls."""
    (null,) = (n for n, variant in enumerate(kit.variants) if variant.role == "null")
    wrong = swapped(kit, "noop@numba/add_buf", "noop@numba/kick")
    for cell, series in zip(wrong.cells, measured(wrong), strict=True):
        if cell.phase == "add":
            assert set(series.failed) == {null}


def test_the_oracle_refuses_a_wrong_kernel_before_it_is_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kernel whose ring is wrong is named with what the oracle saw."""
    monkeypatch.setenv(FRESH, "1")  # else there may be no seconds, as nothing was compiled
    from bench.compile import build as builder
    from strategies import Strategy
    from strategies.backends import backends

    good = {strategy.name: strategy for strategy in load()}
    wrong = Strategy("wrong", good["noop"].create, good["noop"].map, good["noop"].add_buf)
    chosen = (good["flat_array"], wrong)
    numba = backends()["numba"]
    codes, seconds = builder.compile_all(chosen, [numba])
    assert set(seconds) == {"flat_array@numba", "wrong@numba"}
    found = list(variants_of(chosen, numba, codes))
    kit = Kit(codes, tuple(variant for variant, _ in found), (), 1, {}, {}, {})
    plan = Selection(experiments=("core",), workloads=("console",), phases=("add",), quick=True)
    approval = Approval(kit)
    for cell, requests in builder.cells_of(plan, [strategy for _, strategy in found]):
        approval.of(cell, requests)
    assert set(approval.refused) == {
        "wrong@numba console/put_chars",
        "wrong@numba console/add_inbuf",
    }


def test_a_worker_starts_without_numba() -> None:
    """Workers do not import numba: they start in a fraction of a second and compile nothing."""
    code = "import sys, bench.worker; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_process_knows_its_age(tmp_path: Path) -> None:
    """Ticks since boot, after a name that may contain anything."""
    assert 0 < age_s() < time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = round((time.clock_gettime(time.CLOCK_BOOTTIME) - 5) * os.sysconf("SC_CLK_TCK"))
    stat = tmp_path / "stat"
    stat.write_text(f"7 (a ) b) R {' '.join(['0'] * 18)} {ticks} 0 0")
    assert age_s(stat) == pytest.approx(5, abs=1)


def test_a_process_takes_no_more_rounds_than_it_may(kit: Kit) -> None:
    """However much time there is: another process is worth more than further rounds."""
    draw = np.random.default_rng(7)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, 20_000, mmap.mmap(-1, 16))
    work.measure([0], 600.0, most=8)
    assert len(work.cells[0].rounds) == 8


def test_a_worker_writes_what_the_parent_reads(kit: Kit, tmp_path: Path) -> None:
    """The process writes values of 5 digits, its failures and pyperf's metadata, all at once."""
    kits.save(kit, tmp_path / "kit.json")
    out = tmp_path / "out.json"
    task = Task(3, 0, tuple(range(len(kit.cells))), 4)
    asked = messages.encode(Order(task, Options(), min(os.sched_getaffinity(0))))
    words = [str(tmp_path / "kit.json"), str(out), asked.decode()]
    subprocess.run([sys.executable, "-m", "bench.worker", *words], cwd=ROOT, check=True)
    found = messages.read(out, ProcessRecord)
    assert int(found.metadata["cpu_count"]) >= 1
    assert 0 < found.start_s < 3600
    assert 10e6 < found.peak_bytes < 1e9
    assert len(found.cells) == len(kit.cells)
    for cell_asked, cell in zip(kit.cells, found.cells.values(), strict=True):
        assert cell.failed == {}
        counts = [4 * (cell_asked.phase in variant.phases) for variant in kit.variants]
        assert [len(values) for values in cell.values] == counts
        assert [len(digits) for digits in cell.positions] == [4] * len(kit.variants)
        timed = [cell_asked.phase != "map" and count > 0 for count in counts]
        assert not any(cell.firsts[n] for n, one in enumerate(timed) if not one)
        assert all(0 < first < 1 for first in cell.firsts if first is not None)
        assert all(v == float(f"{v:.5g}") for values in cell.values for v in values)


def test_fixed_placement_is_drawn_once(kit: Kit) -> None:
    """With fixed placement all rounds of a cell have the same positions; drawn ones vary."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    for fixed, positions in ((1, 1), (None, 4)):
        work = Measurement(kit, stage, draw, 100_000, mmap.mmap(-1, 16), fixed)
        work.measure([0], ONE_BLOCK_S)
        digits = zip(*work.cells[0].positions, strict=True)
        assert {len(set(column)) for column in digits} == {positions}


def test_a_turn_is_as_long_as_asked(kit: Kit) -> None:
    """Ten times the length is ten times the requests, within what calibration can vary."""
    short, long = (max(calibrated(kit, ns) for _ in range(5)) for ns in (50_000, 500_000))
    assert 5 < long / short < 20


def calibrated(kit: Kit, turn_ns: int) -> int:
    """The requests of a turn; fewer if somebody else was at work meanwhile."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, turn_ns, mmap.mmap(-1, 16))
    work.measure([0], ONE_BLOCK_S)
    return work.cells[0].requests[0]


def test_a_system_that_does_not_tell_of_memory_is_no_fault(tmp_path: Path) -> None:
    """Measurements are worth more."""
    status = tmp_path / "status"
    for text, found in (("VmPeak:\t9 kB\nVmHWM:\t  7 kB\n", 7168), ("Name:\tx\n", 0)):
        status.write_text(text)
        assert peak_bytes(status) == found


def begun(process: int) -> tuple[list[int], float]:
    """Begin a process; return the CPUs it pinned itself to and the first number it draws."""
    pinned: list[int] = []
    draws: list[float] = []

    class Work(Measurement):
        def measure(self, cells: object, seconds: float, most: int | None = None) -> None:
            del cells, seconds, most
            draws.append(self.draw.random())

    asked = Order(Task(process, 0, (0,), 4), Options(), 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "Measurement", Work)
        patch.setattr(worker, "pin", pinned.append)
        patch.setattr(worker, "metadata", dict)
        for name in ("sample", "changed"):
            patch.setattr(worker, name, lambda *_words: [])
        worker.measured(engine.kit_of(), asked, mmap.mmap(-1, 16))
    return pinned, draws[0]


def test_a_process_stays_on_its_cpu() -> None:
    """The CPU of its task, before it touches memory."""
    assert begun(0)[0] == [7]


def test_every_process_draws_for_itself_and_always_the_same() -> None:
    """The process is the unit: two with the same draw would be one."""
    drawn = [begun(process)[1] for process in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_readings_are_reported_by_sentinel_and_end() -> None:
    """Two rounds, at the beginning of which sums took 1 and 5, the chain 2 and 6."""
    series = CellResults(np.zeros(0), [])
    series.watched = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])]
    read = {name: values.tolist() for name, values in worker.watched(series).items()}
    assert read == {
        "sums": [[1e-9, 5e-9], [3e-9, 7e-9]],
        "chain": [[2e-9, 6e-9], [4e-9, 8e-9]],
    }


def test_a_first_request_without_a_time_is_reported_as_none() -> None:
    """Nor is one as short as an empty turn; the others are in seconds."""
    work = engine.rounds_of(engine.kit_of())
    work.cells[0] = CellResults(np.array([30.0, np.nan, -2.0]), [1, 1, 1])
    assert worker.report(work, raw=False)[0].firsts == [3e-8, None, None]
