"""Proof of the gate: runs of which the truth is known, and their evaluation."""

import gzip
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import typer
from msgspec.structs import replace as change
from typer.testing import CliRunner

from bench import messages
from bench.compile.build import harness
from bench.gate.cells import named
from bench.gate.design import Design
from bench.gate.record import Row
from bench.gate.versions import approve
from bench.gate.versions.joint_kit import Place, join, slowed
from bench.gate.versions.sides import Pair, Variant
from bench.kit import Kit
from bench.options import UsageError
from bench.paths import ROOT
from bench.studies.gate_model import RUNS, Case, cases, check_kept, curve, processes, read, worst
from bench.studies.gate_model import command as keep
from bench.studies.gate_studies import EDITS, STUDIES, Slowed, StudyRun
from bench.worker.rounds import Measurement
from bench.worker.stage import Stage
from reports.gate.power import __main__ as gate_power
from reports.gate.power.figure import power
from reports.gate.power.kept import load as kept
from reports.gate.power.report import markdown, share
from reports.read.text import ResultError
from strategies import KERNELS, Role, load
from strategies.compile.code import Code
from strategies.compile.codegen import machine_code
from strategies.linux import virtqueue

CELL = "console/put_chars/add"
FOREVER = Code(b"\xeb\xfe")  # jmp to itself


def run(study: str, values: float, verdict: str = "same", **slow: str) -> StudyRun:
    """A run: two cells, twenty processes."""
    return StudyRun(
        study=next(s for s in STUDIES if s.name == study),
        slowed=Slowed(**slow),
        commit="c",
        date="2026-11-22",
        seconds=1.0,
        machine={"processor": "p"},
        design=Design(2),
        seed=1,
        processes=20,
        notes=[],
        rows=[row("a", values, verdict), row("b", values, "same")],
    )


def row(variant: str, values: float, verdict: str, fresh: int = 9) -> Row:
    """A cell in which every process had the same value."""
    return Row(*("c", variant, verdict, "1", "2"), processes=20, fresh=fresh, values=[values] * 20)


def write(runs: list[StudyRun], folder: Path) -> None:
    """Write each run to a file of its own, as gate-power does."""
    for number, one in enumerate(runs):
        path = folder / f"{one.study.name}-{number:03}.json.gz"
        path.write_bytes(gzip.compress(messages.encode(one)))


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
    """Give a kit of the baseline against itself, in one cell, without approval."""
    flat = next(strategy for strategy in load() if strategy.role is Role.BASELINE)
    codes = {k: machine_code(getattr(flat, k) or getattr(virtqueue, k)) for k in KERNELS}
    variant = Variant("a", flat.form, "numba", "baseline", ("map", "add", "cycle"), codes)
    cells = [cell for cell, _ in named([CELL])]
    return join([Pair(variant, variant)], cells, harness(), seed=1)


def test_a_slowed_head_does_more_than_it_is_credited_with(kit: Kit, tmp_path: Path) -> None:
    """Its row makes 1 + d times the requests that its time is divided by; the base's does not."""
    ready, faults = approve.approved(kit, tmp_path)
    assert not faults
    slow = slowed(ready, Place(0, 0), 0.05)
    draw = np.random.default_rng(1)
    stage = Stage.of(slow, draw)
    work = Measurement(slow, stage, draw, 100_000, memoryview(bytearray(16)))  # type: ignore[arg-type]
    added = work._added(slow.cells[0], np.array([1000, 1000]))
    assert added.tolist() == [0, 50]
    few = [work._added(slow.cells[0], np.array([10, 10])).tolist() for _ in range(400)]
    assert {tuple(one) for one in few} == {(0, 0), (0, 1)}
    assert 160 < sum(head for _, head in few) < 240
    elsewhere = replace(slow.cells[0], phase="map")
    assert work._added(elsewhere, np.array([1000, 1000])).tolist() == [0, 0]


def of_children() -> float:
    """Seconds of processor time of this process's children: what is busy hangs, not what waits."""
    times = [child.cpu_times() for child in psutil.Process().children()]
    return sum(one.user + one.system for one in times)


