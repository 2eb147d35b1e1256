"""``python -m bench`` as its users meet it: good use, bad use, one line each."""

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyperf
import pytest
import typer
from typer.testing import CliRunner

from bench import cli
from bench.errors import BenchError
from bench.gate import cli as gate_cli
from bench.options import MIN_PRECISION, UsageError, check_system, percentage
from bench.output import OutputError, check_place, turns_beside, write
from bench.paths import ROOT
from bench.plan import ROUNDS
from bench.processes.journal import Journal, JournalError
from bench.processes.states import MORE_MAX
from bench.run import _reason, keeping
from reports.commands import ending
from reports.read.result import load
from tests.fake.waiting import started, until

SMALL = ("--quick", "--workload", "console", "--phase", "add", "--backend", "numba")
ROLES = ("flat_array", "sg_ring", "floor_walk", "noop", "multiply_chain")
FEW = ("--processes", "2", "--no-intervals")


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line; return the finished process."""
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--strategy", "sg_rign"), "there is no strategy sg_rign: did you mean sg_ring?"),
        (("--workload", "block"), "there is no workload block: did you mean blk?"),
        (("--experiment", "segmets"), "there is no experiment segmets: did you mean segments?"),
        (("--experiment", "core", "--phase", "kick"), "there is no phase kick"),
        (("--phase", "ad"), "there is no phase ad: did you mean add?"),
        (("--phase", "xyz"), "there is no phase xyz: there are map, add, cycle"),
        (("--processes", "5"), "a 95 % interval needs at least 6"),
        (("--processes", "0", "--no-intervals"), "at least one"),
        (("--quick", "--rigorous"), "exclude each other"),
        (("--nonsense",), "--nonsense"),
        (("--processes", "many"), "--processes"),
        (("-o", "/proc/nowhere/x.json"), "/proc/nowhere"),
        (("-o", "result.txt"), "end the name of a result in .json or .json.gz"),
        (("-o", "README.md/x.json"), "README.md"),
        (("--experiment", "ageing", "--workload", "net"), "nothing is left to measure"),
        (("--experiment", "other-side", "--strategy", "noop"), "nothing is left to measure"),
    ],
)
def test_bad_use_is_one_line_and_status_2(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the offending thing and what to do; there is no traceback."""
    status = refused_with(words, cli.app)
    told = capsys.readouterr()
    assert status == 2
    assert says in told.err
    assert len(told.err.strip().splitlines()) == 1
    assert told.out == ""


def refused_with(words: tuple[str, ...], app: typer.Typer | Callable[..., None]) -> object:
    """A command line's exit status, with all signals restored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["bench", *words])
        patch.setattr(ending, "make_patient", lambda: None)  # the test reads what is printed
        try:
            ending.run(app, "bench", BenchError)
        except SystemExit as ended:
            return ended.code
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def test_an_existing_result_is_never_written_over(tmp_path: Path) -> None:
    """A run refuses an existing file before it measures, and leaves it alone."""
    taken = tmp_path / "taken.json"
    taken.write_text("mine")
    ended = bench("-o", str(taken))
    assert ended.returncode == 2
    assert "exists" in ended.stderr
    assert taken.read_text() == "mine"


def test_list_names_cells_and_measures_nothing() -> None:
    """``--list`` prints every shape, and the quick plan is thinner."""
    whole, quick = bench("--list"), bench("--list", "--quick")
    assert whole.returncode == quick.returncode == 0
    assert "blk/seg-126/{map,add,cycle}" in whole.stdout
    assert "blk/seg-126/{map,add,cycle}" not in quick.stdout
    assert "blk/seg-128/{map,add,cycle}" in quick.stdout


def test_list_says_what_was_asked_and_what_else_there_is() -> None:
    """A selected experiment is listed with question, cells and strategies; others by name."""
    ended = bench("--list", "--experiment", "ring-size", "--quick")
    assert ended.returncode == 0
    first, *cells, taking, others = ended.stdout.splitlines()
    assert first.startswith("# ring-size: What does the size of the ring cost")
    assert "blk/4k-read/{add,cycle}{slots=127}" in cells
    assert "flat_array" in taking
    assert "core, segments" in others


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the result of a small run, with its turns."""
    path = tmp_path_factory.mktemp("small") / "small.json"
    words = (
        "--raw",
        "--seed",
        "7",
        "--workers",
        "1",
        "--json-progress",
        "--fresh",
        "-o",
        str(path),
    )
    one_of_each = (f"--strategy={name}" for name in ROLES)
    ended = bench(*SMALL, *FEW, *words, *one_of_each)
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert {"said", "progress"} == set(events)
    assert ended.stdout.strip() == str(path)
    return path


