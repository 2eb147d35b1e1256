"""Proof of the gate: runs where the truth is known, and what is made of them."""

import gzip
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.asked import UsageError
from bench.gate import approve
from bench.gate.cells import chosen
from bench.gate.design import Design
from bench.gate.joint import Place, join, slowed
from bench.gate.model import alarm, curve, processes
from bench.gate.run import harness
from bench.gate.sides import Pair, Variant
from bench.gate.studies import EDITS, STUDIES
from bench.kit import KERNELS, Kit
from bench.memory import ARENA_PAGES, PAGE, Arena, Executable
from bench.rounds import Rounds
from bench.stage import Stage
from reports.gate_power import report, share
from strategies import load, virtqueue
from strategies.code import Code
from strategies.codegen import machine_code

ROOT = Path(__file__).parent.parent
CELL = "console/put_chars/add"
FOREVER = Code(b"\xeb\xfe")  # jmp to itself


def run(study: str, values: float, verdict: str = "same", **slow: str) -> dict[str, Any]:
    """Return a run's record: two cells, twenty processes."""
    one = next(s for s in STUDIES if s.name == study)
    row = {"verdict": verdict, "processes": 20, "code_base": "1", "code_head": "2"}
    rows = [row | {"cell": "c", "variant": v, "values": [values] * 20} for v in ("a", "b")]
    rows[1]["verdict"] = "same"
    return {
        "study": {"name": one.name, "null": one.null, "edit": one.edit},
        "slowed": slow,
        "machine": {"processor": "p"},
        "commit": "c",
        "rows": rows,
    }


def test_every_edit_fits_this_checkout() -> None:
    """A patch that no longer applies would measure nothing."""
    edits = [study.edit for study in STUDIES if study.edit]
    assert {f"{edit}.patch" for edit in edits} == {path.name for path in EDITS.glob("*")}
    for edit in edits:
        command = ["git", "-C", str(ROOT), "apply", "--check", str(EDITS / f"{edit}.patch")]
        assert subprocess.run(command, check=False, capture_output=True).returncode == 0, edit


def test_there_are_as_many_runs_as_promised() -> None:
    """300 null runs, 60 slowed by 1 and by 2 %, 60 under each load."""
    runs = {study.name: study.runs for study in STUDIES}
    assert runs["same"] + runs["shifted"] >= 300
    assert min(runs["slowed-1"], runs["slowed-2"]) >= 60
    assert min(study.runs for study in STUDIES if study.load) >= 60


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Give a kit of the baseline against itself, in one cell, approved by nobody."""
    flat = next(strategy for strategy in load() if strategy.baseline)
    codes = {k: machine_code(getattr(flat, k) or getattr(virtqueue, k)) for k in KERNELS}
    variant = Variant("a", "a", flat.form, "numba", "baseline", ("map", "add", "cycle"), codes)
    cells = [cell for cell, _ in chosen([CELL])]
    return join([Pair(variant, variant)], cells, harness(), seed=1)


def test_a_slowed_head_does_more_than_it_is_credited_with(kit: Kit, tmp_path: Path) -> None:
    """Its row has 1 + d times the requests that its time is divided by; the base's has not."""
    ready, faults = approve.approved(kit, tmp_path)
    assert not faults
    slow = slowed(ready, Place(0, 0), 0.05)
    draw = np.random.default_rng(1)
    stage = Stage(slow, Arena(ARENA_PAGES, draw), Executable(), draw)
    work = Rounds(slow, stage, draw, 100_000, memoryview(bytearray(16)))  # type: ignore[arg-type]
    added = work._added(slow.cells[0], np.array([1000, 1000]))
    assert added.tolist() == [0, 50]
    elsewhere = replace(slow.cells[0], phase="map")
    assert work._added(elsewhere, np.array([1000, 1000])).tolist() == [0, 0]


