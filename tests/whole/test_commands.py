"""The end of commands: the right status, whatever happens to their output."""

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.paths import ROOT

PACKAGES = ("bench", "reports", "strategies", "workloads")
WRONG = 'print("x" * 100_000); raise typer.Exit(1)'


def ended(
    body: str, redirect: str = "", *, buffered: bool = True, **more: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command with this body, its output redirected by a shell."""
    code = (
        "import os, sys, time, typer; from reports.commands.ending import run\n"
        f"def command(): {body}\nrun(command, 'us', LookupError)"
    )
    script = f'set -o pipefail; "$0" -c "$1" {redirect}'
    return subprocess.run(
        ["/bin/bash", "-c", script, sys.executable, code],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"} | more,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(("body", "status"), [("print('x' * 100_000)", 0), (WRONG, 1)])
def test_a_reader_that_goes_away_changes_nothing(body: str, status: int, *, buffered: bool) -> None:
    """Nor does a reader of both streams, or one that leaves before any output."""
    for redirect in "| head -c 1", "2>&1 | head -c 1", "| true", "2> >(true)":
        done = ended(f"time.sleep(0.1); {body}", redirect, buffered=buffered)
        assert done.returncode == status, redirect
        assert done.stderr == b""


def test_work_goes_on_when_nobody_reads_any_more(tmp_path: Path) -> None:
    """Measurements matter more than messages, and children behave likewise."""
    mark = tmp_path / "mark"
    body = (
        "[print('x' * 9999, file=f, flush=True) for f in [sys.stdout, sys.stderr] * 99]; "
        f"os.system('echo child'); open({str(mark)!r}, 'w')"
    )
    assert ended(body, "2>&1 | head -c 1").returncode == 0
    assert mark.exists()


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("body", ["print('x')", "print('x' * 100_000)", WRONG])
def test_an_output_that_takes_nothing_is_2_and_a_line(body: str, *, buffered: bool) -> None:
    """1 would mean that something measured is wrong, and 0 that it was printed."""
    done = ended(body, "> /dev/full", buffered=buffered)
    assert done.returncode == 2
    assert (
        done.stderr
        == b"us: the output is incomplete (No space left on device): name another output\n"
    )
    assert ended(body, "2> /dev/full", buffered=buffered).returncode == (1 if body == WRONG else 0)


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(redirect: str, tmp_path: Path) -> None:
    """And no file opened later is mistaken for one of them."""
    file = tmp_path / "file"
    done = ended(f"f = open({str(file)!r}, 'w'); print('said'); f.write('kept')", redirect)
    assert done.returncode in {0, 2}
    assert b"Traceback" not in done.stderr
    assert file.read_text() == "kept"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("pass", 0, ""),
        ("raise LookupError('a thing: a remedy')", 2, "us: a thing: a remedy\n"),
        ("open('/none/x')", 2, "us: /none/x: No such file or directory\n"),
        ("raise KeyboardInterrupt", 130, ""),
        ("os.kill(os.getpid(), 15); time.sleep(9)", 130, ""),
    ],
)
def test_the_status_says_what_happened(body: str, status: int, says: str) -> None:
    """A foreseen fault is one line."""
    done = ended(body)
    assert (done.returncode, done.stderr.decode()) == (status, says)


def test_what_was_not_foreseen_is_told_whole_and_2() -> None:
    """Python's own status would be 1."""
    done = ended("1 / 0")
    assert done.returncode == 2
    assert b"ZeroDivisionError" in done.stderr


def test_what_was_added_to_a_fault_stands_in_its_line() -> None:
    """As where the data are."""
    body = "e = LookupError('lost'); e.add_note('found there'); raise e"
    assert ended(body).stderr == b"us: lost; found there\n"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_a_name_that_is_no_text_is_printed_as_it_is(encoding: str) -> None:
    """The name opens the file; a character that the terminal lacks is a question mark."""
    body = "print(os.fsdecode(b'caf\\xe9'), '\\u25b2')"
    done = ended(body, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    sign = "\u25b2".encode(encoding, "replace")
    assert done.stdout == b"caf\xe9 " + sign + b"\n"


def test_nohup_is_not_undone() -> None:
    """A hang-up that the caller ignores stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert ended("os.kill(os.getpid(), 1); time.sleep(0.1)").returncode == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended("os.kill(os.getpid(), 1); time.sleep(9)").returncode == 130


def test_every_command_line_ends_so() -> None:
    """Typer itself runs none of them: it would exit with 1 on a closed pipe."""
    by_typer = re.compile(r"typer\.run\(|^\s+app\(", re.MULTILINE)
    sources = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert [path for path in sources if by_typer.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bench.method", "bench.studies.method"),
        ("reports.headline", "reports.documents.headline"),
        ("bench.stock", "bench.studies.stock"),
        ("bench.gate.power", "bench.studies.gate_power"),
        ("bench.gate.model", "bench.studies.gate_model"),
        ("reports.gate_power", "reports.gate.power"),
    ],
)
def test_a_command_that_moved_names_its_new_place(old: str, new: str) -> None:
    """In one line, with status 2; the new one is there."""
    command = [sys.executable, "-m", old, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"python -m {old} is now python -m {new}\n")
    assert find_spec(new)
