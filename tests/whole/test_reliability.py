"""The faults of docs/reliability.md: real processes, real signals, a full disk."""

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyperf
import pytest

from bench.lock import alone
from bench.options import UsageError
from bench.output import OutputError, write
from bench.paths import ROOT
from bench.processes import pool
from bench.processes.journal import Journal
from tests.fake.waiting import LOOK_S, started, until

SMALL = (
    "--quick",
    "--workload",
    "console",
    "--phase",
    "add",
    "--backend",
    "numba",
    "--strategy",
    "flat_array",
    "--strategy",
    "noop",
)
BENCH = (sys.executable, "-m", "bench")


def ended(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run a bench to its end."""
    return subprocess.run([*BENCH, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def kept(result: Path) -> list[Path]:
    """The finished processes in a run's journal."""
    return sorted(Journal.of(result).folder.glob("process-*.json"))


def processes(result: Path) -> list[int]:
    """The numbers of the processes in a result."""
    (first, *_) = pyperf.BenchmarkSuite.load(str(result))
    return [run.get_metadata()["process"] for run in first.get_runs()]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the path of a result whose run was killed with -9 after two processes."""
    result = tmp_path_factory.mktemp("killed") / "cut.json"
    words = (*SMALL, "--processes", "6", "--seed", "3", "-o", str(result))
    with started([*BENCH, *words]) as child:
        until(lambda: len(kept(result)) >= 2, child)
    assert not result.exists()
    return result


@pytest.fixture
def broken_off(killed: Path, tmp_path: Path) -> Path:
    """Give that run to one test: only its journal is left."""
    result = tmp_path / killed.name
    shutil.copytree(Journal.of(killed).folder, Journal.of(result).folder)
    return result


def test_kill_9_costs_the_processes_under_way_and_no_more(broken_off: Path) -> None:
    """``--resume`` continues to the end with the journalled processes, and cleans up."""
    before = {int(path.stem.split("-")[1]) for path in kept(broken_off)}
    again = ended("--resume", str(broken_off))
    assert again.returncode == 0, again.stderr
    assert before <= set(processes(broken_off))
    assert len(processes(broken_off)) == 6
    assert not Journal.of(broken_off).folder.exists()


def test_a_new_run_does_not_touch_what_was_broken_off(broken_off: Path) -> None:
    """It says what is there and how to continue."""
    again = ended(*SMALL, "-o", str(broken_off))
    assert again.returncode == 2
    assert f"--resume {broken_off}, or" in again.stderr
    assert len(kept(broken_off)) >= 2


def test_resume_refuses_another_machine(broken_off: Path) -> None:
    """A run is not mixed from two machines; the line names the difference."""
    path = Journal.of(broken_off).folder / "run.json"
    run = json.loads(path.read_text())
    run["machine"]["processor"] = "another"
    path.write_text(json.dumps(run))
    again = ended("--resume", str(broken_off))
    assert again.returncode == 2
    assert "another machine: processor was another" in again.stderr


def test_resume_refuses_other_code(broken_off: Path) -> None:
    """A run is not mixed from two codes; the line names a kernel that changed."""
    path = Journal.of(broken_off).folder / "kit.json"
    kit = json.loads(path.read_text())
    kit["codes"]["noop@numba/add_buf"]["text"] = b64encode(b"\x90\xc3").decode()
    path.write_text(json.dumps(kit))
    again = ended("--resume", str(broken_off))
    assert again.returncode == 2
    assert "noop@numba/add_buf" in again.stderr
    assert len(again.stderr.strip().splitlines()[-1]) < 200


def test_resume_of_nothing_is_one_line(tmp_path: Path) -> None:
    """There must be a run to continue."""
    again = ended("--resume", str(tmp_path / "none.json.run"))  # as a shell completes it
    assert "none.json.run contains no run" in again.stderr
    assert again.returncode == 2
    assert "no run to resume" in again.stderr


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """The run notes it, still gets all its processes, and succeeds."""
    result = tmp_path / "replaced.json"
    with started([*BENCH, *SMALL, "--processes", "6", "-o", str(result)]) as child:
        until(lambda: len(kept(result)) >= 1, child)
        until(lambda: any(map(caught, workers_of(child.pid))), child)
        _, errors = child.communicate()
    assert child.returncode == 0, errors
    assert "died (SIGKILL" in errors
    assert len(processes(result)) == 6


def workers_of(run: int) -> list[psutil.Process]:
    """The processes that a run has started, if it has not ended."""
    try:
        return psutil.Process(run).children()
    except psutil.Error:
        return []


def caught(worker: psutil.Process) -> bool:
    """Kill a worker that has begun a cell and not written what it found; return whether it was."""
    with contextlib.suppress(psutil.Error, ValueError, IndexError):
        words = worker.cmdline()
        out = Path(words[words.index("bench.worker") + 2])
        if out.with_suffix(".cell").exists():
            worker.suspend()  # so that it writes nothing between a look and the kill
            while worker.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
                time.sleep(LOOK_S)
            late = out.exists()
            (worker.resume if late else worker.kill)()
            return not late
    return False


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with room for two megabytes."""
    small = tmp_path / "small"
    small.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() or not mount or not umount:
        pytest.skip("a small file system can be mounted by root only")
    options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if subprocess.run([mount, *options], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield small
    subprocess.run([umount, "-l", str(small)], check=True)


def fill(folder: Path) -> None:
    """Leave no room on a disk."""
    with contextlib.suppress(OSError), (folder / "filler").open("wb", 0) as filler:
        for size in (4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(size))


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    """A disk that fills up ends the run; finished processes are written where there is room."""
    result = small_disk / "full.json"
    with started([*BENCH, *SMALL, "--processes", "30", "-o", str(result)]) as child:
        until(lambda: len(kept(result)) >= 2, child)
        fill(small_disk)
        _, errors = child.communicate()
    last = errors.strip().splitlines()[-1]
    elsewhere = Path(last.rpartition("what was measured is in ")[2].partition("; ")[0])
    assert last.endswith(f"what was measured is kept: --resume {result}")
    try:
        assert child.returncode == 2, errors
        assert "No space left" in errors
        assert "Traceback" not in errors
        assert len(processes(elsewhere)) >= 2
    finally:
        elsewhere.unlink(missing_ok=True)


def test_a_file_system_without_links_gets_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Completely, and never over another."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "r.json"
    write(["a"], path)
    with pytest.raises(OutputError, match="cannot be written"):
        write(["b"], path)
    assert path.read_text() == "a"
    assert list(tmp_path.iterdir()) == [path]


def test_one_bench_at_a_time(tmp_path: Path) -> None:
    """The second one is told who holds the machine, and where; other machines are free."""
    place, who = str(tmp_path), f"process {os.getpid()} of user {os.getuid()}, in {Path.cwd()} runs"
    with alone(place), pytest.raises(UsageError, match=re.escape(who)), alone(place):
        pass
    with alone(place), alone(f"{place} 2"):
        pass


HOLD = "import time; from bench.lock import alone\nwith alone({!r}): print('held', flush=True); {}"


def test_the_place_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    """Nothing of it is left, on disk or elsewhere."""
    command = [sys.executable, "-c", HOLD.format(str(tmp_path), "time.sleep(60)")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=f"process {child.pid} of"), alone(str(tmp_path)):
            pass
        child.kill()
    with alone(str(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_any_user_can_take_the_place(tmp_path: Path) -> None:
    """Otherwise it would belong to the first user for ever."""
    if os.geteuid():
        pytest.skip("only root can be somebody else")
    with alone(str(tmp_path)):
        pass
    lock = f"os.setuid(65534)\nwith alone({str(tmp_path)!r}): print('held')"
    code = f"import os; from bench.lock import alone; {lock}"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, cwd=ROOT) == b"held\n"
    with alone(str(tmp_path)):
        pass


def test_a_worker_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a new round for too long it is killed, and its cell is named."""
    monkeypatch.setattr(pool, "HANG_S", 3)
    looks = itertools.count()  # each of them half a second after the one before
    monkeypatch.setattr(time, "monotonic", lambda: 1000 + next(looks) / 2)
    out = tmp_path / "process-0007.json"
    out.with_suffix(".log").touch()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        worker = pool.Worker(7, 0, out, child)
        for beat in range(20):  # together far longer than it may be still
            out.with_suffix(".cell").write_bytes((5).to_bytes(8, "little") + bytes([beat] * 8))
            assert not worker.ended  # none of its rounds is cut off
        while not worker.ended:
            time.sleep(LOOK_S)
    assert next(looks) >= 27  # and it was still for as long as it may be
    outcome = worker.outcome()
    assert (outcome.process, outcome.found, outcome.cell) == (7, None, 5)
    assert outcome.fault == "hung for 3 s"
    assert child.returncode == -signal.SIGKILL


def test_a_worker_that_dies_before_its_first_round_blames_no_cell(tmp_path: Path) -> None:
    """Its mark exists, but is still empty."""
    out = tmp_path / "process-0001.json"
    out.with_suffix(".log").touch()
    out.with_suffix(".cell").write_bytes(bytes(16))
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as child:
        worker = pool.Worker(1, 0, out, child)
        child.wait()
        assert worker.ended
    outcome = worker.outcome()
    assert outcome.cell is None
    assert outcome.fault == "exit status 3: no message"