@pytest.mark.parametrize("alike", [True, False])
def test_both_sides_lie_alike_in_their_pages(kit: Kit, tmp_path: Path, *, alike: bool) -> None:
    """Lists and code of base and head, in every round; an A/A control's never do."""
    ready, _ = approve.approved(kit, tmp_path)
    variants = tuple(replace(v, pair=v.pair if alike else "") for v in ready.variants)
    ready = replace(ready, variants=variants)
    draw = np.random.default_rng(1)
    stage = Stage(ready, Arena(ARENA_PAGES, draw), Executable(), draw)
    work = Rounds(ready, stage, draw, 20_000, memoryview(bytearray(16)))  # type: ignore[arg-type]
    scenes = []
    laid = stage.lay_out

    def seen(*args: Any) -> Any:
        scenes.append(laid(*args))
        return scenes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "lay_out", seen)
        work.measure([0], 60.0, most=8)
    same = []
    for scene in scenes[-8:]:
        base, head = scene.rows["add_buf"][:2].astype(np.int64)
        lists = np.array(scene.lists)
        assert base != head
        assert lists[0] != lists[1]
        same.append((head - base) % PAGE == 0 and (lists[1] - lists[0]) % PAGE == 0)
    assert all(same) if alike else sum(same) < 2


def test_a_kernel_that_hangs_is_named(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is ended after a while, and the other side is looked at all the same."""
    monkeypatch.setattr(approve, "HANG_S", 6)
    hanging = {k: FOREVER if k == "head/a@numba/add_buf" else c for k, c in kit.codes.items()}
    _, faults = approve.approved(replace(kit, codes=hanging), tmp_path)
    assert list(faults) == ["a@numba head"]
    assert "hung" in faults["a@numba head"]


def test_the_model_needs_runs_of_one_kind(tmp_path: Path) -> None:
    """Without null runs there is nothing to draw from."""
    with pytest.raises(UsageError, match="0 kinds"):
        processes(tmp_path)
    for number in range(2):
        text = json.dumps(run("same", 0.0)).encode()
        (tmp_path / f"same-{number:03}.json.gz").write_bytes(gzip.compress(text))
    names, pool = processes(tmp_path)
    assert names == ["c a", "c b"]
    assert pool.shape == (40, 2)


def test_the_models_curve_rises_to_one() -> None:
    """Quiet processes: nothing below the band is found, all far above it is, and no alarm."""
    draw = np.random.default_rng(5)
    pool = draw.normal(0, 0.001, (100, 2))
    design = Design(2, looks_max=2)
    assert not any(alarm(design, pool, draw) for _ in range(20))
    found = {point["slowdown"]: point["found"] for point in curve(design, pool, draw)}
    assert found[0.0025] == [0.0, 0.0]
    assert found[0.02] == [1.0, 1.0]


def test_the_report_counts_alarms_and_what_was_found() -> None:
    """An alarm is a verdict in a cell that is truly the same; a slowed cell's is a find."""
    slow = {"cell": "c", "variant": "a"}
    studies = {
        "same": [run("same", 0.0), run("same", 0.0, "slower")],
        "slowed-2": [run("slowed-2", 0.02, "slower", **slow)],
        "neutral": [run("neutral", 0.001)],
    }
    lines = list(report(studies, None))
    assert any("False alarms over all null runs: 1 of 2" in line for line in lines)
    (slowed_line,) = (line for line in lines if line.startswith("| slowed-2"))
    assert "| 0 of 1 (" in slowed_line
    assert "| 1 of 1 (" in slowed_line
    assert any(line.startswith("| c a | 1.0010 [1.0010, 1.0010] | 20 |") for line in lines)


def test_shares_have_exact_intervals() -> None:
    """0 of 300 leaves room for 1.2 %, as 1 - 0.025 ** (1 / 300) says."""
    assert share(0, 300) == "0 of 300 (0 to 1.2 %)"
    assert share(0, 0) == "no runs"
