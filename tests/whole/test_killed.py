"""A run killed at any moment, in any way, can be continued, and leaves nothing behind.

The moments are drawn, with a seed, from the whole of a short run: compiling, measuring, writing.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pyperf
import pytest

from bench.messages import Options, Task
from bench.paths import ROOT
from bench.plan import QUICK, Plan
from bench.processes import pool
from bench.processes.journal import Journal, JournalError
from bench.progress import Progress
from bench.run import resume
from tests.fake.waiting import END_S, alive, started, until, until_none

SEED, TIMES = 19, 50
BUILD = "bench.compile.build"
PLAN = (
    *("--quick", "--workload", "console", "--phase", "add", "--backend", "numba", "--quiet"),
    *("--strategy", "flat_array", "--strategy", "noop", "--processes", "3", "--no-intervals"),
)
LOCK = {"sg-ring-bench.lock", "sg-ring-bench.holder"}  # stay, and nobody holds them
Kill = Callable[[psutil.Process], None]


def group(child: psutil.Process) -> None:
    """Kill all processes."""
    os.killpg(child.pid, signal.SIGKILL)


def parent(child: psutil.Process) -> None:
    """Kill only the run."""
    child.kill()


def one_of(child: psutil.Process, module: str) -> None:
    """Kill a child that runs a module, if there is one."""
    for one in child.children():
        with contextlib.suppress(psutil.Error):
            if module in one.cmdline():
                one.kill()
                return


def worker(child: psutil.Process) -> None:
    """Kill a worker: another takes its place."""
    one_of(child, "bench.worker")


def compiling(child: psutil.Process) -> None:
    """Kill the compiling process."""
    one_of(child, "bench.compile.build")


def stopped(child: psutil.Process) -> None:
    """Stop all processes for a while."""
    os.killpg(child.pid, signal.SIGSTOP)
    time.sleep(0.5)
    os.killpg(child.pid, signal.SIGCONT)


def twice(child: psutil.Process) -> None:
    """End the run in good order, with a second signal."""
    child.terminate()
    time.sleep(0.05)
    with contextlib.suppress(psutil.NoSuchProcess):
        child.terminate()


KILLS: tuple[Kill, ...] = (group, parent, worker, compiling, stopped, twice)


def command(*words: str) -> list[str]:
    """The command that starts a bench."""
    return [sys.executable, "-m", "bench", *words]


def numbers(result: Path) -> set[int]:
    """The processes of a result."""
    (first, *_) = pyperf.BenchmarkSuite.load(str(result))
    return {run.get_metadata()["process"] for run in first.get_runs()}


def finished(result: Path) -> set[int]:
    """The processes in the journal of a run."""
    found = Journal.of(result).folder.glob("process-*.json")
    return {int(path.stem.removeprefix("process-")) for path in found}


def ours(result: Path) -> list[psutil.Process]:
    """All processes of a run on the machine."""
    return [
        one
        for one in psutil.process_iter(["cmdline", "status"])
        if one.info["status"] != psutil.STATUS_ZOMBIE
        and any(str(result) in word for word in one.info["cmdline"] or ())
    ]


def killed(result: Path, place: Path, kill: Kill, after_s: float) -> tuple[set[int], int]:
    """Start a run and kill it; return the finished processes and its exit status."""
    environment = os.environ | {"TMPDIR": str(place)}
    start_s = time.monotonic()
    with subprocess.Popen(
        command(*PLAN, "-o", str(result)),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        time.sleep(max(0.0, start_s + after_s - time.monotonic()))
        known = finished(result)
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            kill(psutil.Process(child.pid))
        status = child.wait(END_S)
    return known, status


def whole(result: Path, place: Path) -> None:
    """Finish a run: by the command that a killed one prints, or from the start."""
    words: tuple[str, ...] = (*PLAN, "-o", str(result))
    if (Journal.of(result).folder / "run.json").exists():
        words = ("--quiet", "--resume", str(result))
    elif result.exists():
        return
    ended = subprocess.run(
        command(*words),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def moments() -> Iterator[tuple[Kill, float]]:
    """Every kind of end at drawn moments, as shares of a run's length."""
    draw = random.Random(SEED)
    for number in range(TIMES):
        yield KILLS[number % len(KILLS)], draw.random()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a temporary folder for one run."""
    here = tmp_path / "temporary"
    here.mkdir()
    return here


def check(folder: Path, place: Path, kill: Kill, after_s: float) -> None:
    """Kill a run, continue it, and check the result and the leftovers."""
    folder.mkdir()
    result = folder / "r.json"
    known, _ = killed(result, place, kill, after_s)
    until_none(lambda: ours(result))
    whole(result, place)
    assert known <= numbers(result)
    assert [path.name for path in folder.iterdir()] == ["r.json"]
    assert {path.name for path in place.iterdir()} <= LOCK
    until_none(lambda: ours(result))
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.long
def test_a_run_killed_at_any_moment_goes_on(tmp_path: Path, place: Path) -> None:
    """Nothing finished is lost; no process, temporary folder, partial file or lock is left."""
    start_s = time.monotonic()
    check(tmp_path / "whole", place, worker, 2.0)
    length_s = time.monotonic() - start_s
    for number, (kill, share) in enumerate(moments()):
        check(tmp_path / f"{number}-{kill.__name__}", place, kill, share * length_s)


def test_a_run_that_is_killed_takes_its_children_along(tmp_path: Path, place: Path) -> None:
    """The compiling process dies with its run, even if nobody ends it."""
    result = tmp_path / "r.json"
    plan = Journal.of(result).folder
    words = command(*PLAN, "-o", str(result))
    with started(words, environment={"TMPDIR": str(place)}) as child:
        until(lambda: [one for one in ours(plan) if BUILD in one.info["cmdline"]], child)
        child.kill()
        until_none(lambda: ours(result))
    assert list(plan.rglob("kit.json")) == []  # which it would have written in the end
    assert {path.name for path in place.iterdir()} <= LOCK


def test_a_child_at_work_dies_with_its_parent() -> None:
    """However the parent ends, without any polling."""
    work = "from bench.children import end_with_parent as end; end(); print(flush=True); input()"
    start = (
        "import subprocess, sys; from bench.children import environment; "
        f"child = subprocess.Popen([sys.executable, '-c', {work!r}], env=environment(), "
        "stdin=subprocess.PIPE, stdout=subprocess.PIPE); "
        "child.stdout.readline(); print(child.pid, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, signal.SIGSTOP)  # so that it cannot end by itself at the end of input
        parent.kill()
    try:
        until_none(lambda: alive(child))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


class Child:
    """A process that never ends by itself."""

    returncode: int | None = None
    killed = False

    def poll(self) -> int | None:
        """Report that it is running."""
        return self.returncode

    def kill(self) -> None:
        """Note that it was killed."""
        self.killed = True


def test_a_stopped_run_does_not_take_its_workers_for_hung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time in which the run did not poll does not count against a worker; polled time does."""
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    child = Child()
    watched = pool.Worker(0, 0, tmp_path / "process-0000.json", cast("Any", child))
    assert not watched.ended
    now_s += 10 * pool.HANG_S  # stopped, and continued
    assert not watched.ended
    assert not child.killed
    for _ in range(2 * pool.HANG_S):
        now_s += 0.9
        assert not watched.ended
    assert child.killed