def test_a_small_run_writes_what_the_format_says(small: Path) -> None:
    """Names, metadata and values are those of docs/format.md."""
    suite = pyperf.BenchmarkSuite.load(str(small))
    names = suite.get_benchmark_names()
    assert "console/put_chars/add/flat_array@numba" in names
    assert "console/put_chars/add/flat_array[again]@numba" in names
    for benchmark in steady(suite):
        metadata = benchmark.get_metadata()
        assert metadata["schema_version"] == 1
        assert metadata["seed"] == 7
        assert metadata["descriptors"] == 1
        assert metadata["turn_us"] == 100
        assert len(metadata["code_hash"]) == 16
        assert len(benchmark.get_runs()) == 2
    cpus = {run.get_metadata()["cpu"] for b in steady(suite) for run in b.get_runs()}
    assert len(cpus) == 1  # as one worker was asked for, though there may be more cores
    roles = {b.get_name().split("/")[-1]: b.get_metadata()["role"] for b in steady(suite)}
    assert sorted(roles.values()).count("baseline") == 1
    every = {"baseline", "control", "candidate", "floor", "null", "sentinel"}
    assert set(roles.values()) == every


def steady(suite: pyperf.BenchmarkSuite) -> list[pyperf.Benchmark]:
    """The benchmarks other than those of compiling."""
    return [b for b in suite.get_benchmarks() if "kind" not in b.get_metadata()]


