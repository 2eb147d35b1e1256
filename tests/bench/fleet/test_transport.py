"""Context switches of the transport, by what /proc says."""

import os
from pathlib import Path

import pytest

from bench.children import PARENT
from bench.fleet import remote
from bench.fleet.transport import processes, switches, watched
from bench.machine.files import MachineFiles

THREAD = (
    "Name:\t{name}\nPPid:\t{parent}\n"
    "voluntary_ctxt_switches:\t{a}\nnonvoluntary_ctxt_switches:\t{b}\n"
)


def thread(root: Path, process: int, task: int, **about: object) -> None:
    """Write a thread's status; that of the first is its process's too."""
    text = THREAD.format(**{"name": "python3", "parent": 1, "a": 0, "b": 0} | about)
    for place in (f"{process}/task/{task}", *([str(process)] if task == process else [])):
        (root / "proc" / place).mkdir(parents=True, exist_ok=True)
        (root / "proc" / place / "status").write_text(text)


def test_all_threads_count_and_both_kinds(tmp_path: Path) -> None:
    """Of the gateway and of the sshd that feeds it, not of the shell between, nor of others."""
    thread(tmp_path, 10, 10, parent=9, a=100, b=10)
    thread(tmp_path, 10, 11, parent=9, a=7)
    thread(tmp_path, 9, 9, name="sh", parent=8, a=5000)
    thread(tmp_path, 8, 8, name="sshd-session", parent=7, a=3, b=1)
    thread(tmp_path, 7, 7, name="sshd", a=9000)
    here = MachineFiles(tmp_path)
    assert processes(10, here) == (10, 8)
    assert switches((10, 8), here) == 121


def test_a_gateway_without_ssh_counts_alone(tmp_path: Path) -> None:
    """As on this machine."""
    thread(tmp_path, 10, 10, parent=9)
    thread(tmp_path, 9, 9, name="bash", parent=1)
    assert processes(10, MachineFiles(tmp_path)) == (10,)


def test_a_run_says_what_was_added_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switches from before the run are none of it."""
    monkeypatch.setenv(PARENT, "10")
    thread(tmp_path, 10, 10, a=100)
    began = watched(MachineFiles(tmp_path))
    thread(tmp_path, 10, 10, a=102, b=1)
    known = began.metadata()
    assert known["transport_switches"] == "3"
    assert float(known["transport_s"]) >= 0


def test_a_run_by_hand_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no transport to watch."""
    monkeypatch.delenv(PARENT, raising=False)
    assert watched().metadata() == {}


def test_this_process_is_counted_by_the_kernel() -> None:
    """The names of the fields are the kernel's."""
    assert switches((os.getpid(),), MachineFiles()) > 0


def test_both_sides_agree_on_the_variable() -> None:
    """The far side cannot import it."""
    assert remote.PARENT == PARENT