def test_a_kernel_that_hangs_is_named(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed after a while, and the other side is still checked."""
    monkeypatch.setattr(approve, "HANG_S", 5)
    monkeypatch.setattr("time.monotonic", of_children)
    hanging = {k: FOREVER if k == "head/a@numba/add_buf" else c for k, c in kit.codes.items()}
    _, faults = approve.approved(replace(kit, codes=hanging), tmp_path)
    assert list(faults) == ["a@numba head"]
    assert "hung" in faults["a@numba head"]


def test_the_model_needs_runs_of_one_kind(tmp_path: Path) -> None:
    """Without null runs there is nothing to resample."""
    with pytest.raises(UsageError, match="0 sets of cells"):
        processes(read(tmp_path))
    names, pool = processes([run("same", 0.0), run("slowed-1", 0.01), run("shifted", 0.0)])
    assert names == ["c a", "c b"]
    assert pool.shape == (40, 2)


def test_the_models_curve_rises_to_one() -> None:
    """Quiet processes: nothing below the band is found, all far above it is, and no alarm."""
    draw = np.random.default_rng(5)
    pool = draw.normal(0, 0.001, (100, 2))
    case = Case("quick", Design(2, looks_max=2), 20, 20)
    assert {worst(case, pool, draw) for _ in range(20)} == {"none"}
    assert worst(case, pool + 0.02, draw) == "alarm"
    assert worst(Case("", case.design, 20, 0), pool + 0.02, draw) == "suspicion"
    found = {point.slowdown: point.found for point in curve(case, pool, draw)}
    assert found[0.0025] == [0.0, 0.0]
    assert found[0.02] == [1.0, 1.0]


def test_the_model_stops_when_time_does() -> None:
    """Nothing is found with fewer processes than the first look needs, or without fresh ones."""
    draw = np.random.default_rng(6)
    pool = draw.normal(0, 0.001, (100, 1))
    design = Design(1, looks_max=2)
    first = design.looks[0]
    for short in (Case("", design, first - 1, first), Case("", design, first, first - 1)):
        assert all(point.found == [0.0] for point in curve(short, pool, draw))
    *_, last = curve(Case("", design, first, first), pool, draw)
    assert last.found == [1.0]


def test_a_quick_gate_is_modelled_with_the_time_it_had() -> None:
    """As many processes as null runs had in the median; a default gate has all its looks."""
    runs = [change(run("same", 0.0), processes=processes) for processes in (18, 33, 30)]
    runs.append(change(run("default-slowed-1", 0.01), rows=[row("a", 0.01, "same", fresh=99)]))
    quick, default = cases(runs, 30)
    assert (quick.first, quick.fresh) == (30, 9)
    runs[0] = change(runs[0], rows=[row("a", 0.0, "inconclusive", fresh=28)])  # had all the time
    assert cases(runs, 30)[0].fresh == 28
    assert default.design.cells == 60
    assert default.first == default.fresh == default.design.looks[-1]


def test_runs_are_kept_in_one_file_and_reported(tmp_path: Path) -> None:
    """An alarm is a verdict in a cell that is really the same; in a slowed cell it is a find."""
    slow = {"cell": "c", "variant": "a"}
    runs = [
        *(run("same", 0.0), run("same", 0.0, "slower")),
        *(run("slowed-2", 0.02, "slower", **slow), run("default-slowed-1", 0.01, **slow)),
        run("neutral", 0.001),
    ]
    write(runs, tmp_path)
    keep(tmp_path, tmp_path / "kept", drawn=10)
    again = tmp_path / "again" / "made-1-2"
    keep(tmp_path / "kept", again, drawn=10)
    assert (tmp_path / "kept" / RUNS).read_bytes() == (again / RUNS).read_bytes()
    keep(tmp_path, tmp_path / "again" / "other-1-2", drawn=10)
    ours, other = kept(tmp_path / "again")
    assert (ours.kind, other.kind) == ("made-1-2", "other-1-2")
    assert len(ours.runs) == len(other.runs) == 5
    text = markdown([ours, other], {"f.svg": "Says"})
    assert "| | made-1-2 | other-1-2 |" in text
    assert f"| +2 % found by a quick gate |{2 * ' 1 of 1 (2.5 to 100 %) |'}" in text
    text = markdown([ours], {"f.svg": "Says"})
    assert "5 gates 2026-11-22 on p, of commit c." in text
    assert "False alarms over all null runs, including disturbed ones: 1 of 2" in text
    assert "processes of null runs make gates of which 0 of 10 (" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| slowed-2"))
    assert "| 0 of 1 (" in line
    assert "| 1 of 1 (" in line
    assert "| c a | 1.0010 [1.0010, 1.0010] | 20 | 0 | 1 | 0 | 0 |" in text
    assert "![Says](f.svg)" in text
    labels = power([ours]).axes[0].get_legend_handles_labels()[1]
    assert {"quick, slowed runs", "default, slowed runs", "aim"} < set(labels)


def test_what_was_not_kept_is_one_line(tmp_path: Path) -> None:
    """The command that makes it is named, also if it is damaged."""
    with pytest.raises(ResultError, match="nox -s gate-power makes it"):
        kept(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / RUNS).write_bytes(gzip.compress(b"no run"))
    with pytest.raises(ResultError, match=r"jsonl.gz, line 1: .*; nox -s gate-power makes it"):
        kept(tmp_path)
    (tmp_path / "same-000.json.gz").write_bytes(gzip.compress(b'{"study": 3}'))
    with pytest.raises(UsageError, match=r"same-000.json.gz: .*`\$.study`: restore it"):
        read(tmp_path)


def test_fewer_runs_never_replace_more(tmp_path: Path) -> None:
    """Hours of measuring are not lost to one study that was repeated elsewhere."""
    few, many = [run("same", 0.0)], [run("same", 0.0), run("slowed-1", 0.01)]
    lines = b"".join(messages.encode(one) + b"\n" for one in many)
    (tmp_path / RUNS).write_bytes(gzip.compress(lines))
    check_kept(many, tmp_path / "new", tmp_path)
    check_kept(few, tmp_path / "new", tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="has more runs of slowed-1 than"):
        check_kept(few, tmp_path / "new", tmp_path)


def test_a_document_without_the_part_stays_as_it_is(tmp_path: Path) -> None:
    """One line, and no figure either."""
    runs = [run("same", 0.0), run("slowed-1", 0.01, cell="c", variant="a")]
    write(runs, tmp_path)
    keep(tmp_path, tmp_path / "kept" / "x", drawn=2)
    app = typer.Typer()
    app.command()(gate_power.main)
    document = tmp_path / "gate.md"
    for text, says in (("nothing", "gate.md: has no <!-- gate-power:begin -->"), (None, "No such")):
        document.unlink(missing_ok=True)
        if text is not None:
            document.write_text(text)
        done = CliRunner().invoke(app, [str(tmp_path / "kept"), "--document", str(document)])
        assert done.exit_code == 2
        assert says in done.output
        assert done.output.count("\n") == 1
        assert not (tmp_path / "figures").exists()


def test_shares_have_exact_intervals() -> None:
    """0 of 300 leaves room for 1.2 %, as 1 - 0.025 ** (1 / 300) says."""
    assert share(0, 300) == "0 of 300 (0 to 1.2 %)"
    assert share(60, 60) == "60 of 60 (94 to 100 %)"