@pytest.mark.parametrize("module", [cli, gate_cli])
def test_fresh_takes_nothing_that_was_kept(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bench and gate alike, before anything is compiled."""
    forgot: list[bool] = []

    def stop() -> None:
        forgot.append(True)
        raise UsageError("far enough")

    monkeypatch.setattr(module, "forget", stop)
    ended = CliRunner().invoke(module.app, ["--fresh"])
    assert str(ended.exception) == "far enough"
    assert forgot


def test_three_kinds_of_time_are_never_mixed(small: Path) -> None:
    """Compiling has its own benchmarks, first calls are warmups, values are the steady state."""
    suite = pyperf.BenchmarkSuite.load(str(small))
    compiling = [b for b in suite if b.get_metadata().get("kind") == "compile"]
    assert "compile/sg_ring@numba" in [b.get_name() for b in compiling]
    assert all(b.get_nvalue() == 1 and b.median() > 1e-3 for b in compiling)
    runs = [run for benchmark in steady(suite) for run in benchmark.get_runs()]
    assert all(len(run.warmups) <= 1 for run in runs)  # none where the empty turn took longer
    firsts = [warmup for run in runs for warmup in run.warmups]
    assert all(loops == 1 and first > 0 for loops, first in firsts)
    assert statistics.median(first for _, first in firsts) < 1e-3  # one may be preempted
    found = load(small)
    assert set(found.compile_s) == {b.get_name().partition("/")[2] for b in compiling}
    assert len(found.values) == sum(b.get_nvalue() for b in steady(suite))
    known = [b for b in steady(suite) if any(run.warmups for run in b.get_runs())]
    assert len(found.firsts) == len(known) > len(steady(suite)) / 2


def test_a_process_is_described_once(small: Path) -> None:
    """What distinguishes processes is in the first run of each; what they share, in all."""
    suite = pyperf.BenchmarkSuite.load(str(small))
    runs = [run.get_metadata() for benchmark in steady(suite) for run in benchmark.get_runs()]
    for process in (0, 1):
        own = [run for run in runs if run["process"] == process]
        assert [number for number, run in enumerate(own) if "date" in run] == [0]
        assert all("positions" in run and "hostname" in run for run in own)


def test_values_pair_within_a_process(small: Path) -> None:
    """All strategies of a cell have equally many values per process, in seconds, not ns.

    At most 48 each, and more if a neighbour spoils some.
    """
    suite = pyperf.BenchmarkSuite.load(str(small))
    for shape in ("put_chars", "add_inbuf"):
        cell = [b for b in suite if b.get_name().startswith(f"console/{shape}/add/")]
        counts = {tuple(len(run.values) for run in b.get_runs()) for b in cell}
        assert len(counts) == 1
        assert all(4 <= count <= ROUNDS * MORE_MAX + 4 for count in counts.pop())
        assert all(0 < value < 1e-3 for b in cell for value in b.get_values())


def test_control_and_baseline_are_the_same_code(small: Path) -> None:
    """A/A compares a kernel with itself: the hash says so."""
    suite = pyperf.BenchmarkSuite.load(str(small))
    hashes = {b.get_name(): b.get_metadata()["code_hash"] for b in steady(suite)}
    cell = "console/put_chars/add/"
    assert hashes[f"{cell}flat_array@numba"] == hashes[f"{cell}flat_array[again]@numba"]
    others = [code for name, code in hashes.items() if "flat_array" not in name]
    assert hashes[f"{cell}flat_array@numba"] not in others


def test_raw_keeps_every_turn(small: Path) -> None:
    """``--raw`` writes the turns next to the result; their median is the value."""
    import gzip
    import statistics

    turns = json.loads(gzip.decompress((small.parent / "small.turns.json.gz").read_bytes()))
    suite = pyperf.BenchmarkSuite.load(str(small))
    first = turns[0]
    values = suite.get_benchmark(first["benchmark"]).get_runs()[0].values
    medians = [statistics.median(row) * 1e-9 for row in first["turns_ns_per_request"]]
    assert list(values) == pytest.approx(medians, rel=1e-3)


@pytest.mark.parametrize("command", ["show", "stats", "hist", "dump"])
def test_pyperf_reads_the_result(small: Path, command: str) -> None:
    """The commands of pyperf take the file and print every benchmark."""
    ended = subprocess.run(
        [sys.executable, "-m", "pyperf", command, str(small)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "console/put_chars/add/sg_ring@numba" in ended.stdout


def test_pyperf_compares_two_results(small: Path) -> None:
    """``pyperf compare_to`` finds the same benchmarks in both."""
    command = [sys.executable, "-m", "pyperf", "compare_to", str(small), str(small)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("send", "number"),
    [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM), (os.killpg, signal.SIGHUP)],
)
def test_ctrl_c_keeps_finished_processes(
    send: Callable[[int, int], None], number: signal.Signals, tmp_path: Path
) -> None:
    """An interrupted run ends with 130 and a valid file of whole processes, marked partial.

    A terminal signals all processes; whoever stops a run signals only its own.
    """
    path = tmp_path / "cut.json"
    quicker = ("--strategy", "flat_array", "--strategy", "noop", "--processes", "40")
    command = [sys.executable, "-m", "bench", *SMALL, *quicker, "-o", str(path)]
    with started(command) as child:
        until(lambda: list(path.parent.glob("*.run/process-*.json")), child)
        send(child.pid, number)
        _, errors = child.communicate()
    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    assert pyperf.BenchmarkSuite.load(str(path)).get_metadata()["partial"] == "interrupted"


def test_ctrl_c_before_anything_was_measured_says_so(tmp_path: Path) -> None:
    """Without a finished process there is no file, one line, and status 130."""
    command = [sys.executable, "-m", "bench", "--quick", "-o", str(tmp_path / "run.json.gz")]
    with started(command) as child:
        assert child.stderr is not None
        assert any("compiling" in line for line in iter(child.stderr.readline, ""))
        os.killpg(child.pid, signal.SIGINT)
        _, errors = child.communicate()
    assert child.returncode == 130
    assert errors.strip().splitlines()[-1] == "interrupted before anything was measured"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("system", "machine"), [("Darwin", "arm64"), ("Linux", "riscv64"), ("Windows", "AMD64")]
)
def test_an_unsupported_system_is_named(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    """An unsupported system is refused, and the line names the supported ones."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(UsageError, match=f"{system} on {machine} is not supported: use Linux"):
        check_system()


@pytest.mark.parametrize("asked", ["0.5", "x%", "0%", "101%", "-1%"])
def test_a_precision_is_a_percentage(asked: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(UsageError, match="a percentage"):
        percentage("--precision", asked, MIN_PRECISION)
    assert percentage("--precision", "0.5%", MIN_PRECISION) == pytest.approx(0.005)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """Give the result of a run of which one process has finished."""
    journal = tmp_path / "r.json.run"
    journal.mkdir()
    (journal / "process-0000.json").write_text("{}")
    return tmp_path / "r.json"


@pytest.mark.parametrize("kept", [True, False])
def test_a_ctrl_c_says_what_is_kept(
    finished: Path,
    kept: bool,  # noqa: FBT001
    capsys: pytest.CaptureFixture[str],
) -> None:
    """How to continue if processes were measured; otherwise, that none were."""
    path = finished if kept else finished.with_name("other.json")
    with pytest.raises(typer.Exit) as ended, cli.interruptible("before all"), keeping(path):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    says = f"and what was measured is kept: --resume {path}" if kept else "before all"
    assert f"interrupted {says}" in capsys.readouterr().err


def test_whatever_ends_a_run_says_what_is_kept(finished: Path) -> None:
    """Foreseen or not; except for a run that cannot be continued, which says so."""
    for error, notes in (BenchError(), 1), (OSError(), 1), (KeyError(), 1), (JournalError(), 0):
        with pytest.raises(type(error)) as ended, keeping(finished):
            raise error
        assert len(getattr(ended.value, "__notes__", [])) == notes
    with pytest.raises(BenchError) as ended, keeping(finished.with_name("other.json")):
        raise BenchError
    assert not hasattr(ended.value, "__notes__")


@pytest.mark.parametrize("length", [245, 250])
def test_a_name_can_be_as_long_as_its_files_can_be(tmp_path: Path, length: int) -> None:
    """It is refused before anything is measured, or everything can be written."""
    path = tmp_path / f"{'x' * (length - 8)}.json.gz"
    if length > 248:
        with pytest.raises(OutputError, match=r"cannot be written \(File name too long\): name an"):
            check_place(path)
    else:
        write(["text"], check_place(path))
        Journal.of(path).folder.mkdir()
        write(["text"], turns_beside(path))
        path.unlink()
    assert not path.exists()


def test_a_place_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    """Also of a result of an interrupted run, and of a dangling link."""
    (tmp_path / "r.json.run").mkdir()
    assert check_place(tmp_path / "r.json") == tmp_path / "r.json"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json.run"]
    (tmp_path / "link.json").symlink_to("nowhere")
    with pytest.raises(OutputError, match="exists"):
        check_place(tmp_path / "link.json")


def test_a_place_is_the_users_though_workers_have_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative name means what it meant when it was given."""
    monkeypatch.chdir(tmp_path)
    path = check_place(Path("sub/r.json"))
    monkeypatch.chdir("/")
    assert path == tmp_path / "sub" / "r.json"


@pytest.mark.parametrize(
    ("status", "errors", "says"),
    [
        (
            1,
            "Traceback\nCompileError: x.c, map, by gcc:\nx.c:3: error: no ;\n  3 | a\n    | ^",
            "error: no",
        ),
        (1, "Traceback\nKeyError: 'x'\n", "KeyError: 'x'"),
        (1, "", "no message"),
        (-9, "", "died (SIGKILL)"),
    ],
)
def test_the_telling_line_of_a_compiler_is_shown(status: int, errors: str, says: str) -> None:
    """Not the arrow below it."""
    assert says in _reason(subprocess.CompletedProcess([], status, "", errors))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--rigorous --raw",
        "--quick --processes 3 --no-intervals --workload net --phase map",
        "--precision 0.4% --placement fixed --turn-us 30 --workers 1 --backend gcc",
        "--experiment core --experiment ageing --strategy flat_array",
    ],
)
def test_what_a_report_repeats_with_asks_for_the_same(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All options, including the seed that was drawn."""
    plans: list[Any] = []
    monkeypatch.setattr(cli, "run", lambda plan, *_: plans.append(plan))
    monkeypatch.setattr(cli, "measure", lambda what, _: what({}))
    monkeypatch.setattr(cli, "alone", nullcontext)  # the machine's only place is not asked for
    for given in words.split, lambda: plans[0].words()[3:]:  # after python -m bench
        done = CliRunner().invoke(cli.app, [*given(), "-o", str(tmp_path / "run.json.gz")])
        assert done.exit_code == 0, done.output
    assert plans[0] == plans[1]