def test_a_worker_that_cannot_be_started_ends_the_run_in_good_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts as one that refuses: finished processes are written, and the reason is printed."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pool.opened(tmp_path, Options(), [0]) as workers:
        workers.start(Task(3, 1.0, (0,), 4))
        (outcome,) = workers.ended()
    assert (outcome.process, outcome.found, outcome.refused) == (3, None, True)
    assert outcome.fault == "cannot be started: Resource temporarily unavailable"


def small() -> Plan:
    """A plan."""
    return Plan(("console",), ("noop",), ("numba",), ("add",), QUICK, seed=1)


def test_a_run_killed_as_it_began_is_in_nobodys_way(tmp_path: Path) -> None:
    """A partial plan is none; other files there are not touched."""
    journal = Journal.of(tmp_path / "r.json")
    journal.folder.mkdir()
    (journal.folder / "run.part").write_text("{", encoding="utf-8")
    journal.begin(small())
    assert journal.plan() == small()
    (journal.folder / "run.json").rename(journal.folder / "mine.json")
    with pytest.raises(JournalError, match="or remove it"):
        journal.begin(small())
    assert (journal.folder / "mine.json").exists()


def test_a_run_killed_after_it_wrote_its_result_is_whole(tmp_path: Path) -> None:
    """Continuing it removes what is left of it, including a partial result."""
    result = tmp_path / "r.json"
    Journal.of(result).begin(small())
    result.touch()
    (tmp_path / ".r.json.4242.part").touch()
    ended = resume(result, Progress(quiet=True), {})
    assert (ended.path, ended.faults, ended.interrupted) == (result, (), False)
    assert list(tmp_path.iterdir()) == [result]


def test_a_journals_plan_goes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run killed while it tidies up can still be continued."""
    journal = Journal.of(tmp_path / "r.json")
    journal.begin(small())
    (journal.folder / "kit.json").touch()
    (journal.folder / "compiling").mkdir()

    def kill(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rmdir", kill)
    monkeypatch.setattr(shutil, "rmtree", kill)
    with pytest.raises(KeyboardInterrupt):
        journal.remove()
    assert journal.plan() == small()
